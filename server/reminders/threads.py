"""Runs what waits for the network beside the event loop, in a thread that keeps nobody waiting.

The library's own pools are joined when a program ends: a gateway that hangs would keep the server
from stopping. What is cut off so is sent again, with the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread


async def in_thread(work: Callable[[], None]) -> None:
    """Return when it is done, or raise what it raises."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        outcome: Exception | None = None
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            outcome = error
        with suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(settle, outcome)

    Thread(target=run, daemon=True, name="notice").start()
    await done
