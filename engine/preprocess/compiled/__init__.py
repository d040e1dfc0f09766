"""The built-in depth estimator as compiled loops over rows.

cue_loops      the image cues as compiled loops; PlainReading in image_cues does the same with OpenCV
               and numpy
library        the loops of the built-in depth estimator as one library
motion_loops   what MotionTracker makes of raw flow, as compiled loops; `explained` in motion
               does it with OpenCV and numpy
row_filters    filters over small float32 pictures, to be compiled: what OpenCV's do, in passes
               over rows
"""
