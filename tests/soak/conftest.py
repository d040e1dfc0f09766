"""What of these tests a system cannot even import."""

import sys

collect_ignore = ["test_draws.py", "test_soak.py"] if sys.platform == "win32" else []
"""They know the faults, which are made of limits and signals of POSIX."""
