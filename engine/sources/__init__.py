"""What delivers pictures: a built-in stage, files, cameras, NDI, and what other packages add.

registry                      the kinds of source: how each is written, found and built
spec, catalogue               one that was chosen; what there is to choose from now
base                          the interface of a source
stage, file, camera, ndi      the built-in ones
stage_sets                    the sets of the stage, told without it
screen                        a screen, a part of it, or a window
x11_windows                   windows of an X display by their titles
spout, syphon                 what other programs on the machine send, on Windows and on macOS
camera_device, camera_stream  what a camera is: a device through OpenCV, a stream through FFmpeg
camera_search, ndi_library    the cameras there are; the NDI library, loaded once
ndi_colour                    what an NDI frame says of its colours
names, spoken                 which of several names is meant; what a person calls a source
container                     what FFmpeg opens: its best video, decoded
decoded                       a decoded picture by its tags: colours, alpha, which way up
orientation, hdr              EXIF and display matrices; HDR and wide gamuts as SDR shows them
webp, tiles                   animated WebP, read whole; pictures kept in tiles, put together
fit, yuv                      helpers that each source calls to bring its picture to the format of the show
framing, conform              which part of the picture that is, on each capture thread; pictures of another format
manager, capture              what is on air (every frame passes it) and what is opening; the thread that reads one
window, arrivals, silence     the newest frames; how often they come; that none has come for long
hangs                         calls into a driver that do not return; pure
"""
