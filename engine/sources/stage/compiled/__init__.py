"""The stage painted by one compiled loop over the rows of the picture.

library        the stage's loop as a library
painter        the stage painted by one compiled loop
scenery_rows   loops over the pixels of one row of what stands still, to be compiled: wall, floor
               and the light on it
shadow_rows    the shadow map as loops to be compiled: what cast_shadows in scenery draws with
               OpenCV
solid_rows     loops over the pixels of one row of solids, to be compiled: surfaces, light,
               outlines, and laying over the picture
"""
