"""`hardcut models`.

command   list and check
fetch     download with licence and size
convert   rewrite a file of weights
"""
