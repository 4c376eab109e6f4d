"""The terminals that may connect: who each of them is, and the secret it proves itself with.

`stations.toml` in the data folder holds the hashes only. At the first start one station is made
for every terminal a branch begins with. What a station may do is said in `auth`.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

from server.config import write_private
from server.domain.configuration import BranchConfig
from server.domain.state import Actor
from shared.config import ConfigError, load
from shared.protocol import CounterId

StationRole: TypeAlias = Literal[
    "kiosk",
    "display",
    "rating_panel",
    "teller",
    "lobby_assistant",
    "lobby_manager",
    "operations_supervisor",
    "branch_head",
    "auditor",
    "administrator",
]
StationId: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.-]+$")
]

BOARDS: Final[Mapping[str, StationRole]] = {
    "board-assistant": "lobby_assistant",
    "board-manager": "lobby_manager",
    "board-supervisor": "operations_supervisor",
    "board-head": "branch_head",
    "board-auditor": "auditor",
}


class Station(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A terminal of a branch. Its secret is known to the terminal alone: here is the hash."""

    id: StationId
    role: StationRole
    branch: str
    secret_sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    counter: CounterId | None = None
    name: str = ""

    @property
    def actor(self) -> Actor:
        """Who acts when this station does."""
        return Actor(role=self.role, station=self.id, counter=self.counter or 0)


class StationsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`stations.toml`."""

    stations: tuple[Station, ...] = ()


class Stations:
    """The terminals that may connect."""

    def __init__(self, stations: Iterable[Station]) -> None:
        self._stations = {station.id: station for station in stations}

    @classmethod
    def load(cls, path: Path, branches: Mapping[str, BranchConfig]) -> Stations:
        """Read `stations.toml`; ConfigError says what does not fit the branches."""
        stations = load(path, StationsFile).stations
        for n, station in enumerate(stations):
            if any(station.id == other.id for other in stations[:n]):
                raise ConfigError(path, f"stations[{n}].id", f"an id used once: {station.id}")
            if station.branch not in branches:
                expected = f"a branch that is configured: {', '.join(sorted(branches))}"
                raise ConfigError(path, f"stations[{n}].branch", expected)
            if station.role == "teller" and not _has_counter(branches[station.branch], station):
                raise ConfigError(path, f"stations[{n}].counter", "a counter of the branch")
        return cls(stations)

    def known(self, station_id: str, secret: str) -> Station | None:
        """The station of that id if the secret is its own; one answer for all other cases."""
        found = self._stations.get(station_id)
        # Compared even for an unknown id, so that the time tells no more than the answer.
        expected = found.secret_sha256 if found else _hash("")
        return found if hmac.compare_digest(_hash(secret), expected) and found else None

    def __iter__(self) -> Iterator[Station]:
        return iter(self._stations.values())


def make_stations(
    configs: Iterable[BranchConfig], token: Callable[[], str]
) -> tuple[list[Station], dict[str, str]]:
    """One station for every terminal a branch starts with, and their secrets by station id."""
    branches = list(configs)
    stations, secrets = [], {}
    for config in branches:
        prefix = f"{config.id}-" if len(branches) > 1 else ""
        for name, role, counter in _terminals(config):
            station_id, secret = prefix + name, token()
            secrets[station_id] = secret
            stations.append(
                Station(
                    id=station_id,
                    role=role,
                    branch=config.id,
                    secret_sha256=_hash(secret),
                    counter=counter,
                )
            )
    return stations, secrets


def write_stations(folder: Path, stations: Iterable[Station], secrets: Mapping[str, str]) -> None:
    """Keep the hashes in `stations.toml`, and each secret in a file for its terminal alone."""
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    for station_id, secret in secrets.items():
        write_private(folder / "secrets" / station_id, f"{secret}\n".encode())
    # Last and whole: a start that was cut off here begins again.
    write_private(folder / "stations.toml", _stations_toml(stations).encode())


def _terminals(config: BranchConfig) -> Iterator[tuple[str, StationRole, int | None]]:
    yield "kiosk-1", "kiosk", None
    yield "display-1", "display", None
    for counter in config.counters:
        yield f"counter-{counter.id}", "teller", counter.id
    for name, role in BOARDS.items():
        yield name, role, None


def _has_counter(config: BranchConfig, station: Station) -> bool:
    return station.counter is not None and config.counter(station.counter) is not None


def _stations_toml(stations: Iterable[Station]) -> str:
    lines = [
        "# The terminals that may connect. A terminal proves itself with the secret in the file",
        "# secrets/<id>; here is only its SHA-256. Bring each secret to its terminal, then delete",
        "# the file. To lock a terminal out, delete its entry and restart the server.",
    ]
    for station in stations:
        lines += ["", "[[stations]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in _entries(station)]
    return "\n".join([*lines, ""])


def _entries(station: Station) -> Iterator[tuple[str, str | int]]:
    yield "id", station.id
    yield "role", station.role
    yield "branch", station.branch
    if station.counter is not None:
        yield "counter", station.counter
    yield "secret_sha256", station.secret_sha256


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
