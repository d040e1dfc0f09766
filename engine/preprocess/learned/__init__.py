"""Depth by learned models, whose weights are the user's: a folder, or what `hardcut models fetch` brought.

cards         which files make a model; every card at hand, and folders without one
estimator     the estimator of a learned model: motion beside the map, cuts, range over seconds
network       the interface of a model, and how a picture is handed to it
device        where it computes: a CUDA stream of its own behind the generator's, or one thread of a CPU
recorded      a frame's work as one CUDA graph, tried against the plain network before it serves
pictures      models of one picture, by transformers
video         a model that looks back: Video Depth Anything, a frame at a time
temporal      its attention over time, and what that remembers
video_names   its published names of weights, as they are called here
"""
