"""One command of every kind, as it might be given, and harmless to whoever gives it."""

import msgspec

from shared.protocol import BranchCommand, RoleAt
from tests.server.one_branch import DAY, new_id

VALUES = {
    "alert": 1,
    "appointment": 1,
    "branch": "main",
    "call": 1,
    "counter": 1,
    "digest": "0" * 64,
    "invitation": 1,
    "kind": "assist",
    "lanes": ("ordinary",),
    "machine": "M1",
    "message": 1,
    "name": "Hall",
    "needs": (),
    "new": "481517",
    "number": "A001",
    "old": "481516",
    "outcome": "solved",
    "pager": 7,
    "preset": "simple",
    "question": 1,
    "reason": "other",
    "roles": (RoleAt(branch="main", role="teller"),),
    "request": 1,
    "score": 5,
    "secret": "a wrong secret",
    "service": "A",
    "services": ("A",),
    "slot": 0,
    "staff": "nobody",
    "state": "working",
    "station": "nothing",
    "taken_at": 0,
    "to": "wang",
    "visit": 1,
    "zh": "\u4f60\u597d",
    "en": "Hello",
    "what": "transactions",
    "first_day": DAY,
    "last_day": DAY,
}

SPECIAL = {
    "PauseCounter": {"reason": "meal"},
    "StartEmergency": {"kind": "drill"},
    "ReportPrinter": {"state": "ready"},
    "ReportVoice": {"state": "speaking"},
    "ReportPager": {"state": "working"},
    "GiveRatingReason": {"reason": "other"},
    "InviteStation": {"kind": "kiosk"},
}


def sample(command, **changes):
    """A command of that kind; the changes it has no field for are left out."""
    fields = msgspec.structs.fields(command)
    needed = {f.name: VALUES[f.name] for f in fields if f.required and f.name in VALUES}
    wanted = {**needed, **SPECIAL.get(command.__name__, {}), **changes}
    if issubclass(command, BranchCommand):
        wanted["day"] = DAY
    known = {field.name for field in fields}
    return command(**{"id": new_id(), **{k: v for k, v in wanted.items() if k in known}})
