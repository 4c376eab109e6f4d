"""Ranges as they were shown, and a record in memory to keep them in."""

from contextlib import asynccontextmanager

from server.accuracy.shown import Shown
from server.accuracy.store import Looked, open_record

DAY = "2026-11-16"
NINE = 1_763_254_800_000
MINUTE = 60_000


def a_range(visit, *, at=0, day=DAY, low=10, high=20, service="A", lane="ordinary", **changes):
    """Told to that ticket (None: whoever is next) so many minutes after nine: 10 to 20 minutes,
    and 25 at the latest."""
    now = NINE + at * MINUTE
    fields = {
        "first": True,
        "until": None if visit is None else now + 25 * MINUTE,
        "p10": low + 1.0,
        "p50": (low + high) / 2,
        "p90": high - 1.0,
        "sure_low": float(low),
        "sure_high": float(high),
        "latest": 25.0,
        "learned": True,
        "counters": 1,
        "waiting": 3,
    }
    return Shown(
        day=day,
        at=now,
        visit=visit,
        service=service,
        lane=lane,
        low=low,
        high=high,
        **(fields | changes),
    )


def ms(minutes):
    return NINE + round(minutes * MINUTE)


@asynccontextmanager
async def a_record(path=None):
    """A record that is closed in the end."""
    record = await open_record(path)
    try:
        yield record
    finally:
        await record.close()


async def keep(record, notes=(), ends=(), seq=1, branch="main"):
    await record.write(branch, list(notes), list(ends), Looked("epoch", seq))
