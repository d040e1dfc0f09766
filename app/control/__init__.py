"""What every controller shares, below all of them: what lies in front of the performer, and one way to ask for it.

One owner: store carries out intents at once, by the pure reducer, from one frozen state to the next (state), and posts
the commands; keeper is the thread hardcut-control, which follows the engine's events and keeps macros and clock
settings in their files (settings_folder). A kind of controller takes its thread from service, through which it hears
events and states, and adds its ports and its drawing.

intents: what is asked of the front. actions: what a slot's button asks. driving: what a slot's knob moves; depths: how
far modulators go; corners: of displays; beyond: both, as what is no parameter. slots: the names by which hardware and
program meet. show: the show as controllers see it, with pad states and the blink. pace: seconds to chunk boundaries.
macros, spans, takeover: how positions become values. echo: own values coming back. clock_settings, beat_filter: tempo
from and to others. audio_settings: what is heard. rate_limit: how much may come from a network; allowed: who of it may
speak. limits: counts and ranges: pads, pages, macros, morph lengths, tempo. swatch: a scene's colours until its
picture was seen. toml_sections: files of settings, read with their faults and replaced whole. auto: how the auto-pilot
is set.

The front knows scenes, pads and pace. What plays and what waits for its beat is the engine's; it is seen through show.
"""
