"""Has waits forecast by a process of its own, and hands them to the branches that show them.

A call or a view never waits for it: what was told last stands for a while and then goes away. A
process that is slow, dead or killed is started anew, and is told everything again: from what was
kept in the record, else from the journal.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from server.accuracy.shown import Over
from server.accuracy.store import Record
from server.clock import Clock
from server.journal.contract import Journal, JournalError
from server.journal.upcast import to_event
from server.runner import BranchRunner
from server.waiting.calibrate import Range
from server.waiting.forecast import RUNS
from server.waiting.history import History
from server.waiting.snapshot import Lasted
from server.waiting.telling import (
    Answer,
    Ask,
    Ended,
    Learn,
    Recall,
    Remembered,
    Restore,
    only_news,
    runs_after,
)

T = TypeVar("T")

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
"""A branch is forecast at most so often,"""

STALE_SECONDS: Final = 30.0
"""and so often even where nothing has changed: time itself changes waits."""

LEARN_SECONDS: Final = 900.0
"""How often a model is learned anew within a day; the new day begins with one."""

ANSWER_SECONDS: Final = 15.0
"""A process that takes longer has lost its way."""

REST_SECONDS: Final = 5.0
FORGET_SECONDS: Final = 120.0
"""What was told longer ago is shown no more."""

MODEL: Final = "model"
SHAPE: Final = sha256(
    msgspec.json.encode(msgspec.json.schema(Remembered), order="deterministic")
).hexdigest()
"""Of what is kept: another shape is never loaded."""

LINE_BYTES_MAX: Final = 32 * 1024 * 1024
ROWS_MAX: Final = 300_000
"""Of the journal that are read at start: sixty days of a busy branch."""


class _Branch:
    """What is known here of one branch."""

    def __init__(self) -> None:
        self.history = History()
        self.read_seq = 0
        self.seq = -1
        self.asked = self.answered = self.learned = float("-inf")
        self.day: str | None = None
        self.restored = False
        self.runs = RUNS
        self.lasted: tuple[Lasted, ...] = ()


class Forecasting:
    """All branches of a server, and the one process that forecasts for them."""

    def __init__(
        self,
        runners: Mapping[str, BranchRunner],
        journal: Journal,
        clock: Clock,
        record: Record | None = None,
    ) -> None:
        self._runners, self._journal, self._clock = runners, journal, clock
        self._record = record
        self._branches: dict[str, _Branch] = {}
        self._process: asyncio.subprocess.Process | None = None

    async def forecast_for_ever(self) -> None:
        """Look at every branch from time to time; ends only when cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self.end()

    async def _look(self) -> None:
        try:
            for branch in list(self._runners):
                await self.forecast(branch)
        except (OSError, EOFError, TimeoutError, msgspec.MsgspecError) as error:
            log.warning("the forecast has to be started anew: %r", error)
            await self.end()
            await asyncio.sleep(REST_SECONDS)
        except JournalError as error:
            log.warning("nothing can be learned from the journal: %s", error)
            await asyncio.sleep(REST_SECONDS)

    async def forecast(self, branch: str) -> bool:
        """Forecast one branch if there is a reason to; whether there was."""
        runner, known = self._runners[branch], self._branches.setdefault(branch, _Branch())
        # By the branch's time: a rehearsal that runs faster learns and changes as much sooner.
        now, published = runner.now / 1000, runner.published
        self.forget_the_old(branch)
        if published.day is None:
            await self._keep_the_day(branch, known)
        if not published.config.waits.forecast or published.day is None or runner.stopped:
            return False
        if published.seq == known.seq and now - known.asked < STALE_SECONDS:
            return False
        if self._process is None:
            await self._start()
        if not known.restored:
            await self._restore(runner, known)
        if published.day != known.day or now - known.learned > LEARN_SECONDS:
            await self._teach(runner, known)
            await self._keep(branch, published.day)
        asked = runner.question()
        if asked is None:
            return False
        known.seq, known.asked = published.seq, now
        began = self._clock.monotonic()
        told, known.lasted = known.lasted, asked.snapshot.lasted
        answer = await self._ask(replace(only_news(asked, told), runs=known.runs), Answer)
        known.answered = self._clock.monotonic()
        known.runs = runs_after(known.runs, known.answered - began)
        runner.show_waits(answer)
        return True

    def forget_the_old(self, branch: str) -> None:
        """Show nothing any more that was told too long ago."""
        known = self._branches.setdefault(branch, _Branch())
        if self._clock.monotonic() - known.answered > FORGET_SECONDS:
            self._runners[branch].show_waits(None)

    async def _teach(self, runner: BranchRunner, known: _Branch) -> None:
        after = known.read_seq or max(0, runner.published.seq - ROWS_MAX)
        known.history.config = known.history.config or runner.published.config
        async for row in self._journal.read(runner.id, after):
            known.history.happened(to_event(row), row.at)
            known.read_seq = row.seq
        config = runner.published.config
        usual = {service.id: float(service.usual_minutes) for service in config.services}
        await self._say(
            Learn(
                branch=runner.id,
                usual_minutes=usual,
                priors=config.waits.priors,
                seen=known.history.seen,
                days=known.history.days,
            )
        )
        known.learned, known.day = runner.now / 1000, runner.published.day

    # --- What was learned ----------------------------------------------------------------------

    async def _restore(self, runner: BranchRunner, known: _Branch) -> None:
        """From what was kept; else the calibration from the record, and the model, with the next
        lesson, from the journal. What was learned on the same day need not be learned again."""
        known.restored = True
        if self._record is None:
            return
        try:
            day, remembered = await self._remembered(runner.id)
            over = [] if remembered is not None else await self._record.ended(runner.id)
        except sqlite3.Error as error:
            log.warning("what was learned of waits cannot be read: %s", error)
            return
        await self._say(Restore(runner.id, remembered, [_as_ended(one) for one in over]))
        if remembered is not None and day == runner.published.day:
            known.learned, known.day = runner.now / 1000, day

    async def _remembered(self, branch: str) -> tuple[str, Remembered | None]:
        assert self._record is not None, "looked at before"
        day, data = await self._record.kept(branch, MODEL, SHAPE) or ("", b"")
        try:
            return day, msgspec.json.decode(data, type=Remembered) if data else None
        except msgspec.MsgspecError as error:
            log.warning("what was learned of waits is learned anew: %s", error)
            return "", None

    async def _keep_the_day(self, branch: str, known: _Branch) -> None:
        """Once, when a day has closed: with all that it taught."""
        day, known.day = known.day, None
        if day is not None and self._process is not None:
            await self._teach(self._runners[branch], known)
            await self._keep(branch, day)

    async def _keep(self, branch: str, day: str) -> None:
        if self._record is None:
            return
        # As it comes: nobody here needs to know what is in it.
        remembered = await self._ask(Recall(branch), msgspec.Raw)
        try:
            await self._record.keep(branch, MODEL, day, SHAPE, bytes(remembered))
        except sqlite3.Error as error:
            log.warning("what was learned of waits cannot be kept: %s", error)

    # --- The process ---------------------------------------------------------------------------

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server.forecast_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
        )
        for known in self._branches.values():
            known.learned = known.asked = float("-inf")
            known.restored = False
            known.lasted = ()

    @property
    def process_id(self) -> int | None:
        """Of the process at work, if there is one."""
        return None if self._process is None else self._process.pid

    async def _say(self, question: Ask | Learn | Restore | Recall) -> None:
        assert self._process is not None and self._process.stdin is not None, "it was started"
        self._process.stdin.write(msgspec.json.encode(question) + b"\n")
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._process.stdin.drain()

    async def _ask(self, question: Ask | Recall, answer: type[T]) -> T:
        await self._say(question)
        assert self._process is not None and self._process.stdout is not None, "it was started"
        async with asyncio.timeout(ANSWER_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise EOFError("it has ended")
        return msgspec.json.decode(line, type=answer)

    async def end(self) -> None:
        """End the process; the next forecast starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _as_ended(one: Over) -> Ended:
    told = one.told
    ranged = Range(told.p10, told.p50, told.p90, told.lane, told.ahead)
    return Ended(ranged, one.waited_minutes, one.printed_minutes, one.called)
