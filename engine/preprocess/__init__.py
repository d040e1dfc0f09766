"""Beside the hot path: depth and motion of the newest input frame, on a thread of their own."""
