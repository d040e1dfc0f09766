"""The built-in depth estimator, and edges, as compiled loops over rows.

cue_loops      the image cues as compiled loops; PlainReading in image_cues does the same with OpenCV
               and numpy
edge_finder    Canny's edges on compiled loops, where they can be had
edge_loops     those loops; plain_edges in maps does the same with OpenCV
library        the loops of the built-in depth estimator, and of edges, as one library
motion_loops   what MotionTracker makes of raw flow, as compiled loops; `explained` in motion
               does it with OpenCV and numpy
person         what a person's matte goes through, on compiled loops, where they can be had
person_loops   those loops; PlainPerson beside the matte does the same with OpenCV and numpy
row_filters    filters over small float32 pictures, to be compiled: what OpenCV's do, in passes
               over rows
"""
