"""What threads tell each other, frozen, and what it is made of. It knows nothing of the rooms.

commands     what somebody asks for
events       what the engine tells the outside
frame        pictures and control maps on their way
parameters   parameters as data
prompt       prompts and their blends
transitions  how something gets from where it is to where it is going
scenes       scenes and their files
cue_lists    scenes in the order of a show, and their files
playlists    prompts in their order, and their files
rates        frame rates: the usual ones, and what people mean by what they write
"""
