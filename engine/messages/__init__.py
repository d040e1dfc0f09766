"""What every room shares: frozen messages and the data in them.

commands      what can be asked of the engine: parameters, prompts, cuts, tempo, snapshots, scenes
              input_commands, output_commands, list_commands, modulation_commands: of what they are named after
events        what the engine reports: its parts and how they stand, commits, cuts, scenes
              audio_events, list_events, modulation_events, output_events: of what they are named after
stats         figures of the last second, other programs on the GPU
frame         pictures and maps, with their layout and range
audio         features of the sound, and a track of them for a chunk
prompt        the type of a weighted blend; texts become one in scheduling.live
parameters    the tables of parameters
control_map   what is set of the control map
modulation    what moves a parameter by itself; modulation_files: as it stands in a scene's file
autopilot     what the auto-pilot is asked to do
transitions   spans, curves and launches
scenes        named sets of parameters with a prompt, and their files
playlists     prompt playlists
cue_lists     cue lists
alpha         whether what goes out carries an alpha
mix           how input and dream are mixed, frame by frame
shape         how the picture lies on one display
emergency     what is shown while no pictures come, and its file
timecode      labels of timecode and how their frames are counted
framing       which part of a source's picture is used
picture_format  the formats that a show is played in: square, wide, tall
placement     how the picture meets the canvas, and how it is enlarged
interpolation what the output shows between two generated pictures
offers        which generators can be chosen
sinks         what is known of each sink of the output
quality       how pictures may be simplified: steps, rules, what is taken
reference     the picture that cuts begin with

    rates   frame rates of the output: which are usual, and what people mean by what they write. Pure data
"""
