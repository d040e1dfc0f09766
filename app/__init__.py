"""The Hardcut program: window, controllers, command line. All it knows of the engine are messages."""
