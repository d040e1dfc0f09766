"""What every controller shares, below all of them: what lies in front of the performer, and one way to ask for it.

One owner: store carries out intents at once, by the pure reducer, from one frozen state to the next (state), and posts
the commands; keeper is the thread hardcut-control, which follows the engine's events and keeps macros and clock
settings in their files (settings_folder). A service has its thread from service, hears events and states through it,
and adds its ports and its drawing.

intents: what is asked of the front. actions: what a slot's button asks. slots: the names by which hardware and program
meet. show: the show as controllers see it, with pad states and the blink. pace: seconds to chunk boundaries. macros,
spans, takeover: how positions become values. clock_settings, beat_filter: tempo from and to others. limits: how many of
each there are. toml_sections: files of settings, read and replaced whole.
"""
