"""`lobby restore`: the backup, whole, or the journal as it was; and nobody shows what is lost."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from bench.branch import Terminals, furnish, hello
from bench.process import ServerProcess
from bench.process import serving as serving_process
from server.config import HOUSE_STREAM
from server.house.events import JournalRestored
from server.journal.contract import JournalRefused
from server.journal.sqlite import open_sqlite
from server.journal.sqlite_open import restored_beside
from server.journal.upcast import stamp_of, to_house_event
from server.upkeep.backup import Place, back_up
from server.upkeep.errors import CannotDo
from server.upkeep.restore import restore
from server.upkeep.verify import verify
from shared.link import REAL_TIME, Link
from shared.protocol import Accepted, TakeTicket
from tests.server.one_server import eventually
from tests.server.upkeep.lived import (
    HOUR,
    NINE,
    append,
    by_hand,
    clock_stepped,
    content,
    database,
    run,
)

ROOT = Path(__file__).resolve().parents[3]
LATER = NINE + 2 * HOUR


@pytest.fixture
def backup(folder, tmp_path):
    return back_up(folder, Place(tmp_path / "away"), NINE).file


async def last_of_house(path):
    """The last event of people and stations, and who wrote it when."""
    journal = await open_sqlite(path)
    try:
        rows = [row async for row in journal.read(HOUSE_STREAM)]
    finally:
        await journal.close()
    return to_house_event(rows[-1]), stamp_of(rows[-1])


def as_it_was(folder):
    """What a restore that is refused must not change."""
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.endswith((".lock", "-shm"))
    }


# --- The journal -----------------------------------------------------------------------------


async def test_the_journal_is_the_backup_and_one_event_more(folder, backup):
    await append(folder, events=3)

    restored = restore(folder, backup, LATER)

    now, then = content(database(folder)), content(backup)
    mark = [row for row in now["events"] if row not in then["events"]]
    assert now["private"] == then["private"]
    assert [row[0] for row in mark] == [HOUSE_STREAM]
    assert len(now["events"]) == len(then["events"]) + 1
    assert verify(database(folder)).sound
    assert restored.lost.events == {"main": 3}
    assert database(folder).stat().st_mode & 0o777 == 0o600


async def test_an_auditor_reads_when_it_was_restored_and_how_far_it_reached(folder, backup):
    await append(folder, events=3, at=NINE + HOUR + 5)

    restore(folder, backup, LATER)

    event, stamp = await last_of_house(database(folder))
    assert event == JournalRestored(
        reached_at=NINE + HOUR,
        lost_at=NINE + HOUR + 5,
        lost=3,
        visits={"main": 3},
        appointments={"main": 0},
    )
    assert (stamp.at, stamp.actor.role) == (LATER, "administrator")


async def test_the_time_of_the_house_does_not_go_back(folder, backup):
    restore(folder, backup, now_ms=1)

    _, stamp = await last_of_house(database(folder))
    assert stamp.at == NINE


async def test_every_restore_makes_a_new_epoch(folder, backup):
    epochs = {verify(database(folder)).epoch, verify(backup).epoch}
    for n in range(2):
        restore(folder, backup, LATER + n * HOUR)
        epochs.add(verify(database(folder)).epoch)

    assert len(epochs) == 4
    journal = await open_sqlite(database(folder))
    assert journal.epoch in epochs
    await journal.close()


async def test_the_journal_before_is_kept_whole_also_with_a_log_that_a_kill_left(folder, backup):
    killed = await left_by_a_kill(folder)
    log = database(killed).with_name("lobby.sqlite-wal")
    assert log.stat().st_size

    restored = restore(killed, backup, LATER)

    assert restored.kept
    assert content(restored.kept) == content(database(folder))
    assert restored.kept.name == "lobby.sqlite.before-2026-11-16T030000Z"
    assert restored.lost.events == {"main": 3}
    assert verify(database(killed)).sound
    assert not log.exists()


def test_what_was_set_aside_can_be_restored_again(folder, backup):
    before = content(database(folder))
    kept = restore(folder, backup, LATER).kept
    assert kept

    restored = restore(folder, kept, LATER + HOUR)

    now = content(database(folder))
    assert now["private"] == before["private"]
    assert len(now["events"]) == len(before["events"]) + 1
    assert restored.lost.events == {HOUSE_STREAM: 1}


def test_on_a_new_machine_there_is_nothing_to_lose(folder, backup, tmp_path):
    new = tmp_path / "new"
    new.mkdir()

    restored = restore(new, backup, LATER)

    assert restored.kept is None
    assert restored.lost.events == {}
    assert verify(database(new)).sound
    assert [file.name for file in restored.missing] == [
        "pepper.key",
        "link.key",
        "credentials.json",
        "vault.key",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_restores_belongs_to_whoever_serves_there(backup, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    os.chown(new, 12345, 23456)

    restore(new, backup, LATER)

    owners = {file.name: (file.stat().st_uid, file.stat().st_gid) for file in new.iterdir()}
    assert owners == dict.fromkeys(["lobby.sqlite", "lobby.sqlite.lock"], (12345, 23456))


@pytest.mark.parametrize("events", [1, 50])
async def test_a_journal_with_another_past_is_not_said_to_have_lost_some_events(
    folder, backup, tmp_path, events
):
    other = tmp_path / "other"
    other.mkdir()
    await append(other, events)

    assert restore(other, backup, LATER).lost.events is None


# --- Refused ---------------------------------------------------------------------------------


async def test_nothing_is_restored_while_a_server_runs(folder, backup):
    journal = await open_sqlite(database(folder))
    try:
        with pytest.raises(JournalRefused) as caught:
            restore(folder, backup, LATER)
    finally:
        await journal.close()

    assert caught.value.code == "in_use"
    assert content(database(folder)) == content(backup)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE events SET at = at + 1 WHERE branch = 'main' AND seq = 2",
        "DELETE FROM events WHERE branch = 'main' AND seq = 2",
        "UPDATE snapshots SET data = data || x'20'",
        "UPDATE private SET purge_at = 'never'",
        "PRAGMA user_version = 99",
        "PRAGMA application_id = 1",
        "DROP TABLE heads",
    ],
)
def test_a_backup_that_is_not_sound_is_refused_and_nothing_touched(folder, backup, damage):
    by_hand(backup, damage)
    before = as_it_was(folder)

    with pytest.raises((CannotDo, JournalRefused)):
        restore(folder, backup, LATER)

    assert as_it_was(folder) == before


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9])
def test_half_a_backup_is_refused_and_nothing_touched(folder, backup, part):
    backup.write_bytes(backup.read_bytes()[: int(part * backup.stat().st_size)])
    before = as_it_was(folder)

    with pytest.raises((CannotDo, JournalRefused)):
        restore(folder, backup, LATER)

    assert as_it_was(folder) == before


def test_the_journal_itself_is_no_backup_of_it(folder):
    with pytest.raises(CannotDo) as caught:
        restore(folder, database(folder), LATER)

    assert caught.value.code == "same_file"


def test_a_backup_that_is_not_there_is_told(folder, tmp_path):
    with pytest.raises(CannotDo) as caught:
        restore(folder, tmp_path / "gone.sqlite", LATER)

    assert caught.value.code == "no_journal"


def test_too_little_room_is_found_out_before_anything_is_touched(folder, backup):
    before = as_it_was(folder)

    with pytest.raises(CannotDo) as caught:
        restore(folder, backup, LATER, left_free_bytes=2**60)

    assert caught.value.code == "no_room"
    assert as_it_was(folder) == before


# --- Interrupted -----------------------------------------------------------------------------


async def test_a_restore_that_was_killed_keeps_servers_out_until_it_is_done_again(folder, backup):
    """The journal is set aside, and what shall take its place is not there yet."""
    await append(folder, events=2)
    path = database(folder)
    shutil.copy(backup, restored_beside(path))
    path.rename(path.with_name("lobby.sqlite.before-2026-11-16T020000Z"))

    with pytest.raises(JournalRefused) as caught:
        await open_sqlite(path)
    restored = restore(folder, backup, LATER)

    assert caught.value.code == "half_restored"
    assert restored.lost.events == {"main": 2}
    assert verify(path).sound
    assert not restored_beside(path).exists()
    await (await open_sqlite(path)).close()


KILLED_BEFORE_A_STEP = """
import os, sys
from pathlib import Path
from server.upkeep.restore import restore

left, folder = int(sys.argv[1]), sys.argv[2]

def kill(event, arguments):
    global left
    if event in ("os.rename", "os.link", "os.remove") and folder in str(arguments[0]):
        left -= 1
        if left == 0:
            os._exit(9)

sys.addaudithook(kill)
restore(Path(folder), Path(sys.argv[3]), int(sys.argv[4]))
"""
NEVER = 99


def killed_restore(folder, backup, step):
    command = [sys.executable, "-c", KILLED_BEFORE_A_STEP, step, folder, backup, LATER]
    ended = subprocess.run(list(map(str, command)), cwd=ROOT, timeout=60)
    assert ended.returncode == (0 if step == NEVER else 9)


async def left_by_a_kill(folder):
    """The folder of a server that was killed: its last events are in the log only."""
    journal = await open_sqlite(database(folder))
    head = await journal.head("main")
    await journal.append("main", head.seq, [clock_stepped()] * 3)
    killed = shutil.copytree(folder, folder.with_name("killed"))
    await journal.close()
    return killed


async def what_a_server_has(folder):
    """The content that it would serve, or why it would not."""
    copied = shutil.copytree(folder, folder.with_name("looked at"))
    try:
        journal = await open_sqlite(database(copied))
    except JournalRefused as refused:
        return refused.code
    await journal.close()
    return content(database(copied))


@pytest.mark.parametrize(
    ("step", "served"),
    [
        pytest.param(1, "old", id="before the draft has its name"),
        pytest.param(2, "neither", id="before the log has its second name"),
        pytest.param(3, "neither", id="before the journal is set aside"),
        pytest.param(4, "neither", id="before its log is gone"),
        pytest.param(5, "neither", id="before the index of the log is gone"),
        pytest.param(6, "neither", id="before the draft is the journal"),
        pytest.param(NEVER, "new", id="afterwards"),
    ],
)
async def test_wherever_a_restore_is_killed_both_journals_are_there(folder, backup, step, served):
    killed = await left_by_a_kill(folder)
    old, new = content(database(folder)), content(backup)

    killed_restore(killed, backup, step)
    found = await what_a_server_has(killed)
    restore(killed, backup, LATER + HOUR)

    if served == "neither":
        assert found == "half_restored"
    else:
        expected = {"old": old, "new": new}[served]
        assert [row for row in expected["events"] if row not in found["events"]] == []
        assert len(found["events"]) == len(expected["events"]) + (served == "new")
    assert verify(database(killed)).sound
    assert old in [content(aside) for aside in killed.glob("*.before-*Z")]


def test_a_restore_that_was_killed_while_it_copied_has_changed_nothing(folder, backup):
    left = database(folder).with_name("lobby.sqlite.4711.part")
    left.write_bytes(b"half")

    restore(folder, backup, LATER)

    assert not left.exists()


async def test_a_backup_that_was_copied_over_the_journal_by_hand_is_not_served(folder, backup):
    await append(folder)
    shutil.copy(backup, database(folder))

    with pytest.raises(JournalRefused) as caught:
        await open_sqlite(database(folder))

    assert caught.value.code == "not_the_one"
    assert "lobby restore" in str(caught.value)


# --- Those who saw what is lost --------------------------------------------------------------

TERMINALS = Terminals(counters=2, kiosks=2, displays=3)


@asynccontextmanager
async def terminals(address, timing):
    """All of them, live and with a view to show; by name."""
    names = ["kiosk-1", "kiosk-2", "display-1", "display-2", "display-3", "counter-1", "counter-2"]
    async with AsyncExitStack() as stack:
        links = {name: Link(address, hello(name), timing=timing) for name in names}
        for link in links.values():
            await stack.enter_async_context(link)
        await asyncio.gather(*(link.until(1) for link in links.values()))
        yield links


def shown(link):
    """The newest view, whichever it is."""
    views = (link.view(name) for name in ("KioskView", "DisplayView"))
    return next((view for view in views if view is not None), None)


async def test_terminals_that_saw_what_is_lost_show_what_there_is(tmp_path):
    """T-25. A real server, real links; restored while it was down."""
    data = tmp_path / "data"
    await furnish(data, TERMINALS)
    brisk = replace(REAL_TIME, base_seconds=0.025, cap_seconds=0.5)
    async with (
        serving_process(ServerProcess(data)) as server,
        terminals(server.address, brisk) as links,
    ):

        async def take():
            kiosk = links["kiosk-1"]
            command = TakeTicket(id=kiosk.new_id(), day=server.day, service="A")
            reply = await kiosk.send(command)
            assert isinstance(reply, Accepted)
            return reply

        first = await take()
        made = await asyncio.to_thread(back_up, data, Place(tmp_path / "away"), NINE)
        lost = [await take() for _ in range(5)]
        await asyncio.gather(*(link.until(lost[-1].seq) for link in links.values()))
        epoch = links["kiosk-1"].welcome.epoch
        await server.stop()
        await asyncio.to_thread(restore, data, made.file, LATER)
        await server.start()
        everyone = links.values()
        await eventually(lambda: all(link.welcome.epoch != epoch for link in everyone))
        public = [link for name, link in links.items() if not name.startswith("counter")]
        await eventually(lambda: all(shown(link) for link in public))
        seen = [shown(link).seq for link in public]
        again = await take()
        await asyncio.gather(*(link.until(again.seq) for link in public))

        assert first.seq <= min(seen) <= max(seen) < lost[-1].seq
        assert again.number == lost[0].number == "A002"
        assert {link.staff for name, link in links.items() if name.startswith("counter")} == {None}
        assert {link.view("CounterView:1") for link in everyone} == {None}


async def test_a_link_to_what_is_lost_leads_to_nobody_who_came_after(tmp_path):
    """The first ticket after a restore has the id of the first one that is lost."""
    data = tmp_path / "data"
    await furnish(data, TERMINALS)
    settings = data / "lobby.toml"
    settings.write_text(f'public_url = "http://127.0.0.1"\n{settings.read_text()}')
    async with serving_process(ServerProcess(data)) as server:

        async def take():
            async with Link(server.address, hello("kiosk-1")) as kiosk:
                command = TakeTicket(id=kiosk.new_id(), day=server.day, service="A")
                return await kiosk.send(command)

        async def opened(ticket):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            path = ticket.link.removeprefix("http://127.0.0.1")
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            page = await reader.read()
            writer.close()
            return page.split()[1]

        kept = await take()
        made = await asyncio.to_thread(back_up, data, Place(tmp_path / "away"), NINE)
        lost = await take()
        await server.stop()
        await asyncio.to_thread(restore, data, made.file, LATER)
        await server.start()
        gone = await opened(lost)
        later = await take()

        assert (later.visit, later.number) == (lost.visit, lost.number)
        assert later.short_code != lost.short_code
        assert gone == b"404"
        assert [await opened(one) for one in (kept, lost, later)] == [b"200", b"404", b"200"]


# --- As a command ----------------------------------------------------------------------------


async def test_the_command_says_what_is_lost_and_what_to_do(capsys, folder, backup):
    await append(folder, events=3)

    code, output, errors = run(capsys, "restore", backup, "--data", folder, "--language", "en")

    assert (code, errors) == (0, "")
    assert "events: main 3" in output
    assert "lobby.sqlite.before-" in output
    assert "sign in again" in output


def test_programs_get_one_object(capsys, folder, backup):
    code, output, _ = run(capsys, "restore", backup, "--data", folder, "--json")

    told = json.loads(output)
    assert code == 0
    assert told["lost"] == {"events": {}, "until": None}
    assert told["missing"] == []
    assert told["findings"]["faults"] == []


async def test_a_running_server_is_told_in_a_sentence(capsys, folder, backup):
    journal = await open_sqlite(database(folder))
    code, output, errors = run(capsys, "restore", backup, "--data", folder, "--language", "zh")
    await journal.close()

    assert (code, output) == (1, "")
    assert "正由另一个 Lobby 服务器使用" in errors
    assert errors.count("\n") == 1


def test_a_restore_is_told_by_lobby_show(capsys, folder, backup):
    restore(folder, backup, LATER)

    told = {
        language: run(
            capsys, "show", "--data", folder, "--branch", "house", "--language", language
        )[1].splitlines()[-1]
        for language in ("zh", "en")
    }

    assert "restored from a backup that reached" in told["en"]
    assert "日志已由备份恢复" in told["zh"]
