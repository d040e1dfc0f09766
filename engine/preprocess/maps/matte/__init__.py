"""Where a person is in the picture.

model      MediaPipe's selfie segmentation by OpenCV's dnn; the .tflite file beside it, see NOTICE.txt
trimmed    the model without its last layers, and those layers
looking    the whole picture or where the person is; on a thread of its own where that is wanted
plain      what a matte goes through with every frame: the interface; with OpenCV and numpy
follow     looks where the person was; refines along the frame's edges; steady in time
standing   depth from image cues with the matte as prior: a person stands before the ground
"""
