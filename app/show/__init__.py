"""The show as one thing: everything that a performance is set to, kept while it plays, carried to another machine.

`document`: what a show is; a field that is added there is written and read. `file`: reading and writing one, whole or
in part. `kept`: the folder where the show of each output is kept, and the mark that tells of an unclean end. `keeper`:
the thread hardcut-show, which keeps it. `beginning`: what a performance begins with, from the command line and the
show that is kept. `given`: what stood on the command line holds for one run; what lies beneath it. `opening`: from a
show to what the engine and the front are `asked`, so that it plays. `references`: what a show refers to, and what of it
is missing. `carried`: what travels inside its file. `taking`: how that comes beside what is here; `both`: under which
names. `confined`: what a file may not ask for here. `outputs`: which sinks another show switches. `desk`: saving and
opening by hand.
"""
