"""What delivers pictures: a built-in stage, files, cameras, NDI, and what other packages add.

registry                      the kinds of source: how each is written, found and built
spec, catalogue               one that was chosen; what there is to choose from now
base                          the interface of a source
stage, file, camera, ndi      the built-in ones
camera_search, ndi_library    the cameras there are; the NDI library, loaded once
webp                          animated WebP, read whole
fit, yuv                      helpers that each source calls to bring its picture to the working square
manager, capture              what is on air (every frame passes it) and what is opening; the thread that reads one
window, arrivals              the newest frames; how often they come
"""
