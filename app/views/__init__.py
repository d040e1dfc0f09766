"""The window: it shows the models and turns gestures into calls of the console."""
