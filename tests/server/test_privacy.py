"""T-45: names and numbers, typed into every field of every command, are found nowhere but sealed.

A server with its files: the journal, its snapshots and its log; the server's own log; a backup; the
file of a terminal; and everything that each audience is sent. Each search is also made where one
value lies open, and has to find it there: a scanner that finds nothing proves nothing by itself.
"""

import asyncio
import json
import logging
import sqlite3
from contextlib import closing

import pytest
from msgspec import inspect
from websockets.exceptions import ConnectionClosed

from server.config import HOUSE_STREAM
from server.journal.sqlite import open_sqlite
from server.logs import Json, Plain
from server.vault.keys import Keys
from server.vault.rows import PrivateRow, of_visit
from server.vault.scanner import scan
from server.vault.vault import Vault
from shared.outbox import Outbox
from shared.private import bare
from shared.protocol import (
    Accepted,
    CallNext,
    ErasePerson,
    FindPerson,
    FirstMessage,
    ForgetPerson,
    OpenCounter,
    PersonFound,
    RecordPerson,
    Role,
    StartService,
    TransferTicket,
)
from shared.rights import PERMISSIONS
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, rows, take_anyway, vault_of
from tests.server.one_house import staff_at
from tests.server.one_server import PATIENCE_SECONDS, Watcher, serving
from tests.server.wire_texts import MESSAGES, put, samples, texts_of

NAME, OTHER_NAME = "欧阳小明", "Joanna Smithers"
PHONE, OTHER_PHONE = "13800138000", "+44 7911 123456"
PRIVATE = (NAME, OTHER_NAME, PHONE, "138 0013 8000", OTHER_PHONE, "+447911123456", "带了护照")
NUMBERS = ("13800138000", "+86 138-0013-8000", "11010519491231002X", "6222 0212 3456 7890 128")
"""A mobile number twice, an identity number and a card: check digits and all."""

STATIONS: dict[Role, str] = {
    "kiosk": "kiosk-1",
    "display": "display-1",
    "lobby_assistant": "board-assistant",
    "lobby_manager": "board-manager",
    "operations_supervisor": "board-supervisor",
    "branch_head": "board-head",
    "teller": "counter-2",
    "administrator": "desk-1",
    "rating_panel": "panel-1",
    "pager_base": "pagers-1",
    "customer": "customer",
    "visitor": "visitor",
}
PROBE = "probe-0123456789"
COMMANDS = sorted(
    (message for message in MESSAGES if not issubclass(message, FirstMessage)),
    key=lambda message: not message.private,  # while there is a day and somebody in it
)
SAMPLES = samples()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lobby.sqlite"


async def audiences(server):
    """Everybody who may not see a name in full, whatever they may watch."""
    phone, _ = await server.knock(ticket=server.ticket(1))
    every_counter = tuple(f"CounterView:{n}" for n in (1, 2, 3))
    views = ("BoardView", "KioskView", "DisplayView", *every_counter)
    return [
        Watcher(phone),
        Watcher(await server.terminal("kiosk-1")),
        Watcher(await server.terminal("display-1")),
        Watcher(await server.terminal("counter-3")),
        Watcher(await server.terminal("board-head", views=views)),
        Watcher(await server.terminal("board-auditor", views=(*views, "HouseView"))),
    ]


# --- What is said ----------------------------------------------------------------------------


async def a_day_with_people(server):
    """Recorded, called, passed on with a note, corrected, looked up, forgotten, erased."""
    board, desk = await server.terminal("board-assistant"), await server.terminal("desk-1")
    one = await server.terminal("counter-1")
    for _ in range(3):
        await done(board, take_anyway())
    listeners = await audiences(server)
    await done(board, person(1, name=NAME, phone=PHONE))
    await done(board, person(2, name=OTHER_NAME, phone=OTHER_PHONE))
    await done(board, person(3, name=NAME))
    for command in (OpenCounter, CallNext, StartService):
        await done(one, command(id=new_id(), day=DAY, counter=1))
    await done(one, person(1, phone="138 0013 8000"))
    note = f"带了护照 {PHONE}"
    moved = TransferTicket(id=new_id(), day=DAY, counter=1, to_counter=2, note=note)
    await done(one, moved)
    head = {"branch": "main", "reason": f"{NAME} asked at the counter"}
    found = await desk.order(FindPerson(id=new_id(), phone=PHONE, **head))
    assert isinstance(found, PersonFound), found
    assert {kept.value for kept in found.kept} >= {NAME, PHONE}
    head = {"branch": "main", "reason": f"{OTHER_NAME} wrote a letter"}
    await done(desk, ErasePerson(id=new_id(), day=DAY, number="A002", **head))
    await done(board, ForgetPerson(id=new_id(), day=DAY, visit=3))
    return listeners


def person(visit, **values):
    return RecordPerson(id=new_id(), day=DAY, visit=visit, **values)


async def done(terminal, command):
    answer = await terminal.order(command)
    assert getattr(answer, "code", "") == "" or isinstance(answer, Accepted), answer


async def every_number_in_every_field(server):
    """Whatever becomes of each: most are refused, those made for people are taken."""
    taken = set()
    for message in COMMANDS:
        speaker = Speaker(server, message)
        for field in fields_of(message):
            for number in NUMBERS:
                if not await speaker.is_refused(field, number):
                    taken.add((message.__name__, field))
        await speaker.leave()
    return taken


def fields_of(message):
    """But words from a list; and ids, which machines make of chance."""
    return [
        field
        for field, kind in texts_of(message)
        if field != ("id",) and not isinstance(kind, inspect.LiteralType)
    ]


FITS_HERE: dict[str, dict[str, object]] = {
    "RecordPerson": {"visit": 1, "phone": ""},
    "TransferTicket": {"counter": 2, "service": None, "to_counter": 1},
    "FindPerson": {"branch": "main", "day": None, "number": None},
    "ErasePerson": {"branch": "main", "day": None, "number": None, "phone": PHONE},
}


class Speaker:
    """Says one command after the other; comes again when it was sent away for bad ones."""

    def __init__(self, server, message):
        role = next(role for role in STATIONS if message in PERMISSIONS[role])
        self._server, self._station, self._token = server, STATIONS[role], ""
        self._sample = {**SAMPLES[message.__name__], **FITS_HERE.get(message.__name__, {})}
        if self._sample.get("day"):
            self._sample["day"] = DAY
        self._terminal = None

    async def is_refused(self, field, text):
        terminal = self._terminal = self._terminal or await self._come()
        said = put({**self._sample, "id": new_id()}, field, text)
        await terminal.say(json.dumps(said, ensure_ascii=False))
        await terminal.say(json.dumps({"type": "Probe", "id": PROBE}))
        replies = [one async for one in self._until_the_probe(terminal)]
        assert len(replies) == 1, (said, replies)
        return replies[0]["type"] == "Refused"

    async def leave(self):
        """Nobody is left behind who would not read what follows."""
        if self._terminal is not None:
            await self._terminal.socket.close()

    async def _come(self):
        terminal, welcome = await self._server.anyone(self._station, token=self._token)
        if welcome.kind in ("counter", "board", "desk") and not welcome.staff:
            self._token = (await terminal.sign_in(staff_at(self._station))).token
        return terminal

    async def _until_the_probe(self, terminal):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (said := json.loads(await terminal.socket.recv())).get("id") != PROBE:
                    if "id" in said:
                        yield said
        except ConnectionClosed:
            self._terminal = None


# --- Where it is looked for ------------------------------------------------------------------


def of_the_disk(path):
    """The files as they lie there, and a backup of them."""
    backup = path.with_name("backup.sqlite")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    log = path.with_name(path.name + "-wal")
    files = [path, backup, *([log] if log.exists() else [])]
    return {file.name: [file.read_bytes()] for file in files}


async def of_the_journal(journal):
    """Every event as it is read, and the snapshots."""
    found = {}
    for branch in ("main", HOUSE_STREAM):
        found[branch] = [
            f"{row.type} {row.actor} {row.command_id} ".encode() + row.data
            for row in await rows(journal, branch)
        ]
    return found


def of_the_log(caplog):
    return {
        form.__name__: [form().format(record) + "\n" for record in caplog.records]
        for form in (Json, Plain)
    }


def hits(places, values=PRIVATE):
    """Where something was found, and how it begins."""
    return {
        name: [hit.shown for hit in found]
        for name, pieces in places.items()
        if (found := scan(pieces, values))
    }


# --- The proof -------------------------------------------------------------------------------


async def test_what_is_said_of_people_is_found_nowhere_but_sealed(path, caplog):
    caplog.set_level(logging.INFO)
    journal = await open_sqlite(path)
    async with serving(journal=journal, branches=[branch_config(counters=3)]) as server:
        listeners = await a_day_with_people(server)
        live = of_the_disk(path)
        subjects = [row.subject for row in await journal.private_page()]
        kept = await vault_of(journal).show("main", subjects)
    sent = {f"audience {n}": await one.ended() for n, one in enumerate(listeners)}
    told = await of_the_journal(journal)
    await journal.close()

    assert {NAME, PHONE, "带了护照 …"} <= {row.value for row in kept}
    assert "snapshots" in path.read_bytes().decode("latin-1")
    assert hits(live) == {}
    assert hits(of_the_disk(path)) == {}
    assert hits(told) == {}
    assert hits(sent) == {}
    assert hits(of_the_log(caplog)) == {}


async def test_a_number_of_a_person_gets_into_no_other_field_of_any_command(path, caplog):
    caplog.set_level(logging.INFO)
    journal = await open_sqlite(path)
    branches, address = [branch_config(counters=3)], "https://lobby.example"
    async with serving(journal=journal, branches=branches, public_url=address) as server:
        board = await server.terminal("board-assistant")
        await done(board, take_anyway())
        await board.socket.close()
        taken = await every_number_in_every_field(server)
    told = await of_the_journal(journal)
    await journal.close()

    assert {("RecordPerson", ("name",)), ("RecordPerson", ("phone",))} <= taken
    people = {"RecordPerson", "TransferTicket", "FindPerson", "ErasePerson"}
    assert {name for name, _ in taken} <= people
    assert {field for _, field in taken} <= {("name",), ("phone",), ("note",)}
    assert hits(told, values=()) == {}
    assert hits(of_the_disk(path), values=()) == {}
    assert hits(of_the_log(caplog), values=()) == {}


async def test_a_terminal_writes_down_the_command_and_not_whom_it_is_about(tmp_path):
    file = tmp_path / "outbox"
    for command in (
        person(1, name=NAME, phone=PHONE),
        TransferTicket(id=new_id(), day=DAY, counter=1, to_counter=2, note="带了护照"),
    ):
        Outbox(file, "counter-1").write(command)

        assert hits({"outbox": [file.read_bytes()]}) == {}
        assert Outbox(file, "counter-1").read() == bare(command)


# --- The proof of the proof ------------------------------------------------------------------


async def test_what_lies_open_on_the_disk_is_found(path):
    journal = await open_sqlite(path)
    async with serving(journal=journal) as server:
        board = await server.terminal("board-assistant")
        await done(board, take_anyway())
        open_vault = Vault(journal, Keys(), ManualClock().token)
        head = await journal.head("main")
        entry = (await rows(journal))[-1]
        plants = [PrivateRow("main", of_visit(1), "name", NAME, 2**60)]
        plants += [PrivateRow("main", of_visit(2), "phone", PHONE, 2**60)]
        await journal.append("main", head.seq, [entry], open_vault.seal(plants))
        found = hits(of_the_disk(path))
    await journal.close()

    assert {"欧…", "138…"} & set(found["lobby.sqlite-wal"])
    assert len(found["backup.sqlite"]) >= 2


async def test_what_lies_open_in_an_event_a_log_or_a_view_is_found(caplog):
    caplog.set_level(logging.INFO)
    logging.getLogger("server.session").info("command", extra={"staff": PHONE})
    event = json.dumps({"zh": f"请{NAME}来", "en": "x"}).encode()

    assert hits(of_the_log(caplog)).keys() == {"Json", "Plain"}
    assert hits({"main": [event]}) == {"main": ["\\u6b…"]}
