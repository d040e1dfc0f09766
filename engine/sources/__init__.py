"""What delivers pictures.

manager       the input on air, and another one opening to replace it
capture       the thread of one source
base          what that thread drives
spec          how a source is written: stage, file:PATH, camera:N, ndi:NAME
factory       from a spec to its source
catalogue     what there is to choose from
stage         the built-in dancer
file, camera, ndi
              videos and stills, cameras and streams, NDI
ndi_library   owning wrappers around the NDI library
window        the newest frames, resampled in time for each chunk
arrivals      the input rate
fit           any picture to the working square
yuv           the same from UYVY and four-byte pixels
"""
