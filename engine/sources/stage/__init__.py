"""The built-in stage: a dancer, a pearl, a cube and a ring on a lit floor, with true depth; and three more sets.

capsules       what a tapered capsule looks like: its outline, and its surface at each pixel
choreography   what the dancer dances: phrases of eight beats, written as one pose per beat
compiled       the stage painted by one compiled loop over the rows of the picture
decor          what floor and wall look like: a club, and a hall of lights
figure         the dancer's body: capsules around the joints
gbuffer        solids drawn into buffers of inverse distance, normal, material and outline; lit
               afterwards, once
layered        the stage painted layer by layer with OpenCV and numpy: what the compiled loop is
               held against, or replaced by
lighting       materials and lights of the stage
pair           two dancers: the same dance, one the other's mirror image a beat later
pose           the dancers' skeletons in the picture: the truth for pose maps
props          the objects around the dancer: a pearl, a turning cube and a ring. Each keeps to a
               height of its own: none meet
render         one instant of the stage as a picture with its true depth
scene          what stands on the stage at one instant, and who paints it
scenery        what stands still: a patterned floor, a backdrop with beams of light; and the
               shadows on the floor
shots          moving cameras that cut on the music
silhouette     where the dancer is: the truth for mattes
skeleton       from a pose to joints in the world: a spine by angles, arms and legs by two-bone
               inverse kinematics
solids         the abstract set: solids that move to the music, without a figure
source         the stage as a source: rendered frame by frame at absolute times
view           the stage camera: a pinhole that drifts slowly around the dancer
"""

from engine.sources.stage.render import StageRenderer
from engine.sources.stage.source import StageSource

__all__ = ["StageRenderer", "StageSource"]
