"""Where the packaged program begins.

`hardcut -m MODULE …` runs a module of the program's own as `python -m` would: the output process and the measurements
are started with sys.executable, which is the packaged program itself. No such option is told to users.
"""

import runpy
import sys

OWN = ("app", "engine")
"""Packages whose modules may be run so."""


def run() -> int:
    """The program, or the module that stands behind -m; the exit status."""
    if len(sys.argv) > 2 and sys.argv[1] == "-m":
        module = sys.argv[2]
        if module.partition(".")[0] not in OWN:
            sys.stderr.write(f"hardcut: {module} is no module of Hardcut.\n")
            return 2
        sys.argv[1:3] = []
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return 0
    from app.cli import main  # only here: the output process carries neither the window nor torch

    return main()


if __name__ == "__main__":
    sys.exit(run())
