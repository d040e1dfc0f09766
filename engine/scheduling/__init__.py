"""When things change: pure decisions over an injected clock, without torch or sleeping."""
