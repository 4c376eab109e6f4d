"""Many lobbies, simulated forward side by side with the production rule.

Every run is a row. In each step every run lets the counter that is free first call whoever
scores highest there, so a step is a few operations on small tables. What makes them small:
among tickets of equal rights the oldest always scores highest, so only the heads of such lines
are compared (a score never falls while its ticket waits). What does not fit into a line, a
ticket that was promoted or stands back, is a line of its own.

A score is convex in the wait (the rate only rises), and so is the best of several: it is the
largest of a few straight lines. Care first, promotion and standing back are steps far above
and below any score. tests/server/waiting holds all of it to `server/domain/order.py`.

A ghost is a ticket that somebody might take now. It takes no counter's time: until it would be
called it delays nobody, and what comes after does not concern it. So any number of them is
predicted in the same runs.

Known simplification: several counters that are free at one moment call in the order of their
fewest skills, as the production rule recommends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from server.waiting.chance import Floats, Whole

NEVER: Final = np.inf

CARE_FIRST: Final = 5e5
STANDS_BACK: Final = -5e5
EARLY: Final = -1.5e6
PROMOTED: Final = 5e7
PROMOTED_BEFORE: Final = 5e5
ONLY_IDLE: Final = -1e8
"""Steps above and below any score: 100 a minute over a whole day is 144,000. No larger than
needed, or the last digits of a score were lost, and with them who came first."""

LOSES_TIES: Final = 0.02
"""More than those who came at one instant differ by: a ghost came after all of them."""

COMPACT_STEPS: Final = 12
COMPACT_SHARE: Final = 0.8


@dataclass(frozen=True)
class Lines:
    """Tickets by lines of equal rights; runs × columns. Line k has the columns from `begin[k]`
    to the next line's, the last of them empty (`NEVER`).

    `here` is when a ticket can be called at all, `since` what its wait counts from, `leaves` when
    it goes away unserved. `work` is divided by nobody's speed yet; `fixed` is not affected by it.
    `intercept`, `slope`: (2, lines, pieces), the second where VIPs are ahead. `extra`: (counters,
    lines), -inf where the counter cannot serve the line. `places`, `until`: who stands back.
    `early`: lines of appointments, whose tickets are there before their wait begins.
    """

    begin: Whole
    since: Floats
    here: Floats
    work: Floats
    fixed: Floats
    intercept: Floats
    slope: Floats
    extra: Floats
    service: Whole
    leaves: Floats | None = None
    places: Whole | None = None
    until: Floats | None = None
    early: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Windows:
    """Counters, those of the fewest skills first; `free` is runs × counters, `away` days ×
    counters × absences × (from, to), in their order, and `day` which of these days a run has.
    `one_in`: at others a VIP is ahead once in so many calls, if any."""

    free: Floats
    day: Whole
    speed: Floats
    away: Floats
    vip: NDArray[np.bool_]
    since_vip: Whole
    one_in: int = 0


@dataclass(frozen=True)
class Ghosts:
    """Tickets that nobody has taken yet: each comes at its time `at`."""

    at: Floats
    intercept: Floats
    slope: Floats
    extra: Floats


@dataclass(frozen=True)
class Called:
    """When each ticket (a column) and each ghost is called in each run; NEVER if it is not.
    `by` is the counter, -1 for nobody: one that has gone away is told when it would have been
    called, which delays nobody."""

    tickets: Floats
    ghosts: Floats
    by: NDArray[np.int8]


def simulate(
    lines: Lines, windows: Windows, ghosts: Ghosts, wanted: Whole, limit: float = NEVER
) -> Called:
    """Run until every wanted column and every ghost is called, or nobody is left to call, or
    `limit` has come."""
    return _Runs(lines, windows, ghosts, wanted, limit).run()


class _Runs:
    """The state of all runs. Rows that are done are taken out from time to time."""

    def __init__(
        self, lines: Lines, windows: Windows, ghosts: Ghosts, wanted: Whole, limit: float
    ) -> None:
        self.lines, self.windows, self.ghosts, self.limit = lines, windows, ghosts, limit
        runs, columns = lines.since.shape
        self.called = np.full((runs, columns), NEVER)
        self.by = np.full((runs, columns), -1, dtype=np.int8)
        self.ghosts_called = np.full((runs, len(ghosts.at)), NEVER)
        self.ghosts_left = np.ones((runs, len(ghosts.at)), dtype=np.bool_)
        self.is_wanted = np.zeros(columns, dtype=np.bool_)
        self.is_wanted[wanted] = True
        self.rows = np.arange(runs)
        self.free = windows.free.copy()
        self.day = windows.day
        self.at = np.repeat(lines.begin[None, :], runs, axis=0)
        self.head_since = lines.since[:, lines.begin]
        self.head_here = lines.here[:, lines.begin]
        self.missing = np.full(runs, len(wanted) + len(ghosts.at))
        self.places = None if lines.places is None else np.repeat(lines.places[None], runs, 0)
        self.since_vip = np.repeat(windows.since_vip[None, :], runs, axis=0)
        self.vips_matter = bool(
            np.any(lines.intercept[0] != lines.intercept[1])
            or np.any(lines.slope[0] != lines.slope[1])
            or np.any(ghosts.intercept[0] != ghosts.intercept[1])
        )

    def run(self) -> Called:
        step = 0
        while len(self.rows):
            counter = self.free.argmin(axis=1)
            time = self.free[np.arange(len(self.rows)), counter]
            alive = (self.missing > 0) & (time < self.limit) & (time < NEVER)
            step += 1
            if step % COMPACT_STEPS == 0 or not alive.any():
                kept = int(alive.sum())
                if kept < COMPACT_SHARE * len(alive) or not kept:
                    self._keep(alive)
                    continue
            self._step(counter, np.where(alive, time, 0.0), alive)
        return Called(self.called, self.ghosts_called, self.by)

    def _keep(self, alive: NDArray[np.bool_]) -> None:
        self.rows, self.free, self.at = self.rows[alive], self.free[alive], self.at[alive]
        self.day = self.day[alive]
        self.head_since, self.head_here = self.head_since[alive], self.head_here[alive]
        self.missing, self.since_vip = self.missing[alive], self.since_vip[alive]
        self.ghosts_left = self.ghosts_left[alive]
        if self.places is not None:
            self.places = self.places[alive]

    def _step(self, counter: Whole, time: Floats, alive: NDArray[np.bool_]) -> None:
        ahead = self._vips_ahead(counter)
        key = self._keys(counter, time, ahead)
        line = key.argmax(axis=1)
        best = key[np.arange(len(line)), line]
        found = (best > -NEVER) & alive
        if self.ghosts_called.shape[1]:
            self._call_ghosts(counter, time, ahead, np.where(found, best, -NEVER), alive)
        self._call(np.flatnonzero(found), counter, line, time, ahead)
        self._wait_for_somebody(np.flatnonzero(alive & ~found), counter)

    def _vips_ahead(self, counter: Whole) -> Whole:
        if not self.vips_matter:
            return np.zeros(len(counter), dtype=np.int64)
        ahead = self.windows.vip[counter]
        if self.windows.one_in:
            since = self.since_vip[np.arange(len(counter)), counter]
            ahead = ahead | (since >= self.windows.one_in - 1)
        return ahead.astype(np.int64)

    def _keys(self, counter: Whole, time: Floats, ahead: Whole) -> Floats:
        lines = self.lines
        key = self._scores(lines.intercept, lines.slope, time[:, None] - self.head_since, ahead)
        key += lines.extra[counter]
        if self.places is not None and lines.until is not None:
            key += np.where((self.places > 0) & (time[:, None] < lines.until), STANDS_BACK, 0.0)
        if lines.early is not None:
            waits = EARLY - self.head_since + np.minimum(lines.extra, 0.0)[counter]
            key = np.where(lines.early & (self.head_since > time[:, None]), waits, key)
        key[self.head_here > time[:, None]] = -NEVER
        return key

    def _scores(self, intercept: Floats, slope: Floats, wait: Floats, ahead: Whole) -> Floats:
        # An empty column waits minus infinity, which no slope of zero may meet.
        wait = np.maximum(wait, -1e-4)
        if self.vips_matter:
            intercept, slope = intercept[ahead], slope[ahead]
        else:
            intercept, slope = intercept[:1], slope[:1]
        best = intercept[:, :, 0] + slope[:, :, 0] * wait
        for piece in range(1, intercept.shape[2]):
            np.maximum(best, intercept[:, :, piece] + slope[:, :, piece] * wait, out=best)
        return best

    def _call(self, rows: Whole, counter: Whole, line: Whole, time: Floats, ahead: Whole) -> None:
        if not len(rows):
            return
        lines, run = self.lines, self.rows[rows]
        counter, line, time, ahead = counter[rows], line[rows], time[rows], ahead[rows]
        column = self.at[rows, line]
        if lines.leaves is not None:
            gone = lines.leaves[run, column] <= time
            self.called[run[gone], column[gone]] = time[gone]
            self._next_in_line(rows[gone], run[gone], line[gone], column[gone])
            stays = ~gone
            rows, run, counter, line = rows[stays], run[stays], counter[stays], line[stays]
            column, time, ahead = column[stays], time[stays], ahead[stays]
        self._next_in_line(rows, run, line, column)
        self.called[run, column] = time
        self.by[run, column] = counter
        free = time + lines.work[run, column] * self.windows.speed[counter]
        free += lines.fixed[run, column]
        self.free[rows, counter] = self._when_there(rows, counter, free)
        if self.windows.one_in:
            was_vip = (ahead > 0) & (lines.slope[0, line] != lines.slope[1, line]).any(axis=1)
            since = self.since_vip[rows, counter] + 1
            self.since_vip[rows, counter] = np.where(was_vip, 0, since)
        if self.places is not None:
            same = lines.service[line][:, None] == lines.service[None, :]
            self.places[rows] = np.maximum(0, self.places[rows] - same)

    def _next_in_line(self, rows: Whole, run: Whole, line: Whole, column: Whole) -> None:
        self.at[rows, line] = column + 1
        self.head_since[rows, line] = self.lines.since[run, column + 1]
        self.head_here[rows, line] = self.lines.here[run, column + 1]
        self.missing[rows] -= self.is_wanted[column]

    def _call_ghosts(
        self, counter: Whole, time: Floats, ahead: Whole, best: Floats, alive: NDArray[np.bool_]
    ) -> None:
        """Those that would be called now."""
        ghosts = self.ghosts
        wait = time[:, None] - ghosts.at[None, :]
        key = self._scores(ghosts.intercept, ghosts.slope, wait, ahead) + ghosts.extra[counter]
        key -= LOSES_TIES
        called = (key > best[:, None]) & (wait >= 0) & alive[:, None] & self.ghosts_left
        row, ghost = np.nonzero(called)
        if not len(row):
            return
        self.ghosts_called[self.rows[row], ghost] = time[row]
        self.ghosts_left[row, ghost] = False
        self.missing -= np.bincount(row, minlength=len(self.missing))

    def _wait_for_somebody(self, rows: Whole, counter: Whole) -> None:
        """A counter that finds nobody looks again when the next one comes that it can serve."""
        if not len(rows):
            return
        can = self.lines.extra[counter[rows]] > -NEVER
        comes = np.where(can, self.head_here[rows], NEVER)
        counter = counter[rows]
        self.free[rows, counter] = self._when_there(rows, counter, comes.min(axis=1))

    def _when_there(self, rows: Whole, counter: Whole, free: Floats) -> Floats:
        """When a counter can call, which would be free then: whoever is away comes back first."""
        for n in range(self.windows.away.shape[2]):
            free = after(free, self.windows.away[self.day[rows], counter, n])
        return free


def after(times: Floats, gap: Floats) -> Floats:
    """These times, or the end of the absence (each from and to) that they lie in."""
    inside = (times >= gap[:, 0]) & (times < gap[:, 1])
    moved: Floats = np.where(inside, gap[:, 1], times)
    return moved
