"""The branch the benches run in: as many terminals as wanted, open round the clock.

Five services, and counters with some of them each, so that not all lines are alike. The secrets
are no secrets: nobody is kept out of here. Everybody has signed in before: a PIN takes a server
longer than a thousand commands.
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

from server.clock import SystemClock
from server.config import HOUSE_STREAM
from server.domain.configuration import BranchConfig
from server.domain.state import Actor, Stamp
from server.house.events import (
    HouseEvent,
    SecretChosen,
    StaffAdded,
    StaffSignedIn,
    StationPaired,
)
from server.journal.contract import Journal
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from shared.protocol import VERSION, Hello, RoleAt, StaffRole, StationKind

BRANCH: Final = "main"
SERVICES: Final = "ABCDE"

DATABASE: Final = "lobby.sqlite"

SERVER_TOML: Final = """\
connections_per_address_max = 5000

# Terminals that are worked by programs, not by people.
[rate_limits]
kiosk = 1000000
counter = 1000000
board = 1000000
display = 1000000
phone = 1000000
ticket = 1000000
handshakes_per_address = 1000000
handshakes_per_second = 1000000
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


async def furnish(folder: Path, terminals: Terminals) -> None:
    """Make a data folder of this branch, with everybody signed in."""
    (folder / "branches").mkdir(parents=True)
    (folder / "lobby.toml").write_text(SERVER_TOML)
    (folder / "branches" / f"{BRANCH}.toml").write_text(branch_toml(terminals))
    journal = await open_sqlite(folder / DATABASE)
    try:
        await furnish_house(journal, terminals)
    finally:
        await journal.close()


async def furnish_house(journal: Journal, terminals: Terminals) -> None:
    """Write into an empty journal who is there."""
    stamp = Stamp(at=SystemClock().now_ms(), actor=Actor(role="stranger"))
    entries = [to_entry(event, stamp, "") for event in house(terminals)]
    await journal.append(HOUSE_STREAM, 0, entries)


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


def house(terminals: Terminals) -> Iterator[HouseEvent]:
    """The terminals that may connect, and the people who are at them."""
    for counter in range(1, terminals.counters + 1):
        yield _station(f"counter-{counter}", "counter", counter)
        yield from _person(f"counter-{counter}", "teller")
    for n in range(1, terminals.kiosks + 1):
        yield _station(f"kiosk-{n}", "kiosk")
    for n in range(1, terminals.displays + 1):
        yield _station(f"display-{n}", "display")
    for n in range(1, terminals.assistants + 1):
        yield _station(f"assistant-{n}", "board")
        yield from _person(f"assistant-{n}", "lobby_assistant")


def hello(station: str, *views: str) -> Hello:
    """What this station says first."""
    return Hello(
        version=VERSION,
        station=station,
        secret=_secret(station),
        token=_token(station),
        views=views,
    )


def _station(name: str, kind: StationKind, counter: int | None = None) -> StationPaired:
    digest = _digest(_secret(name))
    return StationPaired(
        station=name, kind=kind, branch=BRANCH, secret_sha256=digest, counter=counter
    )


def _person(station: str, role: StaffRole) -> Iterator[HouseEvent]:
    staff = f"{role}-of-{station}"
    yield StaffAdded(staff=staff, roles=(RoleAt(branch=BRANCH, role=role),))
    yield SecretChosen(staff=staff, kind="password")
    token = _digest(_token(station))
    yield StaffSignedIn(staff=staff, station=station, role=role, token_sha256=token)


def _secret(station: str) -> str:
    return f"the secret of {station}"


def _token(station: str) -> str:
    return f"the sign-in at {station}"


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
