"""The commands beside performing.

doctor          is all well on this machine?
midi            profiles, monitor, export, import
models          list, fetch, check and convert weights
osc             the list of addresses
report          what helps to find a fault, in one file
redaction       what is private, replaced in the texts of a report
replay          a recorded session again
render          a recorded session as a film
show_progress   how far a show is that is made again
progress_line   progress of long work, on one line
"""
