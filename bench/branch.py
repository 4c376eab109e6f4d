"""The branch the benches run in: as many terminals as wanted, open round the clock.

Five services, and counters with some of them each, so that not all lines are alike. The secrets
are no secrets: nobody is kept out of here.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from server.domain.configuration import BranchConfig
from server.stations import Station, StationRole, write_stations
from shared.protocol import VERSION, Hello

BRANCH: Final = "main"
SERVICES: Final = "ABCDE"

DATABASE: Final = "lobby.sqlite"

SERVER_TOML: Final = """\
connections_per_address_max = 5000
"""

BRANCH_TOML: Final = """\
id = "main"
name = { zh = "测量支行", en = "Bench branch" }
time_zone = "Asia/Shanghai"
duty_required = false

[hours]
day_opens = "00:00"
day_ends = "24:00"

[[hours.rules]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
opens = "00:00"
closes = "24:00"
tickets_from = "00:00"
tickets_until = "24:00"
"""

SERVICE_TOML: Final = """
[[services]]
id = "{service}"
series = "{service}"
name = {{ zh = "业务{service}", en = "Service {service}" }}
usual_minutes = 1
"""

COUNTER_TOML: Final = """
[[counters]]
id = {counter}
name = {{ zh = "{counter}号窗口", en = "Counter {counter}" }}
services = {services}
"""


class Terminals(Struct, frozen=True):
    """How many of each. Stations are called `kiosk-1`, `counter-1`, … from 1.

    `skills`: how many of the five services each counter has.
    """

    counters: int = 8
    skills: int = 2
    kiosks: int = 1
    displays: int = 0
    assistants: int = 0


def furnish(folder: Path, terminals: Terminals) -> None:
    """Make a data folder of this branch."""
    (folder / "branches").mkdir(parents=True)
    (folder / "lobby.toml").write_text(SERVER_TOML)
    (folder / "branches" / f"{BRANCH}.toml").write_text(branch_toml(terminals))
    write_stations(folder, stations(terminals), {})


def branch_toml(terminals: Terminals) -> str:
    """The configuration as an operator would write it."""
    parts = [BRANCH_TOML]
    parts += [SERVICE_TOML.format(service=service) for service in SERVICES]
    for counter in range(1, terminals.counters + 1):
        skills = [SERVICES[(counter + n) % len(SERVICES)] for n in range(terminals.skills)]
        parts.append(COUNTER_TOML.format(counter=counter, services=json.dumps(skills)))
    return "".join(parts)


def branch_config(terminals: Terminals) -> BranchConfig:
    """The same, as the server understands it."""
    return msgspec.convert(tomllib.loads(branch_toml(terminals)), BranchConfig)


def stations(terminals: Terminals) -> Iterator[Station]:
    """The terminals that may connect."""
    for counter in range(1, terminals.counters + 1):
        yield _station(f"counter-{counter}", "teller", counter)
    for n in range(1, terminals.kiosks + 1):
        yield _station(f"kiosk-{n}", "kiosk")
    for n in range(1, terminals.displays + 1):
        yield _station(f"display-{n}", "display")
    for n in range(1, terminals.assistants + 1):
        yield _station(f"assistant-{n}", "lobby_assistant")


def hello(station: str, *views: str) -> Hello:
    """What this station says first."""
    return Hello(version=VERSION, station=station, secret=_secret(station), views=views)


def _station(name: str, role: StationRole, counter: int | None = None) -> Station:
    digest = sha256(_secret(name).encode()).hexdigest()
    return Station(id=name, role=role, branch=BRANCH, secret_sha256=digest, counter=counter)


def _secret(station: str) -> str:
    return f"the secret of {station}"
