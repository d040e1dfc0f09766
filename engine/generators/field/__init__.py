"""The built-in generator: a neural field with feedback, no weights to download."""
