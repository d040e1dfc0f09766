"""Options of the command line by their subject: how each is written, and how it is read.

picture      what plays
output       what goes out
controllers  what it is played from
reading      the type of a group; from a reader's refusal to a mistake on the command line
"""
