"""Wait for a thread at the end, but not for ever: a disk or a driver that hangs must not keep the program alive."""

import logging
import threading

_LOG = logging.getLogger(__name__)


def joined(thread: threading.Thread, timeout_s: float) -> bool:
    """Wait for a thread to end; False, told in the log, where it does not. It must be a daemon, to be left behind.

    Args:
        timeout_s: how long, seconds.
    """
    thread.join(timeout_s)
    if thread.is_alive():
        _LOG.warning("The thread %s did not end within %g s; it is left behind.", thread.name, timeout_s)
        return False
    return True
