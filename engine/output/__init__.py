"""The output process and the ring that feeds it."""
