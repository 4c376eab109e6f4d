"""The real program on a console, run as its unit file says: whatever ends it, it is back, and
nobody in the hall reads what went wrong."""

import asyncio
import os
import signal

import pytest

from bench.kiosk import OUT_OF_SERVICE, TRACEBACK, WELCOME, kiosk, pair, server
from shared.arguments import FINE, REFUSED
from shared.i18n import text

NO_SERVER = "ws://127.0.0.1:1"
MOMENTS = 3


@pytest.fixture
async def folder(tmp_path):
    """A kiosk's folder, paired with a server that runs."""
    async with server(tmp_path) as running:
        pair(tmp_path / "kiosk", running.address)
        yield tmp_path / "kiosk"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV], ids=str)
async def test_a_kiosk_that_is_killed_is_back_at_its_welcome(folder, end):
    async with kiosk(folder) as service:
        await service.shows(WELCOME)
        os.kill(service.pid, end)
        await service.shows(WELCOME, life=2)

    assert service.exits == [-end]
    assert TRACEBACK not in service.console.words()


async def test_a_screen_that_is_frozen_is_started_anew(folder):
    async with kiosk(folder, watchdog_seconds=3) as service:
        await service.shows(WELCOME)
        await service.is_ready()
        os.kill(service.pid, signal.SIGSTOP)
        await service.shows(WELCOME, life=2)

    assert len(service.exits) == 1
    assert TRACEBACK not in service.console.words()


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=str)
async def test_a_kiosk_that_is_asked_to_end_leaves_the_terminal_as_it_was(folder, wish):
    async with kiosk(folder) as service:
        await service.shows(WELCOME)
        raw = service.console.is_as_it_was
        os.kill(service.pid, wish)
        await service.has_ended()
        restored = service.console.is_as_it_was
        left = bytes(service.console.drawn[-500:])

    assert (raw, restored, service.exits) == (False, True, [FINE])
    for sequence in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l"):
        assert sequence in left


async def test_a_kiosk_that_is_ended_in_its_first_moments_leaves_no_ghost(tmp_path):
    pair(tmp_path / "kiosk", NO_SERVER)
    async with kiosk(tmp_path / "kiosk") as service, asyncio.timeout(30):
        for life in range(1, MOMENTS + 1):
            since = len(service.console.drawn)
            await service.console.begins(since)
            for _ in range(life - 1):  # each time a little later
                await service.console.begins(len(service.console.drawn))
            os.kill(service.pid, signal.SIGTERM)
            await service.has_ended(life)

    assert set(service.exits) <= {FINE, -signal.SIGTERM}


async def test_a_kiosk_whose_terminal_is_gone_ends(folder):
    async with kiosk(folder) as service:
        await service.shows(WELCOME)
        service.console.unplug()
        await service.has_ended()

    assert service.exits[0] in (FINE, -signal.SIGHUP)


def no_secret(folder):
    (folder / "lobby-kiosk.json").rename(folder / "away")
    return lambda: (folder / "away").rename(folder / "lobby-kiosk.json")


def settings(words):
    """A settings file that says this."""

    def write(folder):
        (folder / "lobby-kiosk.toml").write_text(words)
        return (folder / "lobby-kiosk.toml").unlink

    return write


FAULTS = {
    "no secret": no_secret,
    "half a settings file": settings('language = "z'),
    "an unknown setting": settings("langauge = 'zh'"),
    "no such printer": settings('[printer]\nat = "tcp:host:port"'),
    "no such theme": settings('theme = "sunset"'),
}


@pytest.mark.parametrize("wrong", FAULTS.values(), ids=FAULTS)
async def test_a_kiosk_that_cannot_begin_says_so_in_both_languages_until_it_can(folder, wrong):
    mend = wrong(folder)
    async with kiosk(folder) as service:
        await service.shows(OUT_OF_SERVICE)
        await service.shows(text("en", "screen.out_of_service"))
        service.console.type(b"is anybody there?\r\x03\x1c")
        mend()
        os.kill(service.pid, signal.SIGKILL)
        await service.shows(WELCOME, life=2)

    assert service.exits == [-signal.SIGKILL]
    assert "anybody" not in service.console.words()
    assert TRACEBACK not in service.console.words()
    assert (folder / "journal").read_text().strip()


async def test_a_kiosk_that_cannot_begin_ends_by_itself_to_be_started_again(folder):
    no_secret(folder)
    async with kiosk(folder) as service:
        await service.shows(OUT_OF_SERVICE)
        await service.has_ended()

    assert service.exits == [REFUSED]


async def test_whoever_starts_it_by_hand_is_told_what_is_wrong(folder):
    no_secret(folder)
    async with kiosk(folder, environment={"NOTIFY_SOCKET": None}) as service:
        await service.has_ended()
        await service.shows(str(folder / "lobby-kiosk.json"))

        assert service.exits[0] == REFUSED
        assert service.console.is_as_it_was


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": None, "LANG": None, "LC_ALL": "C"},
        {"TERM": "dumb", "LANG": "xx_YY.ISO-8859-1", "PYTHONUTF8": "0"},
        {"NO_COLOR": "1", "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["no terminal type", "dumb", "no colour"],
)
async def test_a_poor_terminal_is_good_enough(folder, environment):
    async with kiosk(folder, size=(1, 1), environment=environment) as service:
        await service.is_ready()
        service.console.resize(80, 24)
        os.kill(service.pid, signal.SIGWINCH)
        await service.shows(WELCOME)

    assert TRACEBACK not in service.console.words()
