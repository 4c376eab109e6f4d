"""`lobby play`: a day at a server of its own or at one that runs, and what came of it.

The only place that puts the parts together: the day that is chosen, the branch it is played at,
the people, the picture, the comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from play import choice, summary
from play.arguments import RATE
from play.branch_file import branch_toml
from play.branch_time import BranchTime
from play.checks import check
from play.compare import compare, stories, taken_at
from play.errors import CannotPlay
from play.hiring import hire
from play.house import Administrator, Key, at_the_desk, enter
from play.own_server import OwnServer, begins_before, lobby
from play.panels import RATED_RATE_MAX, answering, furnish_panels
from play.plan import DayPlan
from play.player import Played, cast_of, play
from play.screen import Out, Show, on_terminal, shown
from play.summary import Result
from play.table import DayFileError
from play.windows import furnish, in_browser
from shared.arguments import FINE, REFUSED
from shared.i18n import text
from shared.link import LinkError
from shared.pairing import NotPaired, read_key
from shared.protocol import Language

Done = TypeVar("Done")


class Order(Struct, frozen=True, kw_only=True):
    """What to play, how fast, in whose words, and how to show it. `counters`: how many, where the
    day does not say; `windows`: in a browser, too."""

    chosen: choice.Chosen
    rate: float = RATE
    counters: int | None = None
    language: Language = "zh"
    show: Show = "nothing"
    windows: bool = False
    out: Out = print


def run(options: argparse.Namespace, out: Out = print) -> int:
    """Play what the options say; 0 when the journal agrees with it, 1 when not."""
    try:
        result = in_fast_loop(_carry_out(options, out))
    except (CannotPlay, DayFileError) as error:
        sys.stderr.write(f"lobby: {error.says(options.language)}\n")
        return REFUSED
    except (LinkError, NotPaired, OSError) as error:
        sys.stderr.write(f"lobby: {error}\n")
        return REFUSED
    told = [summary.as_json(result)] if options.json else summary.lines(result, options.language)
    for line in told:
        out(line)
    return FINE if result.right else REFUSED


def in_fast_loop(work: Coroutine[Any, Any, Done]) -> Done:
    """Run it to its end, on the faster event loop where there is one: milliseconds count.

    Told to stop, it stops its own server first, as it does when somebody presses Ctrl-C.
    """

    async def stoppable() -> Done:
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(stoppable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _carry_out(options: argparse.Namespace, out: Out) -> Result:
    if options.url and options.rate is not None:
        options.usage("a server that runs has its rate: --rate is for a server of the player's own")
    if options.url and not options.staff:
        options.usage("--url needs --as: the administrator's id")
    order = Order(
        chosen=_chosen(options),
        rate=options.rate or RATE,
        counters=options.counters,
        language=options.language,
        show="nothing" if options.json else on_terminal(otherwise="lines"),
        out=out,
    )
    if not options.json:
        out(text(options.language, "play.begin", title=order.chosen.title))
    if options.url:
        who = _administrator(options)
        return await at_running_server(order, who, options.branch, options.data)
    async with _folder(options) as folder:
        return await at_own_server(order, folder, options.branch)


def _chosen(options: argparse.Namespace) -> choice.Chosen:
    if options.day is not None:
        return choice.recorded(options.day, options.date, options.language)
    return choice.generated(options.generate, options.seed, options.language)


def _administrator(options: argparse.Namespace) -> Administrator:
    if options.password_file is not None:
        password = options.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    else:
        password = getpass.getpass(text(options.language, "play.password", staff=options.staff))
    key = read_key(options.secret_file)
    return Administrator(key=key, staff=options.staff, password=password, otp=options.otp)


@asynccontextmanager
async def _folder(options: argparse.Namespace) -> AsyncIterator[Path]:
    """The folder that was named, or one that is thrown away unless it is to be kept."""
    if options.data is not None:
        yield options.data
        return
    folder = Path(tempfile.mkdtemp(prefix="lobby-play-"))
    try:
        yield folder
    finally:
        if options.keep:
            sys.stderr.write(text(options.language, "play.kept", folder=folder) + "\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)


# --- A day -----------------------------------------------------------------------------------


async def at_own_server(order: Order, folder: Path, branch: str = "main") -> Result:
    """Play it in this folder: at its branch, where it has one, else at one made for the day."""
    own = OwnServer(folder)
    plan, moved_hours, made = order.chosen.plan, 0.0, None
    if order.chosen.made and not own.has_branches:
        plan, moved_hours = choice.fitted(choice.with_counters(plan, order.counters))
        made = branch_toml(plan)
    own.furnish(made)
    begins = begins_before(plan.first_seconds, order.rate)
    async with own.before(begins, branch, order.language) as desk:
        keys = await hire(desk, plan)
        windows = await furnish(desk, folder, order.language) if order.windows else []
        rated = order.windows or order.rate <= RATED_RATE_MAX
        panels = await furnish_panels(desk, keys) if rated else []
    async with (
        own.serving(begins, order.rate),
        in_browser(windows, order.language, order.out),
        answering(panels, len(plan.customers), order.language),
    ):
        played = await _live(order, plan, keys)
    visitors = frozenset(one.key.station.station for one in windows)
    return await _result(order, plan, played, moved_hours, folder, branch, visitors)


async def at_running_server(
    order: Order, who: Administrator, branch: str, folder: Path | None
) -> Result:
    """Play it at a rehearsal that runs; its folder, where it is at hand, is only read."""
    async with at_the_desk(who, branch, order.language) as desk:
        keys = await hire(desk, order.chosen.plan, suffix=f"-{desk.new_suffix()}")
    played = await _live(order, order.chosen.plan, keys)
    return await _result(order, order.chosen.plan, played, 0.0, folder, branch)


async def _live(order: Order, plan: DayPlan, keys: Sequence[Key]) -> Played:
    async with AsyncExitStack() as stack:
        cast = cast_of(keys, await enter(keys, order.language, stack))
        board = cast.supervisor.link
        welcome = board.welcome
        if welcome is None or welcome.rehearsal_rate is None:
            raise CannotPlay("real_days")
        time = BranchTime(welcome.rehearsal_rate, asyncio.get_running_loop().time)
        async with shown(board, order.show, order.language, welcome.time_zone, order.out):
            return await play(plan, cast, time, ZoneInfo(welcome.time_zone))


async def _result(
    order: Order,
    plan: DayPlan,
    played: Played,
    moved_hours: float,
    folder: Path | None,
    branch: str,
    visitors: frozenset[str] = frozenset(),
) -> Result:
    """`visitors`: stations at which somebody may have looked on, and taken part."""
    rows, verified = None, None
    taken, told = len(played.crowd.tickets), None
    if folder is not None:
        rows = await _journal(folder, branch, played.day)
        code, _ = await lobby("verify", "--data", str(folder))
        verified = code == FINE
        theirs = taken_at(visitors, rows)
        taken += len(theirs)
        told = {visit: one for visit, one in stories(rows).items() if visit not in theirs}
    return Result(
        title=order.chosen.title,
        rate=played.rate,
        moved_hours=moved_hours,
        comparison=compare(plan, played, told),
        findings=None if rows is None else check(rows, taken),
        verified=verified,
    )


async def _journal(folder: Path, branch: str, day: str) -> list[bytes]:
    """The journal of the day as anyone can read it: one JSON object a line."""
    code, shown_rows = await lobby(
        *("show", "--data", str(folder), "--branch", branch, "--day", day, "--json")
    )
    if code != FINE:
        raise CannotPlay("no_journal", folder=folder)
    return shown_rows.splitlines()
