"""Open Sound Control: datagrams become commands and intents, the show becomes feedback (core says
what stands where, service sends what has changed).

Bytes become messages (packets), messages are checked against a list of addresses (addresses) and carried out (core);
the osc thread owns the socket and the subscribers (service).
"""
