"""The parts of the surface, painted by hand: knobs, pads, keys, chips, traces. They know no engine."""
