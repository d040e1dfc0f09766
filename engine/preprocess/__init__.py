"""Depth and motion of the input, on a thread of their own.

registry            the depth estimators by id; other packages add theirs
base                the interface of an estimator
auto, passthrough   the source's own depth where it knows it, else an estimate
image_cues          the built-in estimate
motion, filters     optical flow; what smooths maps
worker              the depth thread

    compiled   the built-in depth estimator as compiled loops over rows
"""
