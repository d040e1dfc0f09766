"""Figures of the analysis of sound, on sound whose truth is known because it is synthesised here.

tracks      click tracks, drum loops, ramps and breaks, with their beats and onsets
measure     analyses them as a show would, and compares
"""
