"""Learning: learn decides what a control is, learner carries out what the user asks, user_bindings are its files."""
