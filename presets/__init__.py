"""The factory scenes, as TOML files: one folder for each generator."""
