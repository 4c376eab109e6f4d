"""The page `rights.md`: the tables of `shared/rights.py` and `server/auth.py` in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from docs.wire import StructType, structs, table
from server.auth import KIOSK_LANES, NEEDS_PROOF, VIEWS_OF_ROLE
from server.house import decide
from server.house.state import ROLES_AT
from server.proofs import PASSWORD_CHARACTERS_MIN
from server.signins import (
    AFTER_CLOSING_SECONDS,
    IDLE_MINUTES,
    IDLE_MINUTES_STEERING,
    LIFE_SECONDS,
)
from shared import protocol
from shared.common_secrets import PIN_DIGITS_MIN
from shared.i18n import LANGUAGES, text
from shared.protocol import Role
from shared.rights import PERMISSIONS

FLOOR: Final[tuple[Role, ...]] = (
    "kiosk",
    "customer",
    "teller",
    "lobby_assistant",
    "lobby_manager",
    "operations_supervisor",
    "branch_head",
    "auditor",
    "administrator",
)
"""Who gives commands of the floor, or is wrongly thought to."""

HOUSE: Final[tuple[Role, ...]] = ("counter", "board", "desk", *FLOOR[2:])

MAY: Final = "●"
MAY_PROVED: Final = "◐"


def gaps() -> dict[str, str]:
    """What the tables put into the template."""
    return {
        "stations": _stations(),
        "floor": _commands(structs(protocol.Command), FLOOR),
        "house": _commands(structs(protocol.House), HOUSE),
        "views": _views(),
        "kiosk_lanes": ", ".join(sorted(KIOSK_LANES)),
        "pin_min": str(PIN_DIGITS_MIN),
        "password_min": str(PASSWORD_CHARACTERS_MIN),
        "free_tries": str(decide.FREE_TRIES),
        "block_seconds": str(decide.BLOCK_MS // 1000),
        "block_minutes_max": str(decide.BLOCK_MS_MAX // decide.MINUTE_MS),
        "tries_a_day": str(decide.TRIES_A_DAY),
        "tries_in_all": str(decide.TRIES_IN_ALL),
        "life_hours": str(LIFE_SECONDS // 3600),
        "after_closing_minutes": str(AFTER_CLOSING_SECONDS // 60),
        "idle_minutes": str(IDLE_MINUTES),
        "idle_minutes_steering": str(IDLE_MINUTES_STEERING),
    }


def _stations() -> str:
    rows = (
        (_in_both(f"station_kind.{kind}"), ", ".join(_in_both(f"role.{role}") for role in roles))
        for kind, roles in ROLES_AT.items()
    )
    return table(("terminal", "roles"), rows)


def _commands(commands: Iterable[StructType], roles: Iterable[Role]) -> str:
    shown = list(roles)
    heads = (f"{text('zh', f'role.{role}')}<br>{text('en', f'role.{role}')}" for role in shown)
    rows = ((_name(command), *(_mark(role, command) for role in shown)) for command in commands)
    return table(("", *heads), rows)


def _name(command: StructType) -> str:
    name = command.__name__
    return f"{_in_both(f'command.{name}')} [`{name}`](protocol.md#{name.lower()})"


def _mark(role: Role, command: StructType) -> str:
    if command not in PERMISSIONS[role]:
        return ""
    return MAY_PROVED if command in NEEDS_PROOF else MAY


def _views() -> str:
    rows = (
        (_in_both(f"role.{role}"), ", ".join(f"`{view}`" for view in views))
        for role, views in VIEWS_OF_ROLE.items()
        if views
    )
    return table(("", "sees"), rows)


def _in_both(key: str) -> str:
    return " · ".join(text(language, key) for language in LANGUAGES)
