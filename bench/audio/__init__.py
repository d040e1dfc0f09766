"""Figures of the analysis of sound, on sound whose truth is known because it is synthesised here.

tracks      click tracks, drum loops, ramps and breaks, with their beats and onsets
score       hears a track as a show would, and compares
hostile     blocks that no sound card should send
film        the film in docs/, made anew
unplugged   a card that goes away in the middle of one
"""
