"""Controllers: ports that come and go, messages, profiles, soft takeover and lights.

Bytes become messages (decode), messages become gestures on named slots (profile, mapping), gestures become
engine commands (surface, takeover, echo); lights go back (feedback). The midi thread owns all of it (service).
"""
