"""Pictures between generated pictures, so that movement is even where the generator makes fewer than are sent.

The pacer decides what lies between which two frames (engine.output.playout) and names it some output frames ahead;
a worker makes the pictures meanwhile. One that is not ready when it is due is mixed on the spot, in a sixth of a
millisecond: no deadline waits for a motion.

interpolator  the pacer's side: copies of the frames in question, wishes, what is ready, mixing
worker        the thread that makes moved pictures
between       what is asked: two frames and a share
flow          the motion between two pictures
synthesis     the pictures themselves: mixed, or moved and mixed
"""
