"""Until a screen has come to rest: all that was sent is worked on, and what came of it is drawn.

    await settle(app)

Textual's `pilot.pause()` takes a process that gets no processor for one that has nothing to do:
on a machine with other work it comes back too early. This looks at the queues themselves.
"""

import asyncio
import itertools

QUIET_ROUNDS = 3
"""One task may hand on to the next without a message between them: a link to its views, say."""

TURNS = 8
TURNS_MAX = 200
"""A turn of a loop is nothing; somebody who waits longer waits for a thread."""
ROUNDS_MAX = 2_000
PLANNED = ("_undrawn", "_drawing", "_planned", "_to_draw", "_waiting")
"""Where the programs remember that they are going to draw."""


async def settle(app):
    """See above. A program that never comes to rest is a fault, and so is one that has ended."""
    quiet = 0
    for _ in range(ROUNDS_MAX):
        await _worked_off(app)
        if app._exception is not None or not app.is_running or not app.screen_stack:
            return
        if any(getattr(app, name, None) for name in PLANNED):
            await asyncio.sleep(0.01)  # a timer of the program, not of the test
        if not app._batch_count:
            app.screen._on_timer_update()
        quiet = quiet + 1 if _is_calm(app) else 0
        if quiet == QUIET_ROUNDS:
            return
    raise AssertionError("the screen does not come to rest")


async def _worked_off(app):
    """All that is in a queue now has been worked on, and every task has had its turns."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
    if not app.screen_stack:
        return
    waiting = set()

    def reached(pump):
        waiting.discard(pump)

    for pump in _pumps(app):
        waiting.add(pump)
        if not pump.call_later(reached, pump):
            waiting.discard(pump)  # it is being closed
    for turn in itertools.count():
        waiting -= {pump for pump in waiting if not pump.is_running}
        if not waiting or app._exception is not None or not app.is_running:
            return
        await asyncio.sleep(0 if turn < TURNS_MAX else 0.005)


def _pumps(app):
    return [app, *app.screen.walk_children(with_self=True)]


def _is_calm(app):
    screen = app.screen
    if app._batch_count or screen._callbacks or screen._layout_required or screen._dirty_widgets:
        return False
    if any(getattr(app, name, None) for name in PLANNED):
        return False
    return all(pump._message_queue.empty() and not pump._next_callbacks for pump in _pumps(app))
