"""Input and dream in one picture: dry and wet, person and ground, and the matte as the picture's alpha.

faders   the parameters, and how they travel from frame to frame of a chunk
mattes   where the person is in each of the newest input frames; a thread looks, while anybody needs it
blend    one dream, one input frame and one matte to one picture
mixer    all of it, as the chunk loop and the desk know it; the same for a film of a session

Pictures are mixed where a chunk is published, on the engine thread: each generated frame is at hand there with the
very input frame that shaped it, so that the two match by their capture stamps. The ring to the output stays as it is:
its pictures are the mixed ones, and their fourth byte, opaque else, is the matte where that goes along. The price is
that the mix moves with the next chunk, not with the next output frame; a hand that moves is followed through the
chunk, frame by frame, and no boundary is seen. In the output process it would move at once, but each slot of the ring
would have to hold the input beside the dream, pictures between two others would have to be made of both, and the pacer
would pay for it.
"""
