"""What every room shares: frozen messages and the data in them.

commands      everything that can be asked of the engine
events        everything that the engine reports
frame         pictures and maps, with their layout and range
prompt        the type of a weighted blend; texts become one in scheduling.live
parameters    the tables of parameters
transitions   spans, curves and launches
scenes        named sets of parameters with a prompt, and their files
playlists     prompt playlists
cue_lists     cue lists
emergency     what is shown while no pictures come, and its file
offers        which generators can be chosen

    rates   frame rates of the output: which are usual, and what people mean by what they write. Pure data
"""
