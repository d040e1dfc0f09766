"""Open Sound Control: datagrams become commands and intents, the show becomes feedback (values says what stands where,
service sends what has changed).

Bytes become messages (packets), messages are checked against a list of addresses (addresses; displays has those of a
display's shape; address_kinds says what one takes; patterns finds those that a pattern means) and carried out (core).
The osc thread owns the sockets and the subscribers (service); subscribers says what each of them is still to be told;
sockets opens one for each address of the host, peers says who may speak, how much, and how much may be said to them;
settings reads whom the user allows.
"""
