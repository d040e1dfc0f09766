"""Compute when to publish a cut so that its first frame is shown at its beat. Pure arithmetic."""


def tick_nearest(instant_ns: int, known_tick_ns: int, period_ns: int) -> int:
    """Return the output deadline nearest to an instant, given any one deadline and their distance."""
    steps = (2 * (instant_ns - known_tick_ns) + period_ns) // (2 * period_ns)
    return known_tick_ns + steps * period_ns


def publish_at_ns(due_ns: int, known_tick_ns: int, period_ns: int) -> int:
    """Return the instant from which a published frame is shown at the deadline nearest to due_ns, not at one before.

    The output looks for new frames shortly before each deadline and shows the newest epoch at once: what is
    published at a deadline is seen at the next.
    """
    return tick_nearest(due_ns, known_tick_ns, period_ns) - period_ns
