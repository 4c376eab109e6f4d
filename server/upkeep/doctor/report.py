"""An examination on paper: for people in either language, and for programs as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from server.upkeep.doctor.examine import Examination
from server.upkeep.doctor.findings import GRAVEST_FIRST, Finding
from shared.cleaning import clean_text
from shared.i18n import text
from shared.protocol import Language

PATH_CELLS_MAX = 400


def lines(folder: Path, examination: Examination, language: Language) -> Iterator[str]:
    """What was found, the gravest first, each with what to do; then what is fine."""
    named = clean_text(str(folder), PATH_CELLS_MAX)
    yield text(language, "doctor.title", data=named)
    for grade in GRAVEST_FIRST:
        for finding in examination.findings:
            if finding.grade == grade:
                yield ""
                yield from _told(finding, language)
    if examination.fine:
        yield ""
        for name in examination.fine:
            yield f"[{text(language, 'doctor.grade.fine')}] {text(language, f'doctor.fine.{name}')}"
    yield ""
    yield text(
        language,
        "doctor.sum",
        faults=examination.faults,
        warnings=examination.warnings,
    )


def json(folder: Path, examination: Examination, language: Language) -> str:
    """All of it, in one object."""
    findings = [
        {
            "code": finding.code,
            "grade": finding.grade,
            "values": finding.values,
            "sentence": finding.sentence(language),
            "remedy": finding.remedy(language),
        }
        for grade in GRAVEST_FIRST
        for finding in examination.findings
        if finding.grade == grade
    ]
    whole = {
        "folder": str(folder),
        "faults": examination.faults,
        "warnings": examination.warnings,
        "findings": findings,
        "fine": examination.fine,
    }
    return msgspec.json.encode(whole).decode()


def _told(finding: Finding, language: Language) -> Iterator[str]:
    yield f"[{text(language, f'doctor.grade.{finding.grade}')}] {finding.sentence(language)}"
    yield f"  → {finding.remedy(language)}"
