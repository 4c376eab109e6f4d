"""Hostile texts through every field of every message, over real sockets: nothing of them acts.

Each is answered once, the server lives on, and no control character comes out anywhere:
not in a reply, a view or a line of the log, and not in what is printed or exported later.
"""

import asyncio
import csv
import io
import itertools
import json
import logging
import unicodedata
from contextlib import suppress
from typing import Any, get_args

import pytest
from websockets.exceptions import ConnectionClosed

import lobby
from server.config import load_data_folder
from server.domain.configuration import BranchConfig, Limits
from server.journal.sqlite import open_sqlite
from server.logs import Json, Plain
from server.reports.tables import FORMULA_STARTS
from shared.config import ConfigError
from shared.protocol import (
    Accepted,
    ClearMessage,
    FirstMessage,
    HouseAccepted,
    InviteStation,
    OpenCounter,
    RenameStation,
    Role,
    StartService,
    TakeTicket,
    Words,
    encode,
)
from shared.rights import PERMISSIONS
from tests.server.one_branch import DAY, branch_config, call, new_id, take
from tests.server.one_house import staff_at
from tests.server.one_server import PATIENCE_SECONDS, Watcher, serving
from tests.server.wire_texts import MESSAGES, put, samples, texts_of
from tests.shared.test_cleaning import CORPUS

# What is longer than any message is cut off by its frame's length: see test_frames.py.
TEXTS = {name: dirty[:15_000] for name, (dirty, _) in CORPUS.items()}
SAMPLES = samples()
COMMANDS = [message for message in MESSAGES if not issubclass(message, FirstMessage)]

REPLIES = ("Accepted", "Refused", "HouseAccepted", "SignedIn", "PersonFound")
STATION_OF: dict[Role, str] = {
    "kiosk": "kiosk-1",
    "display": "display-1",
    "teller": "counter-1",
    "lobby_assistant": "board-assistant",
    "lobby_manager": "board-manager",
    "operations_supervisor": "board-supervisor",
    "branch_head": "board-head",
    "auditor": "board-auditor",
    "administrator": "desk-1",
    "rating_panel": "panel-1",
    "pager_base": "pagers-1",
    "customer": "customer",
    "visitor": "visitor",
}
FITS_HERE = {
    "day": DAY,
    "counter": 1,
    "to_counter": 2,
    "visit": 1,
    "service": "A",
    "services": ["A"],
    "staff": "teller-2",
    "to": "assistant",
    "station": "display-1",
}


# --- What must not come out ----------------------------------------------------------------------


def acts(character):
    """Whether a terminal, a printer or the direction of writing would obey it."""
    return (
        unicodedata.category(character) in ("Cc", "Cs") or character in "\u202d\u202e\u2066\u2067"
    )


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain(*(texts_in(part) for pair in value.items() for part in pair))
    elif isinstance(value, list):
        yield from itertools.chain(*(texts_in(part) for part in value))


def hold_harmless(frame):
    """Fail for a message from the server that carries something that acts."""
    for text in (frame, *texts_in(json.loads(frame))):
        assert not any(map(acts, text)), text


def hold_lines_harmless(lines):
    for line in lines:
        assert not any(map(acts, line)), line


# --- Everything that can be said -----------------------------------------------------------------


def written(message, path, text):
    fitting = {name: value for name, value in FITS_HERE.items() if name in message}
    fresh = {**message, **fitting, **({"id": new_id()} if "id" in message else {})}
    return json.dumps(put(fresh, path, text))


def sayings(message):
    """The message with each hostile text in each of its fields."""
    sample = SAMPLES[message.__name__]
    for path, _ in texts_of(message):
        for text in TEXTS.values():
            yield written(sample, path, text)


class Talker:
    """Says things one after the other, and connects again whenever it was sent away."""

    def __init__(self, server, station):
        self._server = server
        self._station = station
        self._terminal: Any = None
        self._token = ""

    async def _come(self):
        """With the sign-in of before: some texts here are wrong PINs."""
        terminal, welcome = await self._server.anyone(self._station, token=self._token)
        if welcome.kind in ("counter", "board", "desk") and not welcome.staff:
            self._token = (await terminal.sign_in(staff_at(self._station))).token
        return terminal

    async def answered_once(self, saying):
        if self._terminal is None:
            self._terminal = await self._come()
        await self._terminal.say(saying)
        await self._terminal.say(json.dumps({"type": "Probe", "id": "probe-0123456789"}))
        replies = [reply async for reply in self._until_the_probe()]
        assert len(replies) == 1, (saying[:300], replies)
        return replies[0]

    async def _until_the_probe(self):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    frame = await self._terminal.socket.recv()
                    hold_harmless(frame)
                    said = json.loads(frame)
                    if said.get("id") == "probe-0123456789":
                        return
                    if said["type"] in REPLIES:
                        yield said
        except ConnectionClosed:
            # A third bad message ends a connection, after its answer.
            assert self._terminal.socket.close_code == 4400
            self._terminal = None


async def taken_at_the_kiosk(server):
    """The answer to a customer; nobody is left behind who would not read what follows."""
    kiosk = await server.terminal("kiosk-1")
    taken = await kiosk.order(take())
    await kiosk.socket.close()
    return taken


def station_for(message):
    role = next(role for role in STATION_OF if message in PERMISSIONS[role])
    return STATION_OF[role]


def log_lines(caplog):
    return [form().format(record) for form in (Json, Plain) for record in caplog.records]


@pytest.mark.parametrize("message", COMMANDS, ids=lambda message: message.__name__)
async def test_every_text_in_every_field_of_a_command_is_answered_once_and_the_server_lives_on(
    message, caplog
):
    caplog.set_level(logging.INFO)
    async with serving(public_url="https://lobby.example") as server:
        taken_before = await taken_at_the_kiosk(server)
        talker = Talker(server, station_for(message))

        for saying in sayings(message):
            await talker.answered_once(saying)

        taken = await taken_at_the_kiosk(server)
        health = await server.get_json("/health")

    assert isinstance(taken_before, Accepted)
    assert isinstance(taken, Accepted)
    assert health["status"] == "ok"
    hold_lines_harmless(log_lines(caplog))
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("message", get_args(FirstMessage), ids=lambda message: message.__name__)
async def test_every_text_in_every_field_of_a_first_message_is_answered_once(message, caplog):
    caplog.set_level(logging.INFO)
    async with serving(branches=[branch_config()]) as server:
        for saying in sayings(message):
            terminal = await server.dial()
            await terminal.say(saying)
            heard = []
            with suppress(ConnectionClosed):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while True:
                        heard.append(await terminal.socket.recv())
            for frame in heard:
                hold_harmless(frame)
            assert [json.loads(frame)["type"] for frame in heard] == ["Refused"], saying[:300]

        taken = await taken_at_the_kiosk(server)

    assert isinstance(taken, Accepted)
    hold_lines_harmless(log_lines(caplog))


# --- What is taken in, and comes out again -------------------------------------------------------


async def every_screen(server):
    """Whatever shows anything, each watching all it may."""
    phone, _ = await server.knock(ticket=server.ticket(1))
    terminals = [
        await server.terminal("display-1"),
        await server.terminal("counter-2"),
        await server.terminal("board-head", views=("BoardView", "CounterView:1", "KioskView")),
        await server.terminal("board-auditor", views=("HouseView", "BoardView")),
        phone,
    ]
    return [Watcher(terminal) for terminal in terminals]


async def a_day_of_hostile_words(server):
    """Each text goes wherever free text is taken; what the desk and the board were answered."""
    kiosk = await server.terminal("kiosk-1")
    await kiosk.order(take())
    screens = await every_screen(server)
    counter = await server.terminal("counter-1")
    board = await server.terminal("board-manager")
    desk = await server.terminal("desk-1")
    await counter.order(OpenCounter(id=new_id(), day=DAY, counter=1))
    answers = []
    for text in TEXTS.values():
        papers, words, name = text[:60], text[:200], text[:60]
        await kiosk.order(take())
        await counter.order(call())
        await counter.order(StartService(id=new_id(), day=DAY, counter=1))
        for terminal, command in (
            (counter, finish_for_want_of(papers)),
            (board, message_to_all(words)),
            (desk, invitation(name)),
            (desk, renamed("display-1", name)),
        ):
            answers.append(await terminal.order(command))
            hold_harmless(encode(answers[-1]).decode())
        await board.order(ClearMessage(id=new_id(), day=DAY, message=len(answers) // 4))
    return answers, screens


def finish_for_want_of(paper):
    text = {"type": "FinishService", "id": new_id(), "day": DAY, "counter": 1}
    return json.dumps({**text, "outcome": "papers_missing", "papers": [paper, "Pass"]})


def message_to_all(words):
    text = {"type": "SendMessage", "id": new_id(), "day": DAY, "zh": f"请注意{words}", "en": words}
    return json.dumps({**text, "en": f"Please note {words}"[:200], "zh": text["zh"][:200]})


def invitation(name):
    invite = InviteStation(id=new_id(), kind="kiosk", branch="main", name="")
    return json.dumps({**json.loads(encode(invite)), "name": name})


def renamed(station, name):
    rename = RenameStation(id=new_id(), station=station, name="")
    return json.dumps({**json.loads(encode(rename)), "name": name})


def printed(capsys, *arguments):
    """What a `lobby` command prints."""
    assert lobby.main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


async def test_what_is_taken_in_comes_out_harmless_on_every_screen_and_in_every_export(
    tmp_path, capsys, caplog
):
    caplog.set_level(logging.INFO)
    journal = await open_sqlite(tmp_path / "lobby.sqlite")
    config = branch_config(limits=Limits(messages_max=20))
    async with serving(journal=journal, branches=[config]) as server:
        answers, screens = await a_day_of_hostile_words(server)
    frames = [frame for screen in screens for frame in await screen.ended()]
    await journal.close()

    # Only what is no text at all (half a character) is no message.
    refused = [one for one in answers if not isinstance(one, Accepted | HouseAccepted)]
    assert {one.code for one in refused} == {"BadMessage"}
    assert len(refused) == 4
    shown = "".join(frames)
    assert "[@click=app.quit]x[/]" in shown
    assert "DROP TABLE" in shown
    for frame in frames:
        hold_harmless(frame)
    hold_lines_harmless(log_lines(caplog))
    for arguments in (
        ("show",),
        ("show", "--language", "en"),
        ("show", "--json"),
        ("report", "day", "--language", "zh"),
        ("report", "day", "--json"),
    ):
        out = printed(capsys, *arguments, "--data", tmp_path)
        assert len(out) > 100
        hold_lines_harmless(out.split("\n"))
    hold_cells_harmless(printed(capsys, "report", "day", "--csv", "--data", tmp_path))


def hold_cells_harmless(exported):
    records = list(csv.reader(io.StringIO(exported, newline="")))
    assert len(records) > 5
    for cell in itertools.chain(*records):
        assert not any(map(acts, cell)), cell
        assert not cell.startswith(FORMULA_STARTS) or cell.lstrip("-").isdigit(), cell


# --- Names in the configuration ------------------------------------------------------------------

BRANCH = """\
id = "main"
name = {words}
duty_required = false

[[services]]
id = "A"
series = "A"
name = {words}
bring = [{words}]
machine = {words}

[[counters]]
id = 1
name = {words}
services = ["A"]

[[machines]]
id = "M1"
name = {words}

[hours]
day_opens = "00:00"
day_ends = "24:00"

[[hours.rules]]
days = ["mon"]
opens = "00:00"
closes = "24:00"
tickets_from = "00:00"
tickets_until = "24:00"
"""


def configured(folder, text):
    """A branch whose every name is that text, as an operator's editor might have written it."""
    in_toml = "".join(f"\\U{ord(character):08x}" for character in text)
    words = f'{{ zh = "{in_toml}", en = "{in_toml}" }}'
    (folder / "branches").mkdir(parents=True)
    (folder / "branches" / "main.toml").write_text(BRANCH.format(words=words), encoding="utf-8")
    return load_data_folder(folder)[1]["main"]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_a_name_in_the_configuration_is_refused_or_shown_harmless(text, tmp_path, capsys):
    try:
        config = configured(tmp_path, text)
    except ConfigError as error:
        hold_lines_harmless([str(error)])
        return

    journal = await open_sqlite(tmp_path / "lobby.sqlite")
    async with serving(journal=journal, branches=[config]) as server:
        kiosk = await server.terminal("kiosk-1")
        await kiosk.order(TakeTicket(id=new_id(), day=DAY, service="A"))
        screens = await every_screen_of_one_counter(server)
        await kiosk.order(TakeTicket(id=new_id(), day=DAY, service="A"))
        screens.append(Watcher(kiosk))
    frames = [frame for screen in screens for frame in await screen.ended()]
    await journal.close()

    assert len(frames) >= 4
    for frame in frames:
        hold_harmless(frame)
    for arguments in (("show",), ("report", "day")):
        hold_lines_harmless(printed(capsys, *arguments, "--data", tmp_path).split("\n"))
    hold_cells_harmless(printed(capsys, "report", "day", "--csv", "--data", tmp_path))


async def every_screen_of_one_counter(server):
    phone, _ = await server.knock(ticket=server.ticket(1))
    counter = await server.terminal("counter-1")
    display = await server.terminal("display-1")
    board = await server.terminal("board-head")
    return [Watcher(terminal) for terminal in (phone, counter, display, board)]


def test_a_hostile_name_is_cleaned_and_a_harmless_one_stays(tmp_path):
    config = configured(tmp_path / "one", "存\x1b]0;t\x07款\u202e")
    other = configured(tmp_path / "other", "[bold]存款 · Cash's <best>")

    assert isinstance(config, BranchConfig)
    assert config.services[0].name == Words(zh="存]0;t款", en="存]0;t款")
    assert other.services[0].name.zh == "[bold]存款 · Cash's <best>"
