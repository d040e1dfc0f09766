"""The Hardcut program: window, controllers, command line. All it knows of the engine are messages."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("hardcut")
except PackageNotFoundError:  # run from a folder that was never installed
    __version__ = "0+unknown"
