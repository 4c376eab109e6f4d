"""Can somebody look after the house, and can everybody sign in who should?"""

from __future__ import annotations

import json

from server.config import is_loopback
from server.credentials import CODE_FOR_SET_UP, Kept
from server.house.state import OF_THE_HOUSE, Staff, is_administrator
from server.upkeep.doctor.findings import Finding, found, moment
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine


def administrators(folder: Folder, machine: Machine) -> list[Finding] | None:
    """Somebody has to be able to add accounts and terminals."""
    if folder.journal is None or not isinstance(folder.kept, Kept):
        return None
    staff = folder.house.staff.values()
    if any(is_administrator(one) and one.ready for one in staff):
        return []  # somebody whose secret is lost is told of by `sign_ins`
    if any(one.ready for one in staff):
        return [found("nobody_administers", data=folder.path)]
    code = folder.kept.codes.get(CODE_FOR_SET_UP)
    if code is not None and code.until > machine.now_ms:
        return [found("set_up_waits", until=moment(code.until, folder.zone))]
    return [found("set_up_needed", data=folder.path)]


def sign_ins(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """Whoever has chosen a secret should still have it, and the second factor with it."""
    active = [one for one in folder.house.staff.values() if one.ready and not one.disabled]
    if not active or not isinstance(folder.kept, Kept):
        return None
    kept = folder.kept
    lost = [one.id for one in active if one.id not in kept.secrets]
    lacking = [
        one.id
        for one in active
        if one.id not in (*lost, *kept.authenticators) and _needs_second(one, folder)
    ]
    return [
        *([found("secret_missing", staff=", ".join(lost), first=lost[0])] if lost else []),
        *(found("authenticator_missing", staff=one) for one in lacking),
    ]


def second_factor(folder: Folder, _machine: Machine) -> list[Finding] | None:
    """Whoever looks after the house should need more than a password, once others can try."""
    if is_loopback(folder.config.listen.host) and not folder.config.public_url:
        return None
    wanted = OF_THE_HOUSE | set(folder.config.require_totp)
    line = f"require_totp = {json.dumps(sorted(wanted))}"
    fine = wanted == set(folder.config.require_totp)
    return [] if fine else [found("second_factor_off", line=line)]


def _needs_second(staff: Staff, folder: Folder) -> bool:
    return any(one.role in folder.config.require_totp for one in staff.roles)
