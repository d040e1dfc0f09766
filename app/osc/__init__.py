"""Open Sound Control: datagrams become commands, events become feedback.

Bytes become messages (packets), messages are checked against a list of addresses (addresses) and become commands
(desk); the osc thread owns the socket and the subscribers (service).
"""
