"""Control maps other than depth, drawn without weights or with the small model that is shipped.

format      what a map's grey means, and where that is from
drawn       the estimator of a map that is drawn from the picture; the interface of a drawing
edges       edges (Canny, soft) and lines
movement    speed as a map
pose        people as skeletons, as the source knows them or as they are found
landmarks   finds a person's skeleton, by MediaPipe's pose landmarks
external    the source itself as the map, or a second source
composite   depth and edges in one
shaping     contrast, clip, inversion and smoothing of any map

    matte   a person's matte
"""
