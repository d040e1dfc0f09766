"""Shows played while faults are injected (faults) or sinks switched (sinks), and what a receiver saw of them."""
