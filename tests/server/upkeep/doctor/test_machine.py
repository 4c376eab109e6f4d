"""What is gathered of the machine: looked at on this very one, beside real processes."""

import asyncio
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from server.config import Listen, ServerConfig
from server.upkeep.doctor import timekeeping
from server.upkeep.doctor.asking import Answer, ask_public, ask_server
from server.upkeep.doctor.examine import examine
from server.upkeep.doctor.machine import gather
from server.upkeep.doctor.processes import PROC, files_max_of, holder_of, writers_of
from tests.server.one_branch import branch_config
from tests.server.one_server import serving
from tests.server.upkeep.doctor.sound import (
    fingerprint,
)
from tests.test_lobby import a_server

LOCK = "import fcntl; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX)"
OPEN = "import sqlite3; d = sqlite3.connect(sys.argv[1], uri=True); d.execute('SELECT * FROM t')"

needs_proc = pytest.mark.skipif(not (PROC / "locks").exists(), reason="needs Linux's /proc")


@contextmanager
def a_process(code, *arguments):
    """A program that has done something, and stays."""
    whole = f"import sys; {code}; print('done', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", whole, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        assert process.stdout
        assert process.stdout.readline() == b"done\n"
        yield process  # ends when its input does


@contextmanager
def a_stranger():
    """The port of a program that speaks, but not as a server does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        code = "import socket; s = socket.create_server(('127.0.0.1', int(sys.argv[1])))"
    talk = f"{code}; print('done', flush=True); c = s.accept()[0]; c.sendall(b'220 mail\\r\\n')"
    with a_process(f"exec({talk!r})", port):
        yield port


def listening_at(port):
    return ServerConfig(listen=Listen(port=port))


# --- Processes ---------------------------------------------------------------------------------


@needs_proc
def test_who_has_locked_a_folder_is_known_without_trying_the_lock(tmp_path):
    lock = tmp_path / "lobby.sqlite.lock"
    lock.touch()
    nobody = holder_of(lock)

    with a_process(LOCK, lock) as process:
        assert holder_of(lock) == process.pid
    assert nobody is None
    assert holder_of(tmp_path / "nowhere") is None


@needs_proc
def test_who_could_write_to_the_journal_is_known_and_readers_are_left_out(tmp_path):
    path = tmp_path / "lobby.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (x)")

    with a_process(OPEN, f"file:{path}?mode=ro"):
        assert writers_of(path, apart_from=None) == ()
    with a_process(OPEN, f"file:{path}?mode=rw") as process:
        assert [writer.pid for writer in writers_of(path, apart_from=None)] == [process.pid]
        assert writers_of(path, apart_from=process.pid) == ()


@needs_proc
def test_how_many_files_a_process_may_open_is_known():
    code = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (99, 99))"

    with a_process(code) as process:
        assert files_max_of(process.pid) == 99
    assert files_max_of(None) is None


# --- The server --------------------------------------------------------------------------------


async def test_a_server_is_asked_how_its_branches_are():
    async with serving(branches=[branch_config("east"), branch_config("west")]) as server:
        answer = await asyncio.to_thread(ask_server, listening_at(server.running.port))

    assert answer
    assert answer.is_lobby
    assert set(answer.branches) == {"east", "west"}
    assert answer.those("running") == ["east", "west"]


def test_where_nobody_listens_nobody_answers():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    assert ask_server(listening_at(port)) is None
    assert ask_server(listening_at(0)) is None


def test_who_speaks_otherwise_is_no_lobby():
    with a_stranger() as port:
        assert ask_server(listening_at(port)) == Answer()


async def test_the_address_of_phones_is_tried():
    async with serving() as server:
        here = ServerConfig(public_url=f"http://127.0.0.1:{server.running.port}")
        reached = await asyncio.to_thread(ask_public, here)
    gone = await asyncio.to_thread(ask_public, here)

    assert reached == ""
    assert "refused" in gone.lower()
    assert ask_public(ServerConfig()) == ""


# --- All of it ---------------------------------------------------------------------------------


def test_everything_is_gathered_on_any_machine(tmp_path):
    found = gather(tmp_path, listening_at(0))

    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert found.sqlite == sqlite3.sqlite_version
    assert found.free_bytes > 0
    assert found.files_max == limit or limit == resource.RLIM_INFINITY
    assert (found.server, found.writers, found.answer) == (None, (), None)


def test_the_clock_and_the_zones_are_asked_and_may_be_silent():
    version = timekeeping.zone_data_version()

    assert timekeeping.clock_kept() in (True, False, None)
    assert version == "" or version[:4].isdecimal()


def test_beside_a_running_server_nothing_is_changed_and_its_state_is_told(tmp_path):
    with a_server(tmp_path) as (process, address):
        port = int(address.rpartition(":")[2].removesuffix("/ws"))
        (tmp_path / "lobby.toml").write_text(f"[listen]\nport = {port}\n")
        found = gather(tmp_path, listening_at(port))
        process.send_signal(signal.SIGSTOP)  # so that it changes nothing itself
        before = fingerprint(tmp_path)

        examination = examine(tmp_path, lambda *_: found)

        assert fingerprint(tmp_path) == before
    assert found.server == (process.pid if (PROC / "locks").exists() else None)
    assert found.writers == ()
    assert {"server", "journal", "configuration_in_force"} <= set(examination.fine)
    assert [one.code for one in examination.findings if one.grade == "fault"] == []
