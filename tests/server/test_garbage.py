"""Garbage is looked for when nobody waits for an answer."""

import gc
import weakref

from server.garbage import collect_when_quiet


class Circle:
    """Refers to itself: only the collector frees it."""

    def __init__(self):
        self.itself = self


async def test_it_is_not_looked_for_while_somebody_waits_and_then_found():
    gc.collect()
    gc.disable()
    try:
        circle = weakref.ref(Circle())
        seen = []

        def somebody_waits():
            seen.append(circle() is not None)
            return len(seen) < 3

        await collect_when_quiet(somebody_waits)
    finally:
        gc.enable()

    assert seen == [True, True, True]
    assert circle() is None
