"""Tells of `lobby doctor`: what it can find, and the settings it goes by."""

from __future__ import annotations

import msgspec

from docs.wire import table
from server.config import Doctor
from server.upkeep.doctor.findings import GRADES
from shared.i18n import PLACEHOLDER, catalogue


def gaps() -> dict[str, str]:
    """What fills the template's gaps."""
    settings = msgspec.structs.asdict(Doctor())
    lines = (f"{name} = {value}" for name, value in settings.items())
    return {"settings": "\n".join(["[doctor]", *lines]), "findings": _findings()}


def _findings() -> str:
    head = ("code", "grade", "what is wrong", "what to do")
    rows = (
        (f"`{code}`", grade, _said("found", code), _said("remedy", code))
        for code, grade in GRADES.items()
    )
    return table(head, rows)


def _said(kind: str, code: str) -> str:
    """The sentence, with the names of its values where they would stand."""
    sentence = catalogue("en")[f"doctor.{kind}.{code}"]
    return PLACEHOLDER.sub(lambda name: name[1].upper(), sentence)
