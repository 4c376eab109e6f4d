"""A house with everybody in it: the stations and the staff of small branches, and their secrets.

Written straight into the journal, as the events of a set-up long ago. Hashes are made as cheap as
they can be.
"""

from argon2 import PasswordHasher

from server.config import HOUSE_STREAM
from server.credentials import Credentials, KeptSecret
from server.domain.state import Actor, Stamp
from server.hashing import Hashing
from server.house.events import SecretChosen, SecretKind, StaffAdded, StationPaired
from server.house.state import OF_THE_HOUSE
from server.journal.upcast import to_entry
from server.people import _hash
from shared.protocol import RoleAt, StaffRole

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEPPER = b"the pepper of all tests, of a good length"

BOARDS: dict[str, StaffRole] = {
    "board-assistant": "lobby_assistant",
    "board-manager": "lobby_manager",
    "board-supervisor": "operations_supervisor",
    "board-head": "branch_head",
    "board-auditor": "auditor",
    "desk-1": "administrator",
}


def hashing():
    return Hashing(PEPPER, CHEAP)


def station_secret(station):
    return f"secret-of-{station}"


def secret_of(staff):
    """Its PIN for a teller, and a password for everybody else."""
    return "48151623" if staff.startswith("teller") else f"password of {staff}"


def stations_of(config, prefix=""):
    """Every terminal of a branch: id, kind, counter."""
    yield f"{prefix}kiosk-1", "kiosk", None
    yield f"{prefix}kiosk-2", "kiosk", None
    yield f"{prefix}display-1", "display", None
    yield f"{prefix}display-2", "display", None
    yield f"{prefix}pagers-1", "pager_base", None
    for counter in config.counters:
        yield f"{prefix}counter-{counter.id}", "counter", counter.id
        yield f"{prefix}panel-{counter.id}", "rating_panel", counter.id
    for board in BOARDS:
        yield f"{prefix}{board}", "desk" if board == "desk-1" else "board", None


def staff_at(station):
    """Who signs in there."""
    return station.replace("counter", "teller").replace("board-", "").replace("desk-1", "admin")


def events_of(configs):
    """How the house came to be, and which secrets its staff has."""
    for config in configs:
        prefix = f"{config.id}-" if len(configs) > 1 else ""
        for station, kind, counter in stations_of(config, prefix):
            yield StationPaired(
                station=station,
                kind=kind,
                branch=config.id,
                secret_sha256=_hash(station_secret(station)),
                counter=counter,
            )
            if kind in ("counter", "board", "desk"):
                role: StaffRole = BOARDS.get(station.removeprefix(prefix), "teller")
                branch = "*" if role in OF_THE_HOUSE else config.id
                yield StaffAdded(staff=staff_at(station), roles=(RoleAt(branch=branch, role=role),))
                secret: SecretKind = "pin" if role == "teller" else "password"
                yield SecretChosen(staff=staff_at(station), kind=secret)


async def furnish(journal, configs, at):
    """Write the house into a journal that has none; its credentials."""
    credentials, maker = Credentials(), hashing()
    events = list(events_of(configs))
    head = await journal.head(HOUSE_STREAM)
    if not head.seq:
        stamp = Stamp(at=at, actor=Actor(role="stranger"))
        entries = [to_entry(event, stamp, "") for event in events]
        await journal.append(HOUSE_STREAM, 0, entries)
    for event in events:
        if isinstance(event, SecretChosen):
            hashed = await maker.hash(secret_of(event.staff))
            credentials.kept.secrets[event.staff] = KeptSecret(event.kind, hashed)
    return credentials
