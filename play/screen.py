"""How a played day is shown while it runs: repainted in place on a terminal, elsewhere in lines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Literal, TypeAlias

from play import painting
from shared.i18n import text
from shared.link import Link
from shared.protocol import BoardView, Language

REPAINT_SECONDS: Final = 0.25
LINE_MINUTES: Final = 30
"""Where nothing can be repainted, a line for so much of the branch's time."""

Show: TypeAlias = Literal["picture", "calls", "lines", "nothing"]
Out: TypeAlias = Callable[[str], None]


def on_terminal(otherwise: Show) -> Show:
    """A picture where it can be repainted."""
    return "picture" if sys.stdout.isatty() else otherwise


@asynccontextmanager
async def shown(
    board: Link, how: Show, language: Language, zone: str, out: Out
) -> AsyncIterator[None]:
    """Show the day while the block runs."""
    ways = {"picture": _repaint, "calls": _list_calls, "lines": _count}
    if how == "nothing":
        yield
        return
    task = asyncio.create_task(ways[how](board, language, zone, out))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repaint(board: Link, language: Language, zone: str, out: Out) -> None:
    height = 0
    async for view in board.views():
        if isinstance(view, BoardView):
            picture = painting.lines(view, language, zone)
            up = f"\x1b[{height}A" if height else ""
            out(up + "\n".join(f"\x1b[2K{line}" for line in picture))
            height = len(picture)
            await asyncio.sleep(REPAINT_SECONDS)


async def _list_calls(board: Link, language: Language, zone: str, out: Out) -> None:
    told: set[tuple[str, int | None]] = set()
    async for view in board.views():
        if not isinstance(view, BoardView):
            continue
        for counter in view.counters:
            ticket = counter.current
            if ticket is None or (ticket.number, counter.id) in told:
                continue
            told.add((ticket.number, counter.id))
            at = painting.clock(view.at, zone)
            waiting = text(language, "demo.line", waiting=view.line_count)
            out(f"{at}  {painting.counter_line(counter, language, view.at).strip()}  {waiting}")


async def _count(board: Link, language: Language, zone: str, out: Out) -> None:
    due = 0
    async for view in board.views():
        if isinstance(view, BoardView) and view.at >= due:
            due = view.at - view.at % (LINE_MINUTES * 60_000) + LINE_MINUTES * 60_000
            waiting = text(language, "demo.line", waiting=view.line_count)
            figures = painting.figures(view, language)
            out(f"{painting.clock(view.at, zone)}  {waiting} {figures}")
