#!/bin/sh
# Prints the Python that can run Hardcut (3.11 or 3.12). Every candidate is started, not only found:
# version managers put launchers on PATH for versions that are not selected.
for candidate in "$@" python3.11 python3.12 python3 python; do
    if "$candidate" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info < (3, 13))' >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
echo "Hardcut needs Python 3.11 or 3.12, and none is on PATH. Install python3.11 or python3.12, or name one: make PYTHON=/path/to/python3.12 …" >&2
exit 1
