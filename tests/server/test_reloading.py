"""The configuration files put in force while the server runs, over real sockets and real files."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from functools import partial

import pytest

from server.config import DEFAULT_BRANCH, HOUSE_STREAM, read_data_folder
from server.domain.state import Actor
from server.journal.contract import Entry, JournalFull
from server.journal.memory import MemoryJournal
from server.reloading import Source
from server.signins import PROOF_SECONDS
from shared.protocol import (
    AddStaff,
    CallNext,
    ChoosePreset,
    CounterView,
    DisableStaff,
    HouseAccepted,
    InviteStation,
    KioskView,
    OpenCounter,
    PreviewReload,
    Reload,
    ReloadPreview,
    RoleAt,
    SetCounterServices,
    SignInEnded,
    TakeTicket,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, rows
from tests.server.one_server import serving
from tests.server.samples import sample

EXAMPLE = DEFAULT_BRANCH.read_text(encoding="utf-8")


class Folder:
    """A data folder that somebody edits."""

    def __init__(self, path, branches=("main",)):
        self.path = path
        (path / "branches").mkdir()
        for branch in branches:
            self.write(branch)

    def write(self, branch, *changes, text=EXAMPLE):
        """The example as that branch, with some of its text replaced."""
        text = text.replace('id = "main"', f'id = "{branch}"')
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (self.path / "branches" / f"{branch}.toml").write_text(text, encoding="utf-8")

    def server(self, text):
        (self.path / "lobby.toml").write_text(text, encoding="utf-8")

    @asynccontextmanager
    async def serving(self, **options):
        read = partial(read_data_folder, self.path)
        found = read()
        source = Source(found.server, read)
        async with serving(branches=[*found.branches.values()], source=source, **options) as server:
            yield server


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


async def preview(desk):
    return await desk.order(PreviewReload(id=new_id()))


async def reload(desk, digest=None):
    """What the desk is told, when it looks and agrees."""
    digest = digest or (await preview(desk)).digest
    return await desk.order(Reload(id=new_id(), digest=digest))


def told(shown):
    return [change.text for change in shown.changes]


def without_part(kind, part_id, text=EXAMPLE):
    """The example without one of its services or counters."""
    parts = re.split(r"(?=^\[\[)", text, flags=re.MULTILINE)
    gone = re.compile(rf'^\[\[{kind}\]\].*?\nid = "?{part_id}"?\n', re.DOTALL)
    kept = []
    for part in parts:
        found = gone.match(part)
        # What follows the part's own lines belongs to the next heading.
        kept.append(part.partition("\n\n")[2] if found else part)
    return "".join(kept)


SLOWER = ("usual_minutes = 6", "usual_minutes = 7")
SHORTER = ('closes = "17:00"', 'closes = "16:30"')


# --- Preview ---------------------------------------------------------------------------------


async def test_a_preview_tells_every_change_in_words_and_changes_nothing(folder):
    journal = MemoryJournal()
    async with folder.serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        folder.write("main", SLOWER, ('"四号窗口"', '"弹性二窗"'), SHORTER)
        shown = await preview(desk)
        before = await rows(journal)

    assert isinstance(shown, ReloadPreview)
    assert told(shown) == [
        "Service A (Cash and transfers) usual_minutes: 6 → 7",
        "Counter 4 (Counter four) name.zh: 四号窗口 → 弹性二窗",
        "hours.rules[0].closes: 17:00 → 16:30",
    ]
    assert {change.branch for change in shown.changes} == {"main"}
    assert not shown.obstacles
    assert not shown.faults
    assert re.fullmatch("[0-9a-f]{64}", shown.digest)
    assert [row.type for row in before].count("BranchConfigured") == 1


async def test_a_preview_speaks_the_language_of_its_connection(folder):
    async with folder.serving() as server:
        desk = await server.terminal("desk-1", language="zh")
        folder.write("main", SLOWER)
        shown = await preview(desk)

    assert told(shown) == ["业务 A（存取款·转账） usual_minutes：6 → 7"]


async def test_every_fault_is_told_by_file_key_and_what_was_expected(folder):
    async with folder.serving() as server:
        desk = await server.terminal("desk-1")
        folder.write("main", ("usual_minutes = 6", 'usual_minutes = "six"'))
        folder.server("colour = 3")
        shown = await preview(desk)
        refused = await reload(desk, "0" * 64)

    assert [(fault.file.rpartition("/")[2], fault.key) for fault in shown.faults] == [
        ("lobby.toml", "colour"),
        ("main.toml", "services[0].usual_minutes"),
    ]
    assert "a whole number" in shown.faults[1].expected
    assert shown.digest == ""
    assert (refused.code, refused.values["key"]) == ("ConfigurationFaulty", "colour")


async def test_where_nothing_has_changed_nothing_happens(folder):
    journal = MemoryJournal()
    async with folder.serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        folder.write("main", ("# One branch of a bank", "# A comment is not a change"))
        shown = await preview(desk)
        reply = await reload(desk)

    assert told(shown) == []
    assert isinstance(reply, HouseAccepted)
    assert "ConfigurationReloaded" not in [row.type for row in await rows(journal, HOUSE_STREAM)]


async def test_a_very_different_configuration_is_told_in_part(folder, monkeypatch):
    monkeypatch.setattr("server.reloading.CHANGES_MAX", 2)
    async with folder.serving() as server:
        desk = await server.terminal("desk-1")
        folder.write("main", SLOWER, SHORTER, ("usual_minutes = 12", "usual_minutes = 13"))
        shown = await preview(desk)

    assert (len(shown.changes), shown.more) == (2, 1)


# --- In force --------------------------------------------------------------------------------


async def test_open_screens_show_the_new_configuration_at_once(folder):
    async with folder.serving() as server:
        desk, kiosk = await server.terminal("desk-1"), await server.terminal("kiosk-1")
        teller = await server.terminal("counter-1")
        await teller.order(sample(OpenCounter))
        folder.write("main", ('"Cash and transfers"', '"Cash"'), ('"Counter one"', '"Window one"'))

        await reload(desk)
        seq = server.running.runners["main"].published.seq
        shown = await kiosk.view(KioskView, seq)
        counter = await teller.view(CounterView, seq)

    assert shown.services[0].name.en == "Cash"
    assert counter.name.en == "Window one"
    assert counter.state == "open"


async def test_who_reloaded_stands_in_the_branch_and_in_the_house(folder):
    journal = MemoryJournal()
    async with folder.serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        folder.write("main", SLOWER)
        await reload(desk)

    first, last = [row for row in await rows(journal) if row.type == "BranchConfigured"]
    assert '"role":"clock"' in first.actor
    assert '"staff":"admin"' in last.actor
    before, after = (
        json.loads(row.data)["config"]["services"][0].get("usual_minutes", 6)
        for row in (first, last)
    )
    assert (before, after) == (6, 7)
    [record] = [
        row for row in await rows(journal, HOUSE_STREAM) if row.type == "ConfigurationReloaded"
    ]
    assert '"staff":"admin"' in record.actor
    assert json.loads(record.data)["changes"] == [
        {"branch": "main", "key": "services[A].usual_minutes", "before": "6", "after": "7"}
    ]


async def test_a_service_that_is_added_can_be_asked_for_at_once(folder):
    async with folder.serving() as server:
        desk, kiosk = await server.terminal("desk-1"), await server.terminal("kiosk-1")
        coins = '[[services]]\nid = "C"\nseries = "C"\nname = { zh = "硬币", en = "Coins" }\n\n'
        folder.write(
            "main",
            ('[[services]]\nid = "F"', coins + '[[services]]\nid = "F"'),
            ('services = ["A", "F"]', 'services = ["A", "F", "C"]'),
        )
        shown = await preview(desk)
        await reload(desk)

        taken = await kiosk.order(sample(TakeTicket, service="C"))

    assert "Service C (Coins): new" in told(shown)
    assert taken.number == "C001"


async def test_a_counter_that_is_added_gets_its_terminal(folder):
    async with folder.serving() as server:
        desk = await server.terminal("desk-1")
        ninth = '[[counters]]\nid = 9\nname = { zh = "九", en = "Nine" }\nservices = ["A"]\n\n'
        folder.write("main", ("[[counters]]\nid = 1", ninth + "[[counters]]\nid = 1"))
        invite = sample(InviteStation, kind="counter", counter=9)
        before = await desk.order(invite)
        await reload(desk)
        after = await desk.order(sample(InviteStation, kind="counter", counter=9))

    assert before.code == "CounterNotThere"
    assert isinstance(after, HouseAccepted)


async def test_what_a_manager_has_said_for_today_stays(folder):
    async with folder.serving() as server:
        desk, board = await server.terminal("desk-1"), await server.terminal("board-head")
        await board.order(sample(ChoosePreset, preset="simple"))
        await board.order(sample(SetCounterServices, counter=5, services=("W",)))
        folder.write("main", SLOWER)

        await reload(desk)
        branch = server.running.runners["main"]._durable.branch

    assert branch.day.preset == "simple"
    assert branch.counters[5].services == ("W",)


# --- Refused ---------------------------------------------------------------------------------


async def test_files_changed_since_the_preview_are_not_put_in_force(folder):
    journal = MemoryJournal()
    async with folder.serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        folder.write("main", SLOWER)
        shown = await preview(desk)
        folder.write("main", ("usual_minutes = 6", "usual_minutes = 60"))

        refused = await reload(desk, shown.digest)

    assert refused.code == "ConfigurationChanged"
    assert [row.type for row in await rows(journal)].count("BranchConfigured") == 1


async def test_what_is_in_use_is_told_before_and_refused_with_the_reason(folder):
    async with folder.serving() as server:
        desk, kiosk = await server.terminal("desk-1"), await server.terminal("kiosk-1")
        teller = await server.terminal("counter-2")
        await teller.order(sample(OpenCounter, counter=2))
        for _ in range(2):
            await kiosk.order(sample(TakeTicket, service="A"))
        await teller.order(sample(CallNext, counter=2))
        folder.write("main", text=without_part("counters", 2))
        shown = await preview(desk)
        refused = await reload(desk, shown.digest)

    assert told(shown) == ["Counter 2 (Counter two): taken away"]
    assert [(one.branch, one.code) for one in shown.obstacles] == [("main", "CounterInUse")]
    assert "counter 2, which is in use" in shown.obstacles[0].text
    assert (refused.code, refused.values) == ("CounterInUse", {"counter": 2})


async def test_people_who_wait_for_a_service_are_counted(folder):
    async with folder.serving() as server:
        desk, kiosk = await server.terminal("desk-1"), await server.terminal("kiosk-1")
        for _ in range(2):
            await kiosk.order(sample(TakeTicket, service="W"))
        left = without_part("services", "W")
        left = re.sub(r', "W"', "", left)
        left = re.sub(r"\[\[hours\.rules\]\][^\[]*?services = \[\"W\"\][^\[]*", "", left)
        folder.write("main", text=left)
        shown = await preview(desk)

    [obstacle] = shown.obstacles
    assert "takes away Foreign exchange, which 2 customers are here for" in obstacle.text


async def test_one_branch_that_cannot_keeps_all_from_it(tmp_path):
    folder, journal = Folder(tmp_path, ("east", "west")), MemoryJournal()
    async with folder.serving(journal=journal) as server:
        desk, teller = await server.terminal("east-desk-1"), await server.terminal("west-counter-2")
        await teller.order(sample(OpenCounter, counter=2))
        folder.write("east", SLOWER)
        folder.write("west", text=without_part("counters", 2))

        refused = await reload(desk)
        written = {
            branch: [row.type for row in await rows(journal, branch)].count("BranchConfigured")
            for branch in ("east", "west")
        }

    assert refused.code == "CounterInUse"
    assert written == {"east": 1, "west": 1}


async def test_a_command_that_waits_does_not_come_between_the_look_and_the_deed(folder):
    async with folder.serving() as server:
        folder.write("main", text=without_part("counters", 2))
        runner = server.running.runners["main"]
        config = read_data_folder(folder.path).branches["main"]
        teller = Actor(role="teller", station="counter-2", staff="teller-2", counter=2)

        # One step of the loop: the command waits, and nothing has been decided.
        waiting = asyncio.create_task(runner.submit(sample(OpenCounter, counter=2), teller))
        await asyncio.sleep(0)
        free = runner.obstacles(config)
        configured = runner.configure(config, teller)
        answers = [await configured, await waiting]

    assert free == []
    assert [type(answer).__name__ for answer in answers] == ["Accepted", "UnknownCounter"]


async def test_an_administrator_shut_out_meanwhile_changes_nothing(tmp_path):
    folder = Folder(tmp_path, ("east", "west"))
    async with folder.serving() as server:
        one, other = await server.terminal("east-desk-1"), await server.terminal("west-desk-1")
        folder.write("east", SLOWER)
        shown = await preview(other)
        await one.order(DisableStaff(id=new_id(), staff="west-admin"))
        await other.hear(SignInEnded)

        refused = await reload(other, shown.digest)

    assert refused.code == "NobodySignedIn"


async def test_a_reload_needs_the_secret_again(folder):
    clock = ManualClock()
    async with folder.serving(clock=clock) as server:
        desk = await server.terminal("desk-1")
        folder.write("main", SLOWER)
        clock.advance(seconds=PROOF_SECONDS)
        shown = await preview(desk)
        refused = await reload(desk, shown.digest)

    assert told(shown)
    assert refused.code == "ProveAgain"


class FullOnce(MemoryJournal):
    """A disk that is full when a branch is configured, once."""

    full = False

    async def append(self, branch, expected_seq, entries, private_rows=()):
        if self.full and branch == "west" and entries[0].type == "BranchConfigured":
            self.full = False
            raise JournalFull("full", path="the journal")
        return await super().append(branch, expected_seq, entries, private_rows)


async def test_what_a_full_disk_left_out_the_next_reload_puts_in_force(tmp_path):
    folder, journal, clock = Folder(tmp_path, ("east", "west")), FullOnce(), ManualClock()
    async with folder.serving(journal=journal, clock=clock) as server:
        desk = await server.terminal("east-desk-1")
        folder.write("east", SLOWER)
        folder.write("west", SLOWER)
        journal.full = True
        busy = await reload(desk)
        clock.advance(seconds=2)
        shown = await preview(desk)
        again = await reload(desk, shown.digest)
        left = await preview(desk)

    assert busy.code == "Busy"
    assert {change.branch for change in shown.changes} == {"west"}
    assert isinstance(again, HouseAccepted)
    assert left.changes == ()


# --- The server, and other branches ----------------------------------------------------------


async def test_what_only_a_restart_changes_is_said_to_be_so(folder):
    async with folder.serving() as server:
        desk = await server.terminal("desk-1")
        folder.server('public_url = "https://queue.example.com"\n[listen]\nport = 9001')
        shown = await preview(desk)
        await reload(desk)
        again = await preview(desk)

    assert [(one.key, one.on_restart) for one in shown.changes] == [
        ("listen.port", True),
        ("public_url", True),
    ]
    assert again.changes == shown.changes


async def test_second_factors_and_idle_locks_hold_at_once(folder):
    clock = ManualClock()
    async with folder.serving(clock=clock) as server:
        desk, board = await server.terminal("desk-1"), await server.terminal("board-head")
        folder.server('require_totp = ["auditor"]\n[idle_lock_minutes]\nbranch_head = 1')
        shown = await preview(desk)
        await reload(desk)
        auditor, _ = await server.station("board-auditor")
        refused = await auditor.sign_in("auditor")
        clock.advance(seconds=61)
        locked = await board.order(sample(ChoosePreset))
        left = await preview(desk)

    assert not any(one.on_restart for one in shown.changes)
    assert refused.code == "AuthenticatorNeeded"
    assert locked.code == "Locked"
    assert left.changes == ()


async def test_a_new_branch_opens_its_doors_at_once(folder):
    journal = MemoryJournal()
    async with folder.serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        folder.write("west", ('"Model branch"', '"West branch"'))
        shown = await preview(desk)
        await reload(desk)

        roles = (RoleAt(branch="west", role="teller"),)
        added = await desk.order(AddStaff(id=new_id(), staff="wu", roles=roles))
        invited = await desk.order(sample(InviteStation, kind="kiosk", branch="west"))
        health = await server.get_json("/health")

    assert told(shown) == ["New branch west (West branch): served at once"]
    assert isinstance(added, HouseAccepted)
    assert isinstance(invited, HouseAccepted)
    assert health["branches"]["west"]["status"] == "running"
    assert health["branches"]["west"]["day"] == DAY
    assert [row.type for row in await rows(journal, "west")][:2] == [
        "BranchConfigured",
        "DayOpened",
    ]


async def test_a_new_branch_whose_journal_is_a_rehearsal_is_refused_and_not_half_there(folder):
    journal, played = MemoryJournal(), MemoryJournal()
    async with serving(journal=played, branches=[branch_config("west")], rehearsal=True):
        pass
    entries = [
        Entry(row.day, row.at, row.actor, row.command_id, row.type, row.data)
        for row in await rows(played, "west")
    ]
    await journal.append("west", 0, entries)
    async with folder.serving(journal=journal) as server:
        desk = await server.terminal("desk-1")
        folder.write("west")
        refused = await reload(desk)
        runners = list(server.running.runners)
        shown = await preview(desk)

    assert refused.code == "BranchStopped"
    assert runners == ["main"]
    assert len(shown.changes) == 1


async def test_a_branch_without_a_file_is_served_until_the_restart(tmp_path):
    folder = Folder(tmp_path, ("east", "west"))
    async with folder.serving() as server:
        desk, kiosk = await server.terminal("east-desk-1"), await server.terminal("west-kiosk-1")
        (tmp_path / "branches" / "west.toml").unlink()
        shown = await preview(desk)
        await reload(desk)
        taken = await kiosk.order(sample(TakeTicket))

    assert [(one.branch, one.on_restart) for one in shown.changes] == [("west", True)]
    assert taken.number == "A001"


async def test_a_stopped_branch_gets_its_configuration_with_the_restart(tmp_path):
    folder = Folder(tmp_path, ("east", "west"))
    async with folder.serving() as server:
        desk = await server.terminal("east-desk-1")
        server.running.runners["west"]._halt()
        folder.write("east", SLOWER)
        folder.write("west", SLOWER)
        shown = await preview(desk)
        reply = await reload(desk)

    assert [(one.branch, one.on_restart) for one in shown.changes] == [
        ("east", False),
        ("west", True),
    ]
    assert isinstance(reply, HouseAccepted)
