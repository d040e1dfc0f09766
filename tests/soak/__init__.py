"""Shows played while faults are injected, and what a receiver saw of them."""
