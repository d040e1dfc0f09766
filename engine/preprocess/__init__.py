"""Control maps of the input (depth, edges, lines, motion) and its motion, on threads of their own.

supply              whose maps are used: the chosen estimator's, or the built-in one's while that fails; what is set
lateness            which states of a worker are worth telling
registry            what makes maps by id; other packages add theirs
base                the interface of an estimator
looker              what every estimator looks at first: the frame made smaller, and how it moved
auto, passthrough   the source's own depth where it knows it, else an estimate
image_cues          the built-in estimate
motion, filters     optical flow; what smooths maps
worker              the depth thread

    maps       maps that are drawn, and how any map is shaped
    learned    depth by models whose weights are the user's
    compiled   the built-in depth estimator and edges as compiled loops over rows
"""
