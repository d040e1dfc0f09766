"""The measurements, one module each: measure(bench) gives figures."""
