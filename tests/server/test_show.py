"""The journal in sentences, read beside the server that writes it."""

import json
from contextlib import asynccontextmanager
from itertools import islice

import pytest

from server.domain.events import EVENT_TYPES
from server.journal.sqlite import open_sqlite
from server.serve import OPERATING_ERRORS
from server.show import NothingToShow, objects, opened, sentences
from shared.i18n import LANGUAGES, catalogue, say
from shared.protocol import OpenCounter
from shared.testing import ManualClock
from tests.server.one_branch import DAY, call, finish, new_id, start, take
from tests.server.one_server import serving

TUESDAY = "2026-11-17"


@asynccontextmanager
async def a_visit(folder, clock=None):
    """A server at work, with one visit in its journal."""
    journal = await open_sqlite(folder / "lobby.sqlite")
    try:
        async with serving(journal=journal, clock=clock) as server:
            kiosk = await server.terminal("kiosk-1")
            await kiosk.order(take())
            counter = await server.terminal("counter-2")
            opening = OpenCounter(id=new_id(), day=DAY, counter=2)
            for command in (opening, call(2), start(2), finish(2)):
                await counter.order(command)
            yield server
    finally:
        await journal.close()


def told(path, language, day=None):
    with opened(path / "lobby.sqlite") as journal:
        rows = journal.day("main", day) if day else journal.rows("main")
        return list(sentences(journal, "main", rows, language))


def say_closed(day):
    return say("en", "event.DayClosed", {"day": day, "late": False})


def test_every_event_has_a_sentence_in_both_languages():
    for language in LANGUAGES:
        missing = {name for name in EVENT_TYPES if f"event.{name}" not in catalogue(language)}
        assert missing == set()


async def test_a_visit_is_told_while_the_server_goes_on(tmp_path):
    async with a_visit(tmp_path):
        lines = told(tmp_path, "en")

    visit = [line for line in lines if "A001" in line]
    assert len(visit) == 5  # taken, called, started, finished, and asked how it was
    assert all(line.startswith("2026-11-16 09:00:00") for line in lines)
    assert "kiosk-1" in visit[0]
    assert all("counter-2" in line for line in visit[1:])


async def test_both_languages_tell_the_same_events(tmp_path):
    async with a_visit(tmp_path):
        zh, en = told(tmp_path, "zh"), told(tmp_path, "en")

    assert [line[:28] for line in zh] == [line[:28] for line in en]
    assert not any(z == e for z, e in zip(zh, en, strict=True))
    assert not any("event." in line for line in [*zh, *en])


async def test_a_visit_is_named_by_its_number_also_by_events_that_do_not_carry_it(tmp_path):
    async with a_visit(tmp_path):
        lines = told(tmp_path, "en")

    finished = lines[-1]
    assert "A001" in finished


async def test_one_day_is_shown_alone_and_with_the_names_of_its_time(tmp_path):
    clock = ManualClock()
    async with a_visit(tmp_path, clock) as server:
        clock.advance(hours=24)
        runner = server.running.runners["main"]
        kiosk = await server.terminal("kiosk-1")
        while runner.published.day != TUESDAY:
            await kiosk.order(take())
        await kiosk.order(take(day=TUESDAY))
        whole = told(tmp_path, "en")
        days = {day: told(tmp_path, "en", day) for day in (DAY, TUESDAY, "2026-11-18")}

    assert days["2026-11-18"] == []
    assert any("A001" in line for line in days[TUESDAY])
    assert not set(days[DAY]) & set(days[TUESDAY])
    assert set(days[DAY]) | set(days[TUESDAY]) <= set(whole)
    assert days[DAY][-1].endswith(say_closed(DAY))


async def test_programs_get_one_object_a_line(tmp_path):
    async with a_visit(tmp_path):
        with opened(tmp_path / "lobby.sqlite") as journal:
            lines = [json.loads(line) for line in objects("main", journal.rows("main"))]

    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    taken = next(line for line in lines if line["type"] == "TicketTaken")
    assert taken["branch"] == "main"
    assert taken["actor"] == {"role": "kiosk", "station": "kiosk-1"}
    assert taken["data"]["number"] == "A001"


async def test_following_begins_near_the_end_and_goes_on(tmp_path):
    async with a_visit(tmp_path) as server:
        seq = server.running.runners["main"].published.seq
        pauses = []
        with opened(tmp_path / "lobby.sqlite") as journal:
            rows = journal.follow("main", lambda: pauses.append(1))
            known = [row.seq for row in islice(rows, seq)]
            await (await server.terminal("kiosk-1")).order(take())

            new = next(rows)

    assert known == list(range(1, seq + 1))
    assert (new.seq, new.type) == (seq + 1, "TicketTaken")
    assert pauses == [] or pauses == [1]


async def test_reading_writes_nothing(tmp_path):
    async with a_visit(tmp_path):
        pass
    before = (tmp_path / "lobby.sqlite").read_bytes()

    told(tmp_path, "en")

    assert (tmp_path / "lobby.sqlite").read_bytes() == before


def test_where_there_is_no_journal_it_says_what_to_name(tmp_path):
    with pytest.raises(NothingToShow, match="--data"), opened(tmp_path / "lobby.sqlite"):
        pass


@pytest.mark.parametrize(
    "content", [b"", b"holiday pictures" * 999, b"SQLite format 3\0" + b"?" * 9000]
)
def test_what_is_no_journal_is_refused_in_a_sentence(tmp_path, content):
    path = tmp_path / "lobby.sqlite"
    path.write_bytes(content)

    with pytest.raises(OPERATING_ERRORS) as caught, opened(path):
        pass

    assert str(path) in str(caught.value)
    assert path.read_bytes() == content
