"""The beat that is heard as a clock: talk decides what the engine is told, service is the thread hardcut-sound."""
