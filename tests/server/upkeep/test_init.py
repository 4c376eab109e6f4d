"""`lobby init`: a data folder, complete, that `lobby check` finds right and a server serves."""

import io
import json
import re
import sys
import tomllib

import msgspec
import pytest

from server.config import ServerConfig, Smtp, Tls, Webhook, load_data_folder
from server.credentials import CODE_FOR_SET_UP, Credentials, KeptCode, KeptSecret
from server.domain.configuration import BranchConfig
from server.hashing import Hashing
from server.journal.contract import JournalRefused
from server.journal.sqlite import open_sqlite
from server.signins import IDLE_MINUTES, IDLE_MINUTES_STEERING, STEERING
from server.upkeep.check import mistakes_in
from server.upkeep.errors import CannotDo
from server.upkeep.init import CODE_MS, EXAMPLE, example, initialise, new_code
from server.upkeep.questions import zone_of_machine
from server.vault.keys import Keys
from shared.config import ConfigError, loads
from shared.testing import ManualClock
from tests.server.one_server import serving
from tests.server.upkeep.lived import NINE, database, live, run


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def typed(monkeypatch, text):
    """Somebody types this."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def files_in(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


# --- What is written -------------------------------------------------------------------------


def test_what_is_made_has_no_mistakes_and_is_for_its_owner_only(data):
    made = initialise(data, example(), ManualClock())

    assert list(mistakes_in(data)) == []
    assert {file.stat().st_mode & 0o777 for file in made.files} == {0o600}
    assert {f.stat().st_mode & 0o777 for f in (data, *data.iterdir()) if f.is_dir()} == {0o700}
    assert sorted(files_in(data)) == sorted(str(f.relative_to(data)) for f in made.files)


def test_the_branch_has_what_was_answered_and_everything_of_the_example(data):
    wishes = msgspec.structs.replace(
        example(), id="east", name_zh='东"支\\行', name_en="East", time_zone="Europe/Berlin"
    )

    initialise(data, wishes, ManualClock())

    branch = load_data_folder(data)[1]["east"]
    assert (branch.name.zh, branch.name.en) == ('东"支\\行', "East")
    assert branch.time_zone == "Europe/Berlin"
    shipped = initialised_branch(data.with_name("other"))
    same = msgspec.structs.replace(branch, id="main", name=shipped.name, time_zone="Asia/Shanghai")
    assert same == shipped


def initialised_branch(folder) -> BranchConfig:
    initialise(folder, example(), ManualClock())
    return load_data_folder(folder)[1]["main"]


def test_no_two_folders_have_a_key_in_common(tmp_path):
    clock = ManualClock()
    keys = []
    for name in ("one", "other"):
        initialise(tmp_path / name, example(), clock)
        keys += [file.read_bytes() for file in (tmp_path / name / "keys").iterdir()]

    assert len(set(keys)) == 6
    assert Keys.load(tmp_path / "one" / "keys" / "vault.key").newest


def settings(text):
    """The example with all its settings switched on."""
    return re.sub(r"^#(?=[\[a-z])", "", text, flags=re.MULTILINE)


def keys_in(table, prefix=""):
    found: set[str] = set()
    for key, value in table.items():
        below = keys_in(value, f"{prefix}{key}.") if isinstance(value, dict) else set()
        found |= below or {prefix + key}
    return found


def test_the_example_has_every_setting_with_its_default():
    shown = tomllib.loads(settings(EXAMPLE.read_text(encoding="utf-8")))
    idle = shown.pop("idle_lock_minutes")
    tls, webhook, smtp = shown.pop("tls"), *map(shown["reminders"].pop, ("webhook", "smtp"))
    known = keys_in(msgspec.to_builtins(ServerConfig()))
    known -= {"tls", "reminders.webhook", "reminders.smtp", "idle_lock_minutes"}

    assert keys_in(shown) == known
    assert msgspec.convert(shown, ServerConfig) == ServerConfig()
    for section, kind in ((tls, Tls), (webhook, Webhook), (smtp, Smtp)):
        assert set(section) == set(kind.__struct_fields__)
        needed = [f.name for f in msgspec.structs.fields(kind) if f.required]
        section.pop("body", None)  # an example of what would be in it
        assert msgspec.convert(section, kind) == kind(**{key: section[key] for key in needed})
    assert idle == {
        role: IDLE_MINUTES_STEERING if role in STEERING else IDLE_MINUTES for role in idle
    }
    assert set(idle) == STEERING | {"teller", "lobby_assistant"}


def test_the_example_as_it_stands_sets_nothing():
    assert loads(EXAMPLE.read_text(encoding="utf-8"), ServerConfig, EXAMPLE) == ServerConfig()


# --- What is there is not touched ------------------------------------------------------------


@pytest.mark.parametrize(
    "there",
    ["lobby.toml", "branches/west.toml", "keys/link.key", "credentials.json", "lobby.sqlite"],
)
def test_a_folder_that_is_in_use_is_left_alone_and_told_why(data, there):
    (data / there).parent.mkdir(parents=True, exist_ok=True)
    (data / there).write_text("mine")

    with pytest.raises(CannotDo, match=there) as caught:
        initialise(data, example(), ManualClock())

    assert caught.value.code == "initialised"
    assert files_in(data) == {there: b"mine"}


def test_an_empty_folder_becomes_private_and_one_in_use_keeps_its_mode(tmp_path):
    for name, files in (("empty", []), ("used", ["notes.txt"])):
        (tmp_path / name).mkdir(mode=0o755)
        for file in files:
            (tmp_path / name / file).write_text("mine")
        initialise(tmp_path / name, example(), ManualClock())

    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("empty", "used")}
    assert modes == {"empty": 0o700, "used": 0o755}


def test_what_cannot_be_finished_is_not_begun(data):
    data.mkdir()
    (data / "keys").write_text("in the way")

    with pytest.raises(CannotDo) as caught:
        initialise(data, example(), ManualClock())

    assert caught.value.code == "not_written"
    assert files_in(data) == {"keys": b"in the way"}


def test_there_is_no_branch_that_the_server_would_refuse(data):
    for wrong in ("house", "a b", "", "x" * 33):
        with pytest.raises(ConfigError):
            initialise(data, msgspec.structs.replace(example(), id=wrong), ManualClock())

    assert not data.exists()


# --- The set-up code -------------------------------------------------------------------------


def test_the_code_is_kept_as_a_hash_for_a_day(data):
    code = initialise(data, example(), ManualClock()).code

    kept = Credentials.load(data / "credentials.json").kept.codes[CODE_FOR_SET_UP]
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}-[A-Z]{4}", code.code)
    assert kept.until == code.until == NINE + CODE_MS
    assert code.code.replace("-", "") not in (data / "credentials.json").read_text()


async def test_a_server_keeps_the_code_while_it_outlives_its_own():
    clock = ManualClock()
    async with serving(clock=clock) as server:
        assert server.people.set_up_code_until is None
        server.credentials.kept.codes[CODE_FOR_SET_UP] = KeptCode("hash", NINE + CODE_MS)
        assert server.people.set_up_code_until == NINE + CODE_MS
        clock.advance(hours=23, minutes=30)
        assert server.people.set_up_code_until is None


def test_another_code_takes_the_place_of_the_first(data):
    clock = ManualClock()
    first = initialise(data, example(), clock).code
    clock.advance(hours=2)

    second = new_code(data, clock)

    kept = Credentials.load(data / "credentials.json").kept.codes[CODE_FOR_SET_UP]
    hashing = Hashing((data / "keys" / "pepper.key").read_bytes())
    assert hashing.quick_fits(second.code, kept.hash)
    assert not hashing.quick_fits(first.code, kept.hash)
    assert second.until == first.until + 2 * 3_600_000


def keep_secret_of_administrator(data):
    file = data / "credentials.json"
    kept = Credentials.load(file).kept
    kept.secrets["admin"] = KeptSecret("password", "a hash")
    file.write_bytes(msgspec.json.encode(kept))


async def test_no_other_code_is_made_under_a_server_or_an_administrator(data):
    await live(data)
    journal = await open_sqlite(database(data))
    with pytest.raises(JournalRefused) as served:
        new_code(data, ManualClock())
    await journal.close()
    keep_secret_of_administrator(data)
    with pytest.raises(CannotDo) as administered:
        new_code(data, ManualClock())

    assert served.value.code == "in_use"
    assert administered.value.code == "has_administrator"


async def test_where_the_secret_of_the_administrator_is_lost_a_code_is_made(data):
    await live(data)

    assert new_code(data, ManualClock()).until == NINE + CODE_MS


def test_no_code_is_made_with_another_key_than_all_others(data):
    initialise(data, example(), ManualClock())
    (data / "keys" / "pepper.key").write_text("0" * 64)

    with pytest.raises(CannotDo) as caught:
        new_code(data, ManualClock())

    assert caught.value.code == "another_pepper"
    assert [error.file for error in mistakes_in(data)] == [data / "keys" / "pepper.key"]


def test_a_folder_that_was_never_initialised_gets_no_code(tmp_path):
    with pytest.raises(CannotDo) as caught:
        new_code(tmp_path, ManualClock())

    assert caught.value.code == "not_initialised"


# --- As a command ----------------------------------------------------------------------------


def test_yes_asks_nothing(capsys, data):
    code, output, errors = run(capsys, "init", "--data", data, "--yes", "--language", "en")
    checked = run(capsys, "check", "--data", data, "--language", "en")

    assert (code, errors) == (0, "")
    assert "lobby setup --code" in output
    assert checked == (0, "No mistakes found. Branches: main\n", "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_no_option_says_is_asked_until_it_can_be(capsys, monkeypatch, data, language):
    typed(monkeypatch, "no good\nhouse\neast\n\nEast\n")

    code, _, errors = run(
        *[capsys, "init", "--data", data, "--time-zone", "Europe/Berlin"],
        *["--language", language],
    )

    branch = load_data_folder(data)[1]["east"]
    assert code == 0
    assert (branch.name.en, branch.time_zone) == ("East", "Europe/Berlin")
    assert branch.name.zh == example().name_zh
    assert errors.count("[main]") == 3


def test_where_nobody_answers_nothing_is_made(capsys, monkeypatch, data):
    typed(monkeypatch, "east\n")

    code, output, errors = run(capsys, "init", "--data", data, "--language", "en")

    assert (code, output) == (1, "")
    assert "--yes" in errors
    assert not data.exists()


@pytest.mark.parametrize("option", [["--id", "a b"], ["--time-zone", "Atlantis"]])
def test_an_option_that_cannot_be_is_wrong_usage(capsys, data, option):
    code, _, errors = run(capsys, "init", "--data", data, "--yes", *option)

    assert code == 2
    assert "expected" in errors


def test_programs_get_one_object(capsys, data):
    code, output, _ = run(capsys, "init", "--data", data, "--yes", "--json")
    other = run(capsys, "init", "--data", data, "--new-code", "--json")

    made = json.loads(output)
    assert code == other[0] == 0
    assert made["code"]["code"] != json.loads(other[1])["code"]
    assert made["files"][0] == str(data / "lobby.toml")


def test_a_second_time_it_is_refused_by_name(capsys, data):
    run(capsys, "init", "--data", data, "--yes")

    code, output, errors = run(capsys, "init", "--data", data, "--yes", "--language", "zh")

    assert (code, output) == (1, "")
    assert "branches/main.toml" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TZ": "Europe/Berlin"}, "Europe/Berlin"),
        ({"TZ": ":Asia/Tokyo"}, "Asia/Tokyo"),
        ({"TZ": "Etc/UTC"}, None),
        ({"TZ": "UTC"}, None),
        ({"TZ": "Atlantis/Capital"}, None),
        ({"TZ": "CET-1CEST"}, None),
    ],
)
def test_only_a_place_is_a_time_zone_to_propose(tmp_path, environment, expected):
    assert zone_of_machine(environment, tmp_path / "localtime") == expected


def test_the_machine_says_where_it_is(tmp_path):
    zone = tmp_path / "zoneinfo" / "Asia" / "Tokyo"
    zone.parent.mkdir(parents=True)
    zone.write_bytes(b"")
    (tmp_path / "localtime").symlink_to(zone)

    assert zone_of_machine({}, tmp_path / "localtime") == "Asia/Tokyo"
