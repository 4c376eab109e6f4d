"""`lobby person show` and `erase`: a person's request, answered on one screen."""

import asyncio
import json
import re

import pytest

import lobby
from server.journal.memory import MemoryJournal
from shared.pairing import StationKey, keep_key
from shared.protocol import RecordPerson
from tests.server.one_branch import DAY, new_id, take
from tests.server.one_house import secret_of, station_secret
from tests.server.one_server import serving

NAME, PHONE = "王小明", "13800138000"


@pytest.fixture
def desk(tmp_path):
    """What the administrator types with every order."""

    def options(server):
        key = StationKey(
            url=server.running.address,
            station="desk-1",
            secret=station_secret("desk-1"),
            kind="desk",
            branch="main",
        )
        keep_key(tmp_path / "key", key)
        (tmp_path / "password").write_text(secret_of("admin"))
        (tmp_path / "phone").write_text("138 0013 8000\n")
        files = {"--secret-file": "key", "--password-file": "password", "--phone-file": "phone"}
        given = [str(part) for name, file in files.items() for part in (name, tmp_path / file)]
        return ["--as", "admin", "--branch", "main", "--reason", "asked at the counter", *given]

    return options


async def with_somebody(server):
    board = await server.terminal("board-assistant")
    await board.order(take())
    await board.order(RecordPerson(id=new_id(), day=DAY, visit=1, name=NAME, phone=PHONE))


async def type_(capsys, *arguments):
    """Exit code, output and errors of a command, beside the server."""
    code = await asyncio.to_thread(lobby.main, list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


async def test_all_that_is_kept_is_shown_and_then_deleted(desk, capsys):
    journal = MemoryJournal()
    async with serving(journal=journal) as server:
        await with_somebody(server)
        typed = desk(server)

        shown = await type_(capsys, "person", "show", *typed, "--language", "zh")
        erased = await type_(capsys, "person", "erase", *typed, "--language", "en")
        again = await type_(capsys, "person", "show", *typed, "--language", "en")

    assert shown[0] == erased[0] == again[0] == 0
    assert re.search(rf"\u59d3\u540d +{NAME} +11-23 \d\d:\d\d", shown[1])
    assert re.search(rf"\u7535\u8bdd +{PHONE} +11-23", shown[1])
    assert re.search(rf"\u5230\u5e97 +{DAY} A001", shown[1])
    assert "Deleted: 3 values." in erased[1]
    assert "Nothing is kept of this person." in again[1]
    assert await journal.private_page() == []


async def test_a_visit_is_named_instead_and_programs_get_json(desk, capsys):
    async with serving() as server:
        await with_somebody(server)
        visit = [*desk(server), "--day", DAY, "--number", "A001", "--json"]

        shown = await type_(capsys, "person", "show", *visit)
        erased = await type_(capsys, "person", "erase", *visit)

    kept = {one["field"]: one["value"] for one in json.loads(shown[1])}
    assert kept == {"name": NAME, "phone": PHONE, "visit": f"{DAY} A001"}
    assert json.loads(erased[1]) == {"values": 3}


async def test_what_is_refused_is_said_in_one_sentence(desk, capsys):
    async with serving() as server:
        typed = desk(server)

        half = await type_(capsys, "person", "show", *typed, "--day", DAY, "--language", "en")
        told = await type_(
            capsys, "person", "show", *typed, "--reason", f"call {PHONE}", "--language", "en"
        )

    for code, output, errors in (half, told):
        assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "either by a telephone number, or" in half[2]
    assert "No mobile, identity or card number" in told[2]


def test_no_order_takes_a_telephone_number_as_an_argument(capsys):
    with pytest.raises(SystemExit):
        lobby.main(["person", "show", "--help"])

    assert not re.search(r"--phone\b(?!-file)", capsys.readouterr().out)
