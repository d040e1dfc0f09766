"""Processes of their own that stand where other programs would: an NDI sender, an NDI receiver, a controller."""
