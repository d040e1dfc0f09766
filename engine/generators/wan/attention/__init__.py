"""Attention: one interface, a reference, and every fast kernel that this machine computes correctly.

    registry             the kernels by id, described without torch; other packages add theirs
    base                 the interface of a kernel
    choose               which one computes here, proved against the formula
    reference, sdpa,
    flash, flex          the built-in ones
    merge                two parts of the past, joined by their log-sum-exps

Importing this package costs no torch.
"""
