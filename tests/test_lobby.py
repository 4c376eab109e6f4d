"""The `lobby` command as an operator meets it: plain sentences, and exit codes with a meaning."""

import asyncio
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

import lobby
from server.clock import SystemClock
from server.config import DEFAULT_BRANCH, load_data_folder
from server.domain.apply import apply
from server.domain.commands import Configure, TimePassed
from server.domain.decide import decide
from server.domain.state import Actor, Stamp, new_branch
from server.hashing import otp
from server.house.events import StaffAdded
from server.journal.contract import Entry
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from shared import protocol as p

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60
NINE_ON_MONDAY = 1_794_790_800_000
MINUTE = 60_000


def run(capsys, *arguments):
    """Exit code, output and errors of one command."""
    try:
        code: object = lobby.main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = leaving.code
    output = capsys.readouterr()
    return code, output.out, output.err


def found(pattern, told):
    """What the group of the pattern stands for in what was told."""
    match = re.search(pattern, told)
    assert match is not None, told
    return match[1]


def lobby_process(*arguments, **options):
    command = [sys.executable, "-m", "lobby", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)


@contextmanager
def a_server(folder, *arguments):
    """A `lobby serve` of its own, and its address for terminals; its set-up code is kept."""
    with (folder / "log").open("w") as log:
        process = lobby_process("serve", "--data", folder, "--port", "0", *arguments, stderr=log)
    try:
        for line in process.stdout:
            if printed := re.search(r"code.*: ([A-Z-]+)$", line):
                (folder / "code").write_text(printed[1])
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                yield process, f"ws://{found[1]}/ws"
                break
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def set_up(address, folder):
    """The administrator anna, and the secret of her desk."""
    (folder / "password").write_text("correct horse battery")
    code = (folder / "code").read_text()
    options = ["--url", address, "--secret-file", folder / "desk.json"]
    password = ["--password-file", folder / "password"]
    return lobby.main(
        [str(a) for a in ["setup", "--code", code, "--staff", "anna", *options, *password]]
    )


@contextmanager
def a_terminal(address, folder):
    """The desk's connection, and what it was told first."""
    key = folder / "desk.json"
    if not key.exists():
        assert set_up(address, folder) == 0
    kept = json.loads(key.read_text())
    hello = {"type": "Hello", "version": 1, "station": kept["station"], "secret": kept["secret"]}
    with connect(address, proxy=None) as socket:
        socket.send(json.dumps(hello))
        yield socket, json.loads(socket.recv(PATIENCE_SECONDS))


# --- A server of its own ---------------------------------------------------------------------


def test_a_server_serves_until_it_is_told_to_stop_and_sends_its_terminals_away(tmp_path):
    with (
        a_server(tmp_path) as (process, address),
        a_terminal(address, tmp_path) as (socket, welcome),
    ):
        process.send_signal(signal.SIGTERM)
        with suppress(ConnectionClosed):
            while True:
                socket.recv(PATIENCE_SECONDS)

        assert process.wait(PATIENCE_SECONDS) == 0
    assert welcome["type"] == "Welcome"
    assert socket.close_code == 4503
    assert 0 <= json.loads(socket.close_reason)["retry_after_ms"] <= 5000


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path):
    with a_server(tmp_path) as (_, address):
        second = subprocess.run(
            [sys.executable, "-m", "lobby", "serve", "--data", str(tmp_path), "--port", "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        with a_terminal(address, tmp_path) as (_, welcome):
            pass

    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.startswith("lobby: ")
    assert "in use by another Lobby server" in second.stderr
    assert "Traceback" not in second.stderr
    assert welcome["type"] == "Welcome"


def test_a_rehearsal_begins_when_it_is_told(tmp_path):
    rehearsal = ["--rehearsal", "--start", "2026-11-23T09:10", "--rate", "60"]
    with (
        a_server(tmp_path, *rehearsal) as (_, address),
        a_terminal(address, tmp_path) as (_, welcome),
    ):
        assert welcome["day"] == "2026-11-23"


def test_the_log_is_one_json_object_a_line_where_no_terminal_reads_it(tmp_path):
    with (
        a_server(tmp_path) as (process, address),
        a_terminal(address, tmp_path) as (socket, _),
    ):
        socket.send('{"type":"TakeTicket"}')
        while '"Refused"' not in socket.recv(PATIENCE_SECONDS):
            pass
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)

    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    command = next(line for line in lines if line["message"] == "command")
    assert command["result"] == "BadMessage"
    assert command["station"] == "main-desk-1"


# --- The administrator's desk ----------------------------------------------------------------


def test_from_the_set_up_code_to_a_terminal_and_a_teller(capsys, tmp_path):
    desk = at_the_desk(tmp_path)
    with a_server(tmp_path) as (_, address):
        assert set_up(address, tmp_path) == 0
        again = set_up(address, tmp_path)
        capsys.readouterr()
        added = run(capsys, "staff", "add", *desk, "li", "--role", "teller@main", "--json")
        twice = run(capsys, "staff", "add", *desk, "li", "--role", "teller@main")
        invited = run(
            capsys, "station", "invite", *desk, "counter", "--branch", "main", "--counter", "1"
        )
        code = found(r": (\S+)", invited[1])
        key = tmp_path / "counter.json"
        paired = run(capsys, "pair", "--url", address, "--code", code, "--secret-file", key)
        (tmp_path / "old").write_text(json.loads(added[1])["code"])
        (tmp_path / "new").write_text("480517")
        chosen = run(
            *[capsys, "staff", "secret", "li", "--secret-file", key],
            *["--old-file", tmp_path / "old", "--password-file", tmp_path / "new"],
        )
        staff = run(capsys, "staff", "list", *desk)
        stations = run(capsys, "station", "list", *desk, "--json")
        revoked = run(capsys, "station", "revoke", *desk, "main-counter-1")
        shown = run(capsys, "show", "--data", tmp_path, "--branch", "house", "--language", "en")

    assert again == 1
    assert [one[0] for one in (added, invited, paired, chosen, staff, stations, revoked)] == [0] * 7
    assert twice[0] == 1
    assert twice[2].startswith("lobby: There is an account")
    assert re.search(r"li +teller@main +ready", staff[1])
    paired_now = [one["id"] for one in json.loads(stations[1])["stations"]]
    assert paired_now == ["main-desk-1", "main-counter-1"]
    assert key.stat().st_mode & 0o777 == 0o600
    assert "main-counter-1 was revoked" in shown[1]
    log = (tmp_path / "log").read_text() + shown[1]
    for secret in ["480517", "correct horse", code, json.loads(key.read_text())["secret"]]:
        assert secret not in log


def at_the_desk(folder):
    """What the administrator's commands have in common."""
    desk = ["--as", "anna", "--secret-file", folder / "desk.json", "--language", "en"]
    return [*desk, "--password-file", folder / "password"]


def test_an_invitation_is_listed_and_cancelled_and_its_code_is_void(capsys, tmp_path):
    desk = at_the_desk(tmp_path)
    with a_server(tmp_path) as (_, address):
        set_up(address, tmp_path)
        capsys.readouterr()
        invited = run(
            capsys, "station", "invite", *desk, "kiosk", "--branch", "main", "--name", "Hall"
        )
        listed = run(capsys, "station", "list", *desk)
        cancelled = run(capsys, "station", "cancel", *desk, "1")
        twice = run(capsys, "station", "cancel", *desk, "1")
        code = found(r": (\S+)", invited[1])
        key = tmp_path / "kiosk.json"
        paired = run(
            *[capsys, "pair", "--url", address, "--code", code, "--secret-file", key],
            *["--language", "zh"],
        )

    assert re.search(r"^1 +kiosk +main +- +Hall", listed[1], re.MULTILINE)
    assert (cancelled[0], twice[0], paired[0]) == (0, 1, 1)
    assert "Invitation 1 is not waiting" in twice[2]
    assert "\u4e00\u6b21\u6027\u7801" in paired[2]
    assert not key.exists()


def test_where_a_second_factor_is_asked_for_the_set_up_hands_one_out(capsys, tmp_path):
    (tmp_path / "lobby.toml").write_text('require_totp = ["administrator"]')
    with a_server(tmp_path) as (_, address):
        set_up(address, tmp_path)
        told = capsys.readouterr().out
        refused = run(capsys, "staff", "list", *at_the_desk(tmp_path))
        secret = found(r"otpauth://totp/Lobby%3Aanna\?secret=([A-Z2-7]+)&", told)
        password = otp(secret, SystemClock().wall_ms() // 30_000)
        listed = run(capsys, "staff", "list", *at_the_desk(tmp_path), "--otp", password)
        replayed = run(capsys, "staff", "list", *at_the_desk(tmp_path), "--otp", password)

    assert [one[0] for one in (refused, listed, replayed)] == [1, 0, 1]


def test_what_the_desk_cannot_read_or_reach_is_said_in_one_sentence(capsys, tmp_path):
    (tmp_path / "password").write_text("correct horse battery")
    to_nobody = ["--url", "ws://127.0.0.1:9/ws", "--language", "en"]

    unpaired = run(capsys, "staff", "list", *at_the_desk(tmp_path))
    unreadable = run(
        *[capsys, "staff", "secret", "li", "--old-file", tmp_path / "nothing", "--language", "en"],
    )
    unreached = run(
        *[capsys, "pair", "--code", "BCDF-GHJK", "--secret-file", tmp_path / "key", *to_nobody],
    )
    no_room = run(
        *[capsys, "pair", "--code", "BCDF-GHJK", "--secret-file", "/proc/1/none/key", *to_nobody],
    )

    for code, output, errors in (unpaired, unreadable, unreached, no_room):
        assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "pair this terminal first" in unpaired[2]
    assert "nothing cannot be read" in unreadable[2]
    assert "no answer from ws://127.0.0.1:9/ws" in unreached[2]
    assert "cannot be written" in no_room[2]


def test_an_export_comes_into_a_private_file_and_never_over_another(capsys, tmp_path):
    desk = at_the_desk(tmp_path)
    asked = ["export", "house", *desk, "--from", "2020-01-01", "--reason", "the yearly audit"]
    file = tmp_path / "house.csv"
    with a_server(tmp_path) as (_, address):
        set_up(address, tmp_path)
        today = SystemClock().wall_ms()
        day = datetime.fromtimestamp(today / 1000, tz=ZoneInfo("Asia/Shanghai")).date().isoformat()
        capsys.readouterr()
        asked[asked.index("2020-01-01")] = day
        exported = run(capsys, *asked, "--output", file)
        again = run(capsys, *asked, "--output", file)
        too_long = run(capsys, *asked, "--to", "2099-12-31")
        nowhere = run(capsys, *asked, "--output", tmp_path / "none" / "x.csv")
        shown = run(capsys, "show", "--data", tmp_path, "--branch", "house", "--language", "en")

    assert exported[0] == 0, exported
    assert file.read_text().startswith("seq,day,at,role,")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one[0] for one in (again, too_long, nowhere)] == [1, 1, 1]
    assert "There is a file" in again[2]
    assert "31 days" in too_long[2]
    assert "cannot be written" in nowhere[2]
    assert "Exported: people and terminals of house" in shown[1]
    assert "the yearly audit" in shown[1]


def test_the_code_of_init_is_good_at_the_server_that_starts_afterwards(capsys, tmp_path):
    data = tmp_path / "data"
    made = json.loads(run(capsys, "init", "--data", data, "--yes", "--json")[1])
    (data / "code").write_text(made["code"]["code"])

    with a_server(data) as (_, address):
        assert set_up(address, data) == 0
        checked = run(capsys, "check", "--data", data, "--language", "en")
        other = run(capsys, "init", "--data", data, "--new-code", "--language", "en")

    assert checked[0] == 0
    assert other[0] == 1
    assert "in use by another Lobby server" in other[2]


def test_a_changed_configuration_is_shown_asked_about_and_put_in_force(
    capsys, monkeypatch, tmp_path
):
    desk = at_the_desk(tmp_path)
    file = tmp_path / "branches" / "main.toml"
    file.parent.mkdir()
    example = DEFAULT_BRANCH.read_text(encoding="utf-8")
    file.write_text(example, encoding="utf-8")
    with a_server(tmp_path) as (_, address):
        set_up(address, tmp_path)
        capsys.readouterr()
        same = run(capsys, "reload", *desk)
        file.write_text(example.replace("usual_minutes = 6", "usual_minutes = 7"))
        monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
        declined = run(capsys, "reload", *desk)
        previewed = run(capsys, "reload", *desk, "--json")
        monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
        agreed = run(capsys, "reload", *desk)
        file.write_text(example.replace("usual_minutes = 6", "usual_minutes = 'six'"))
        faulty = run(capsys, "reload", *desk, "--yes")
        file.write_text(example, encoding="utf-8")
        shown = run(capsys, "show", "--data", tmp_path, "--branch", "house", "--language", "en")

    codes = [one[0] for one in (same, declined, previewed, agreed, faulty)]
    assert codes == [0, 1, 0, 0, 1]
    assert "nothing to do" in same[1]
    assert "Service A (Cash and transfers) usual_minutes: 6 → 7" in declined[1]
    assert declined[2].startswith("lobby: Nothing was changed.")
    assert len(json.loads(previewed[1])["changes"]) == 1
    assert agreed[1].endswith("In force.\n")
    assert "main.toml: services[0].usual_minutes: expected a whole number" in faulty[1]
    assert shown[1].count("The configuration was reloaded (main)") == 1


# --- Refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "serve", "verify", "backup"])
def test_what_is_no_journal_is_called_the_same_by_everybody(capsys, tmp_path, command):
    (tmp_path / "lobby.sqlite").write_bytes(b"holiday pictures" * 1000)

    code, _, errors = run(capsys, command, "--data", tmp_path)

    assert code == 1
    assert errors.count("\n") == 1
    assert errors.startswith(f"lobby: {tmp_path / 'lobby.sqlite'} is not a Lobby journal.")


def test_a_faulty_configuration_is_told_by_file_key_and_what_was_expected(capsys, tmp_path):
    (tmp_path / "lobby.toml").write_text("[listen]\nport = 'eighty'")

    code, output, errors = run(capsys, "check", "--data", tmp_path)

    assert (code, errors) == (1, "")
    file = tmp_path / "lobby.toml"
    assert output == f"{file}: listen.port: expected a whole number from 0 to 65535\n"


def test_every_mistake_is_told_at_once(capsys, tmp_path):
    branches = tmp_path / "branches"
    branches.mkdir()
    example = DEFAULT_BRANCH.read_text(encoding="utf-8")
    (branches / "main.toml").write_text(example.replace("low = true", 'low = "yes"'))
    (branches / "west.toml").write_text(example)

    code, output, _ = run(capsys, "check", "--data", tmp_path)

    assert code == 1
    assert [line.split(": ")[1] for line in output.splitlines()] == ["counters[2].low", "id"]


def test_a_branch_may_not_have_the_name_of_the_house(capsys, tmp_path):
    branches = tmp_path / "branches"
    branches.mkdir()
    example = DEFAULT_BRANCH.read_text(encoding="utf-8")
    (branches / "house.toml").write_text(example.replace('id = "main"', 'id = "house"'))

    code, output, _ = run(capsys, "check", "--data", tmp_path)

    assert code == 1
    assert "id: expected another name" in output


def test_a_sound_configuration_is_said_to_be_so(capsys, tmp_path):
    code, output, _ = run(capsys, "check", "--data", tmp_path)

    assert code == 0
    assert "main" in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["serve", "--port", "http"],
        ["serve", "--port", "70000"],
        ["serve", "--rate", "2"],
        ["serve", "--start", "2026-11-23T09:00"],
        ["serve", "--rehearsal", "--rate", "0"],
        ["serve", "--rehearsal", "--rate", "nan"],
        ["serve", "--rehearsal", "--start", "soon"],
        ["show", "--day", "monday"],
        ["show", "--day", "2026-02-30"],
        ["show", "--day", "2026-11-23", "--follow"],
        ["show", "--language", "fr"],
        ["setup", "--code", "BCDF"],
        ["staff"],
        ["staff", "add", "--as", "anna", "li"],
        ["staff", "add", "--as", "anna", "li", "--role", "king@main"],
        ["station", "invite", "--as", "anna", "toaster", "--branch", "main"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(capsys, tmp_path, arguments):
    code, output, errors = run(capsys, *arguments)

    assert (code, output) == (2, "")
    assert "usage: lobby" in errors


def test_help_tells_what_lies_where(capsys):
    code, output, _ = run(capsys, "--help")

    assert code == 0
    for word in ("serve", "check", "show", "lobby.toml", "branches/", "credentials.json", "0 when"):
        assert word in output


def test_a_command_without_anything_says_what_there_is(capsys):
    code, printed, told = run(capsys)

    assert (code, printed) == (2, "")
    assert "serve " in told


def test_it_says_which_lobby_it_is(capsys):
    code, printed, _ = run(capsys, "--version")

    assert code == 0
    assert re.fullmatch(r"lobby \d+\.\d+\.\d+\n", printed)


def test_asking_for_help_loads_no_program():
    asked = "import sys, lobby; lobby._parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)

    heavy = {"asyncio", "argon2", "cryptography", "numpy", "sqlite3", "textual", "websockets"}
    assert "shared.protocol" in loaded.stdout.split()
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_terminal_loads_the_options_of_no_other_program():
    asked = "import sys, lobby; lobby._parser_of('kiosk'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True)

    assert "kiosk.arguments" in loaded.stdout.split()
    others = {"counter", "desk", "lobby_display", "play", "server", "web"}
    assert others & set(loaded.stdout.split()) == set()


# --- Completion ------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_every_shell_learns_all_commands(capsys, shell):
    code, output, errors = run(capsys, "completion", shell)

    assert (code, errors) == (0, "")
    assert [name for name in ("init", "backup", "restore", "verify") if name not in output] == []


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ba", ["backup"]),
        ("completion f", ["fish"]),
        ("verify --no", ["--noted"]),
        ("station inv", ["invite"]),
        ("restore lob", ["lobby-desk.json", "lobby.toml"]),
    ],
)
def test_bash_completes_what_was_begun(capsys, tmp_path, typed, expected):
    for name in ("lobby.toml", "lobby-desk.json", "other"):
        (tmp_path / name).touch()
    (tmp_path / "script").write_text(run(capsys, "completion", "bash")[1])
    words = ["lobby", *typed.split()]
    asked = (
        f"source ./script; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1};"
        f" _shtab_lobby lobby {words[-1]} {words[-2]}; echo ${{COMPREPLY[@]}}"
    )

    answer = subprocess.run(
        ["bash", "-c", asked], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert sorted(answer.stdout.split()) == expected


# --- Show ------------------------------------------------------------------------------------


def write_journal(folder, *branches):
    """A journal with an opened day in each branch."""

    async def write():
        journal = await open_sqlite(folder / "lobby.sqlite")
        for branch in branches:
            opened = {"type": "DayOpened", "day": "2026-11-16", "ends_at": 0, "hours": {}}
            entry = Entry(
                day="2026-11-16",
                at=NINE_ON_MONDAY,
                actor='{"role":"clock"}',
                command_id="",
                type="DayOpened",
                data=json.dumps(opened).encode(),
            )
            await journal.append(branch, 0, [entry])
        await journal.append("house", 0, house_entries())
        await journal.close()

    asyncio.run(write())


def house_entries():
    """What stands in every journal beside its branches: people and stations."""
    added = StaffAdded(staff="anna", roles=(p.RoleAt(branch="*", role="administrator"),))
    return [to_entry(added, Stamp(NINE_ON_MONDAY, Actor(role="stranger")), "")]


def test_every_branch_is_shown_unless_one_is_named(capsys, tmp_path):
    write_journal(tmp_path, "east", "west")

    _, both, _ = run(capsys, "show", "--data", tmp_path, "--json")
    code, one, _ = run(capsys, "show", "--data", tmp_path, "--json", "--branch", "west")

    branches = [json.loads(line)["branch"] for line in both.splitlines()]
    assert branches == ["east", "house", "west"]
    assert [json.loads(line)["branch"] for line in one.splitlines()] == ["west"]
    assert code == 0


def test_an_unknown_branch_is_told_which_there_are(capsys, tmp_path):
    write_journal(tmp_path, "east", "west")

    code, _, errors = run(capsys, "show", "--data", tmp_path, "--branch", "north")

    assert code == 1
    assert "east, house, west" in errors


def test_a_single_branch_is_followed_without_being_named(tmp_path):
    write_journal(tmp_path, "east")
    process = lobby_process("show", "--data", tmp_path, "--follow", "--json")

    try:
        line = json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()

    assert (line["branch"], line["type"]) == ("east", "DayOpened")


def test_following_needs_one_branch(capsys, tmp_path):
    write_journal(tmp_path, "east", "west")

    assert run(capsys, "show", "--data", tmp_path, "--follow")[0] == 2


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_journal_is_told_in_the_language_asked_for(capsys, tmp_path, language):
    write_journal(tmp_path, "east")

    _, output, _ = run(capsys, "show", "--data", tmp_path, "--language", language)

    assert "2026-11-16" in output
    assert ("营业日" in output) == (language == "zh")


def test_a_reader_that_has_seen_enough_ends_the_show_quietly(tmp_path):
    write_journal(tmp_path, *(f"branch{n}" for n in range(300)))
    read, write = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-m", "lobby", "show", "--data", str(tmp_path)],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_SECONDS,
    )
    os.close(write)

    assert (process.returncode, process.stderr) == (0, b"")


def write_days(folder, closed=False):
    """A journal in which one customer was served on a Monday, told by the rules themselves."""
    config = next(iter(load_data_folder(folder)[1].values()))
    branch, entries = new_branch(config), []

    def happen(at, command):
        stamp = Stamp(at, Actor(role="branch_head"), getattr(command, "id", ""))
        for event in decide(branch, command, stamp):
            apply(branch, event, stamp)
            open_day = branch.day.date if branch.day else ""
            entries.append(to_entry(event, stamp, getattr(event, "day", open_day)))

    def ask(at, kind, **fields):
        happen(at, kind(id=f"command-{len(entries):08d}", day="2026-11-16", **fields))

    happen(NINE_ON_MONDAY - 30 * MINUTE, Configure(config))
    happen(NINE_ON_MONDAY - 30 * MINUTE, TimePassed())
    ask(NINE_ON_MONDAY, p.OpenCounter, counter=1)
    ask(NINE_ON_MONDAY, p.TakeTicket, service="A")
    ask(NINE_ON_MONDAY + 4 * MINUTE, p.CallNext, counter=1)
    ask(NINE_ON_MONDAY + 5 * MINUTE, p.StartService, counter=1)
    ask(NINE_ON_MONDAY + 12 * MINUTE, p.FinishService, counter=1)
    if closed:
        for _ in range(3):
            happen(NINE_ON_MONDAY + 13 * 60 * MINUTE, TimePassed())

    async def write():
        journal = await open_sqlite(folder / "lobby.sqlite")
        await journal.append(config.id, 0, entries)
        await journal.append("house", 0, house_entries())
        await journal.close()

    asyncio.run(write())


def test_the_figures_of_the_last_day_are_reported(capsys, tmp_path):
    write_days(tmp_path)

    code, output, _ = run(capsys, "report", "day", "--data", tmp_path, "--json")

    report = json.loads(output)
    assert code == 0
    assert (report["day"], report["kind"]) == ("2026-11-16", "real")
    assert (report["tickets"]["issued"], report["tickets"]["done"]) == (1, 1)
    assert report["work"]["wait"]["mean_ms"] == 4 * MINUTE
    assert report["work"]["serve"]["mean_ms"] == 7 * MINUTE


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (["--language", "en"], "Report of the day"),
        (["--language", "zh"], "营业日报告"),
        (["--csv"], "tickets_issued"),
    ],
    ids=["en", "zh", "csv"],
)
def test_the_report_has_the_form_asked_for(capsys, tmp_path, form, expected):
    write_days(tmp_path)

    code, output, _ = run(capsys, "report", "day", "--data", tmp_path, *form)

    assert code == 0
    assert expected in output


def test_there_is_no_report_of_a_rehearsal_that_never_was(capsys, tmp_path):
    write_days(tmp_path)

    code, _, errors = run(capsys, "report", "day", "--data", tmp_path, "--rehearsal")

    assert code == 1
    assert "Traceback" not in errors
    assert len(errors.splitlines()) == 1


def test_the_fairness_of_a_month_is_reported(capsys, tmp_path):
    write_days(tmp_path)
    month = ["report", "fairness", "--data", tmp_path, "--month"]

    code, output, _ = run(capsys, *month, "2026-11", "--json")
    said = run(capsys, *month, "2026-11", "--language", "en")
    nothing = run(capsys, *month, "2026-12")

    report = json.loads(output)
    assert (code, said[0], nothing[0]) == (0, 0, 1)
    assert report["days"] >= 1
    assert report["outside_count"] == 0
    assert "Fairness of 2026-11" in said[1]
    assert "2026-12" in nothing[2]


def test_weights_are_proposed_by_the_last_weeks(capsys, tmp_path):
    write_days(tmp_path, closed=True)

    code, output, _ = run(capsys, "tune", "--data", tmp_path, "--to", "2026-11-16", "--json")
    said = run(capsys, "tune", "--data", tmp_path, "--to", "2026-11-16", "--language", "en")
    nothing = run(capsys, "tune", "--data", tmp_path, "--to", "2026-01-16")

    report = json.loads(output)
    assert (code, said[0], nothing[0]) == (0, 0, 1)
    assert report["proposal"] is None
    assert not report["enough"]
    assert "No proposal" in said[1]
    assert "no closed day" in nothing[2]
