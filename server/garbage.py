"""When the interpreter looks for garbage: in moments in which nobody waits for an answer.

What is not used any more is freed at once; looking is for the little that refers to itself, such as
a connection that has ended. With thousands of phones it takes a tenth of a second or more, and left
to itself it comes in the middle of the work: it was what made the slowest answers slow.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 600.0
"""A busy branch with phones leaves some megabytes in that time."""

LOOK_AGAIN_SECONDS: Final = 0.005
PATIENCE_SECONDS: Final = 10.0
"""So long a quiet moment is waited for; where there is none, it is done all the same."""

YOUNG_MAX: Final = 200_000
"""New objects beyond which the interpreter looks by itself, at the newest alone: in a storm of
connections garbage must not grow without bound."""

NEVER: Final = 1_000_000


@contextmanager
def postponed() -> Iterator[None]:
    """While the block runs, look rarely, and at what is new only."""
    as_ever = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, NEVER, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*as_ever)
        gc.unfreeze()


async def collect_for_ever(somebody_waits: Callable[[], bool]) -> None:
    """Look for garbage from time to time."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await collect_when_quiet(somebody_waits)


async def collect_when_quiet(somebody_waits: Callable[[], bool]) -> None:
    """Look for garbage as soon as nobody waits for an answer."""
    loop = asyncio.get_running_loop()
    patience = loop.time() + PATIENCE_SECONDS
    while somebody_waits() and loop.time() < patience:  # noqa: ASYNC110 - of many branches
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    log.info("garbage", extra={"objects": gc.collect()})
