"""The Hardcut engine: sources, depth, generators, scheduling and output. It knows no window."""
