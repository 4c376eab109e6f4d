"""What the desk prints, in both languages: tables that stand straight, second factors to scan."""

import argparse
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from desk import printed
from lobby import _parser
from shared.columns import cells
from shared.i18n import text
from shared.protocol import (
    HouseAccepted,
    HouseView,
    InvitationShown,
    LockShown,
    Paired,
    RoleAt,
    StaffShown,
    StationShown,
)
from shared.ui.qr import half_blocks

UNTIL = 1_794_790_800_000
VIEW = HouseView(
    seq=9,
    at=UNTIL,
    staff=(
        StaffShown(id="anna", roles=(RoleAt(branch="*", role="administrator"),), ready=True),
        StaffShown(
            id="li",
            roles=(RoleAt(branch="main", role="teller"), RoleAt(branch="west", role="teller")),
        ),
        StaffShown(id="wu", roles=(), disabled=True, ready=True),
        StaffShown(
            id="zhao",
            roles=(RoleAt(branch="main", role="lobby_manager"),),
            ready=True,
            locks=(LockShown(station="main-board-1"), LockShown(station="b", until=UNTIL)),
        ),
    ),
    stations=(
        StationShown(id="main-desk-1", kind="desk", branch="main", since=1, staff="anna"),
        StationShown(
            id="main-counter-3",
            kind="counter",
            branch="main",
            since=1,
            counter=3,
            name="\u7231\u5fc3\u7a97\u53e3\x1b[2J",
        ),
    ),
    invitations=(InvitationShown(id=7, kind="kiosk", branch="main", until=UNTIL),),
)


def asked(**options):
    return argparse.Namespace(**{"language": "en", "json": False, **options})


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("show", [printed.staff_list, printed.station_list])
def test_the_columns_of_a_list_begin_at_the_same_cell_in_every_line(capsys, show, language):
    show(asked(language=language), VIEW)

    table = capsys.readouterr().out.split("\n\n")[0].splitlines()
    second = {cells(line) - cells(line.split("  ", 1)[1].lstrip()) for line in table}
    assert len(table) > 2
    assert len(second) == 1


def test_the_list_of_accounts_says_who_can_sign_in(capsys):
    printed.staff_list(asked(), VIEW)

    anna, li, wu, zhao = capsys.readouterr().out.splitlines()[1:]
    assert anna.endswith("ready")
    assert "teller@main, teller@west" in li
    assert li.endswith("no secret chosen")
    assert wu.endswith("disabled")
    assert "locked at main-board-1, blocked at b until" in zhao


def test_the_list_of_terminals_ends_with_those_that_were_invited(capsys):
    printed.station_list(asked(), VIEW)

    terminals, invited = capsys.readouterr().out.split("\n\n")
    assert "\x1b" not in terminals
    assert "anna" in terminals
    assert invited.startswith("Invited, not paired yet:")
    assert "\n7 " in invited


def test_programs_get_both_lists_as_json(capsys):
    printed.station_list(asked(json=True), VIEW)
    printed.staff_list(asked(json=True), VIEW)

    terminals, accounts = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["id"] for one in terminals["invitations"]] == [7]
    assert [one["id"] for one in accounts] == ["anna", "li", "wu", "zhao"]


def test_a_one_time_code_is_printed_with_its_end(capsys):
    made = HouseAccepted(id="i" * 16, seq=1, code="BCDF-GHJK", until=UNTIL)
    printed.answer(asked(order="staff add", id="li"), made)
    printed.answer(asked(language="zh"), HouseAccepted(id="i" * 16, seq=1))

    code, then, done = capsys.readouterr().out.splitlines()
    assert code.startswith("One-time code: BCDF-GHJK (good until ")
    assert then == text("en", "desk.choose_with_it", staff="li")
    assert done == "\u5df2\u5b8c\u6210\u3002"


@pytest.mark.parametrize(("kind", "program"), [("kiosk", "kiosk"), ("rating_panel", "rate")])
def test_whoever_is_invited_reads_what_to_type_at_the_terminal(capsys, kind, program):
    made = HouseAccepted(id="i" * 16, seq=1, code="BCDF-GHJK", until=UNTIL)
    options = asked(order="station invite", kind=kind, branch="main")
    printed.answer(options, made, "ws://here:8470/ws")

    _, _, pair, start = capsys.readouterr().out.splitlines()
    command, *words = pair.split()
    typed = _parser().parse_args(words)
    assert command == "lobby"
    assert (typed.code, typed.url, typed.branch) == ("BCDF-GHJK", "ws://here:8470/ws", "main")
    assert typed.secret_file == Path(f"lobby-{program}.json")
    assert start.split() == ["lobby", program]


@pytest.mark.parametrize(
    ("file", "command"),
    [("lobby-kiosk.json", "lobby kiosk"), ("/k/a.json", "lobby kiosk --secret-file /k/a.json")],
)
def test_a_paired_terminal_says_how_it_is_started(capsys, file, command):
    made = Paired(station="main-kiosk-1", kind="kiosk", branch="main", secret="s")

    printed.paired(asked(secret_file=Path(file)), made)

    assert capsys.readouterr().out.splitlines()[1] == text("en", "desk.start_with", command=command)


def test_an_authenticator_understands_the_address_of_the_second_factor():
    address = urlsplit(printed.otpauth("li.wang_2-b", "A" * 32))

    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Lobby%3Ali.wang_2-b"
    assert parse_qs(address.query) == {
        "secret": ["A" * 32],
        "issuer": ["Lobby"],
        "digits": ["6"],
        "period": ["30"],
    }


@pytest.mark.parametrize("terminal", [True, False])
def test_the_second_factor_is_drawn_where_somebody_can_scan_it(capsys, monkeypatch, terminal):
    made = Paired(
        station="main-desk-1", kind="desk", branch="main", secret="s", otp_secret="A" * 32
    )
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)

    printed.paired(asked(staff="anna"), made)

    told = capsys.readouterr().out
    address = printed.otpauth("anna", "A" * 32)
    assert f"{address}\n" in told
    drawn = [line for line in told.splitlines() if line.startswith(printed.WHITE_ON_BLACK)]
    plain = [line[len(printed.WHITE_ON_BLACK) : -len(printed.AS_BEFORE)] for line in drawn]
    assert plain == (list(half_blocks(address)) if terminal else [])
    assert "\x1b" not in told or terminal
