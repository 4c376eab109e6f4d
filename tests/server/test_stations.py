"""The terminals that may connect, their secrets, and the file that holds the hashes."""

import stat
from hashlib import sha256

import pytest

from server.stations import Station, Stations, make_stations, write_stations
from shared.config import ConfigError
from shared.testing import ManualClock
from tests.server.one_branch import branch_config

BRANCHES = {"main": branch_config(counters=2)}


def made(*configs):
    return make_stations(configs or BRANCHES.values(), ManualClock().token)


def write(folder, text):
    file = folder / "stations.toml"
    file.write_text(text, encoding="utf-8")
    return file


def entry(**changes):
    fields = {"id": "kiosk-1", "role": "kiosk", "branch": "main", "secret_sha256": "0" * 64}
    lines = [f"{name} = {value!r}" for name, value in {**fields, **changes}.items()]
    return "\n".join(["[[stations]]", *lines, ""]).replace("'", '"')


def test_a_branch_begins_with_a_station_for_each_of_its_terminals():
    stations, secrets = made()

    roles = {station.id: (station.role, station.counter) for station in stations}
    assert roles == {
        "kiosk-1": ("kiosk", None),
        "display-1": ("display", None),
        "counter-1": ("teller", 1),
        "counter-2": ("teller", 2),
        "board-assistant": ("lobby_assistant", None),
        "board-manager": ("lobby_manager", None),
        "board-supervisor": ("operations_supervisor", None),
        "board-head": ("branch_head", None),
        "board-auditor": ("auditor", None),
    }
    assert set(secrets) == set(roles)
    assert len(set(secrets.values())) == len(secrets)


def test_the_stations_of_two_branches_have_names_of_their_own():
    stations, _ = made(branch_config("east"), branch_config("west"))

    assert {"east-kiosk-1", "west-kiosk-1"} <= {station.id for station in stations}
    assert len({station.id for station in stations}) == len(stations)


def test_what_is_written_can_be_read_and_holds_no_secret(tmp_path):
    stations, secrets = made()

    write_stations(tmp_path, stations, secrets)

    text = (tmp_path / "stations.toml").read_text(encoding="utf-8")
    assert list(Stations.load(tmp_path / "stations.toml", BRANCHES)) == stations
    assert not any(secret in text for secret in secrets.values())
    assert (tmp_path / "secrets" / "counter-2").read_text().strip() == secrets["counter-2"]


def test_secrets_are_for_the_servers_own_user_alone(tmp_path):
    write_stations(tmp_path, *made())

    files = [tmp_path / "stations.toml", *(tmp_path / "secrets").iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_station_is_known_by_its_own_secret_only():
    stations, secrets = made()
    known = Stations(stations)

    assert known.known("kiosk-1", secrets["kiosk-1"]) == stations[0]
    for station, secret in [
        ("kiosk-1", secrets["display-1"]),
        ("kiosk-1", ""),
        ("kiosk-1", sha256(secrets["kiosk-1"].encode()).hexdigest()),
        ("kiosk-9", secrets["kiosk-1"]),
        ("kiosk-9", ""),
        ("", ""),
        ("kiosk-1", "\ud800"),
    ]:
        assert known.known(station, secret) is None


def test_who_acts_is_the_station_with_its_counter():
    station = Station(
        id="counter-7", role="teller", branch="main", counter=7, secret_sha256="0" * 64
    )

    assert (station.actor.role, station.actor.station, station.actor.counter) == (
        "teller",
        "counter-7",
        7,
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (entry() + entry(), "stations[1].id"),
        (entry(branch="west"), "stations[0].branch"),
        (entry(role="teller"), "stations[0].counter"),
        (entry(role="teller") + "counter = 9", "stations[0].counter"),
        (entry(role="clock"), "stations[0].role"),
        (entry(role="customer"), "stations[0].role"),
        (entry(id="../key"), "stations[0].id"),
        (entry(secret_sha256="secret"), "stations[0].secret_sha256"),
        (entry() + 'secret = "x"', "stations[0].secret"),
        ("stations = 3", "stations"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_key(tmp_path, text, key):
    file = write(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        Stations.load(file, BRANCHES)

    assert (caught.value.file, caught.value.key) == (file, key)
