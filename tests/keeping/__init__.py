"""The show as one thing: kept, opened, carried."""
