"""Data taken out as a file: written down, bounded, fetched once, and never a customer's."""

import asyncio
import csv
import gzip
import io
import json
import random
import socket
from contextlib import asynccontextmanager
from functools import partial

import pytest

from server.config import HOUSE_STREAM
from server.exporting import DAYS_MAX, KEPT_SECONDS, PATH, Prepared
from server.journal.reading import opened
from server.journal.sqlite import open_sqlite
from server.reception import Deadlines
from shared.protocol import (
    AskExport,
    CallNext,
    ExportReady,
    FinishService,
    OpenCounter,
    RecordPerson,
    StartService,
    TakeTicket,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, new_id, rows
from tests.server.one_server import eventually, serving
from tests.server.samples import sample

WHY = "the yearly audit"


@asynccontextmanager
async def on_disk(path, **options):
    journal = await open_sqlite(path)
    try:
        read = partial(opened, path)
        async with serving(journal=journal, open_journal=read, **options) as server:
            yield server, journal
    finally:
        await journal.close()


@pytest.fixture
async def house(tmp_path):
    """A branch that has served somebody, on disk."""
    clock = ManualClock()
    async with on_disk(tmp_path / "lobby.sqlite", clock=clock) as (server, journal):
        await serve_somebody(server, clock)
        yield server, journal, clock


async def serve_somebody(server, clock):
    """A001 waits a minute, is served for five, and its papers are missing."""
    kiosk, teller = await server.terminal("kiosk-1"), await server.terminal("counter-1")
    await kiosk.order(sample(TakeTicket, lanes=("care",)))
    await teller.order(sample(OpenCounter))
    clock.advance(minutes=1)
    await teller.order(sample(CallNext))
    await teller.order(sample(StartService))
    clock.advance(minutes=5)
    await teller.order(
        FinishService(id=new_id(), day=DAY, counter=1, outcome="papers_missing", papers=("=1+1",))
    )


def asking(what="transactions", **fields):
    days = {"first_day": DAY, "last_day": DAY}
    branch = None if what == "house" else "main"
    return AskExport(id=new_id(), what=what, **{**days, "reason": WHY, "branch": branch, **fields})


async def export(server, desk, what="transactions", **fields):
    """What was handed out, as text."""
    ready = await desk.order(asking(what, **fields))
    assert isinstance(ready, ExportReady), ready
    status, _, body = await server.get(ready.path)
    assert status == 200
    return body.decode()


# --- What is in it ---------------------------------------------------------------------------


async def test_finished_transactions_are_a_table_that_a_spreadsheet_can_take(house):
    server, _, _ = house
    desk = await server.terminal("desk-1")

    text = await export(server, desk)

    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert text.endswith("\r\n")
    assert {name: row[name] for name in ("day", "number", "service", "counter", "staff")} == {
        "day": DAY,
        "number": "A001",
        "service": "A",
        "counter": "1",
        "staff": "teller-1",
    }
    assert row["taken_at"] == "2026-11-16T09:00:00+08:00"
    assert row["called_at"] == row["started_at"] == "2026-11-16T09:01:00+08:00"
    assert (row["served_ms"], row["outcome"], row["lanes"]) == ("300000", "papers_missing", "care")
    assert row["papers_missing"] == "'=1+1"


async def test_a_program_gets_one_object_a_line(house):
    server, _, _ = house
    desk = await server.terminal("desk-1")

    text = await export(server, desk, form="jsonl")

    [row] = map(json.loads, text.splitlines())
    assert (row["number"], row["served_ms"], row["transaction"]) == ("A001", 300_000, 1)


async def test_days_without_business_leave_the_heading(house):
    server, _, _ = house
    desk = await server.terminal("desk-1")

    text = await export(server, desk, first_day="2026-11-14", last_day="2026-11-15")

    assert text.startswith("day,visit,transaction,number,")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_the_events_of_a_branch_are_all_there(house, form):
    server, journal, _ = house
    desk = await server.terminal("desk-1")

    text = await export(server, desk, "events", form=form)

    types = [row.type for row in await rows(journal)]
    told: list[dict] = [json.loads(line) for line in text.splitlines() if form == "jsonl"]
    told = told or list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["type"] for row in told] == types
    finished = told[types.index("ServiceFinished")]
    if form == "csv":
        assert (finished["role"], finished["staff"]) == ("teller", "teller-1")
        assert json.loads(finished["data"])["papers"] == ["=1+1"]
    else:
        assert finished["actor"]["staff"] == "teller-1"
        assert finished["data"]["papers"] == ["=1+1"]


async def test_the_house_is_exported_without_what_could_be_tried(house):
    server, journal, _ = house
    desk = await server.terminal("desk-1")

    text = await export(server, desk, "house", form="jsonl")

    told = [json.loads(line) for line in text.splitlines()]
    recorded = await rows(journal, HOUSE_STREAM)
    assert [row["type"] for row in told] == [row.type for row in recorded][: len(told)]
    assert told[-1]["type"] == "StaffSignedIn"
    assert "sha256" not in text


async def test_what_is_kept_of_customers_is_never_in_it(house):
    server, _, _ = house
    board, desk = await server.terminal("board-manager"), await server.terminal("desk-1")
    kiosk = await server.terminal("kiosk-1")
    taken = await kiosk.order(sample(TakeTicket))
    who = RecordPerson(
        id=new_id(), day=DAY, visit=taken.visit, name="\u738b\u5c0f\u660e", phone="13800138000"
    )
    recorded = await board.order(who)

    everything = "".join(
        [await export(server, desk, what, form="jsonl") for what in ("events", "house")]
    )

    assert recorded.seq
    assert "TicketTaken" in everything
    for secret in ("\u738b", "13800138000"):
        assert secret not in everything


async def test_only_the_days_asked_for_are_in_it(tmp_path):
    clock = ManualClock()
    async with on_disk(tmp_path / "lobby.sqlite", clock=clock) as (server, _):
        runner, days = server.running.runners["main"], (DAY, "2026-11-17", "2026-11-18")
        for day in days:
            await eventually(lambda day=day: runner.published.day == day)
            kiosk = await server.terminal("kiosk-1")
            await kiosk.order(TakeTicket(id=new_id(), day=day, service="A"))
            clock.advance(hours=24)
        desk = await server.terminal("desk-1")

        texts = [
            await export(server, desk, "events", form="jsonl", first_day=day, last_day=day)
            for day in days
        ]

    for text, day in zip(texts, days, strict=True):
        told = [json.loads(line) for line in text.splitlines()]
        assert {row["day"] for row in told} - {""} == {day}
        assert [row["type"] for row in told].count("TicketTaken") == 1


# --- How it is handed out --------------------------------------------------------------------


async def test_who_took_what_and_why_is_written_down_before_it_can_be_fetched(house):
    server, journal, _ = house
    desk = await server.terminal("desk-1")

    refused = await desk.order(asking(reason="call me at 138 0013 8000"))
    await desk.order(asking(reason="case 7"))
    record = (await rows(journal, HOUSE_STREAM))[-1]

    assert record.type == "DataExported"
    assert '"staff":"admin"' in record.actor
    data = json.loads(record.data)
    assert (data["what"], data["branch"], data["rows"]) == ("transactions", "main", 1)
    assert (data["first_day"], data["last_day"]) == (DAY, DAY)
    assert data["reason"] == "case 7"
    assert refused.code == "NumberOfAPerson"


async def test_an_export_is_fetched_once_and_soon_or_not_at_all(house):
    server, _, clock = house
    desk = await server.terminal("desk-1")
    ready = await desk.order(asking())
    head = (await server.get(ready.path, method="HEAD"))[0]
    guessed = (await server.get(ready.path[:-1] + "x"))[0]
    first = (await server.get(ready.path))[0]
    again = (await server.get(ready.path))[0]
    late = await desk.order(asking())
    clock.advance(seconds=KEPT_SECONDS)
    too_late = (await server.get(late.path))[0]

    assert (head, guessed, first, again, too_late) == (404, 404, 200, 404, 404)


async def test_the_file_has_a_name_and_is_kept_by_nobody_on_the_way(house):
    server, _, _ = house
    desk = await server.terminal("desk-1")
    ready = await desk.order(asking())

    _, headers, body = await server.get(ready.path, headers="Accept-Encoding: gzip, br\r\n")

    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).startswith(b"day,visit,")
    name = f"lobby-main-transactions-{DAY}-{DAY}.csv"
    assert headers["content-disposition"] == f'attachment; filename="{name}"'
    assert headers["cache-control"] == "no-store"
    assert ready.name == name
    assert ready.path not in repr(ready)


async def test_an_export_comes_whole_over_a_thin_line(tmp_path):
    """More than all buffers on the way hold, and taken later than any page has to be."""
    brisk = Deadlines(heartbeat_seconds=3600, open_seconds=1, close_seconds=0.1)
    async with on_disk(tmp_path / "lobby.sqlite", deadlines=brisk) as (server, _):
        exports = server.running.reception.exports
        large = gzip.compress(random.Random(1).randbytes(4_000_000))
        until = exports._clock.monotonic() + KEPT_SECONDS
        token = exports._keep(Prepared("large.csv", "text/csv", large, until))
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        line.connect(("127.0.0.1", server.running.port))
        reader, writer = await asyncio.open_connection(sock=line, limit=65_536)
        host = "Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
        began = asyncio.get_running_loop().time()
        writer.write(f"GET {PATH}{token} HTTP/1.1\r\n{host}".encode())

        head = await reader.readuntil(b"\r\n\r\n")
        body = b""
        while asyncio.get_running_loop().time() < began + 1.5:
            body += await reader.read(1000)
            await asyncio.sleep(0.02)  # the line is thin, not cut: what takes nothing is given up
        body += await reader.readexactly(len(large) - len(body))
        writer.close()

    assert head.startswith(b"HTTP/1.1 200")
    assert body == large


async def test_a_repeat_gets_the_same_export_and_is_written_down_once(house):
    server, journal, _ = house
    desk = await server.terminal("desk-1")
    command = asking()

    first, again = await desk.order(command), await desk.order(command)

    assert first == again
    recorded = [row.type for row in await rows(journal, HOUSE_STREAM)]
    assert recorded.count("DataExported") == 1


async def test_the_auditor_exports_at_the_own_board(house):
    server, _, _ = house
    board = await server.terminal("board-auditor")

    assert "A001" in await export(server, board)


# --- Refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"first_day": "2026-11-17"}, "DaysNotValid"),
        ({"first_day": "2026-02-30"}, "DaysNotValid"),
        ({"first_day": "9999-12-01", "last_day": "9999-12-31"}, "DaysNotValid"),
        ({"first_day": "2026-10-16"}, "ExportTooLarge"),
        ({"branch": "north"}, "UnknownBranch"),
        ({"branch": None}, "UnknownBranch"),
    ],
)
async def test_what_cannot_be_handed_out_is_refused(house, fields, code):
    server, _, _ = house
    desk = await server.terminal("desk-1")

    refused = await desk.order(asking(**fields))

    assert refused.code == code


async def test_a_month_is_no_more_than_a_month(house):
    server, _, _ = house
    desk = await server.terminal("desk-1")

    month = await desk.order(asking(first_day="2026-10-17"))

    assert DAYS_MAX == 31
    assert isinstance(month, ExportReady)


async def test_too_many_rows_are_refused_and_not_cut_off(house, monkeypatch):
    server, journal, _ = house
    monkeypatch.setattr("server.exporting.ROWS_MAX", 3)
    desk = await server.terminal("desk-1")

    refused = await desk.order(asking("events"))
    fits = await desk.order(asking())

    assert (refused.code, refused.values["rows_max"]) == ("ExportTooLarge", 3)
    assert isinstance(fits, ExportReady)
    recorded = [row.type for row in await rows(journal, HOUSE_STREAM)]
    assert recorded.count("DataExported") == 1


async def test_a_server_without_a_file_has_nothing_to_export():
    async with serving() as server:
        desk = await server.terminal("desk-1")
        refused = await desk.order(asking())

    assert refused.code == "NothingOnDisk"


async def test_the_branch_goes_on_while_an_export_is_written(house):
    server, _, _ = house
    desk, kiosk = await server.terminal("desk-1"), await server.terminal("kiosk-1")

    await desk.say(asking("events"))
    taken = await kiosk.order(sample(TakeTicket))
    ready = await desk.hear(ExportReady)

    assert taken.number == "A002"
    assert ready.rows
