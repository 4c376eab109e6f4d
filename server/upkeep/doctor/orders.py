"""Carries out `lobby doctor`: looks, prints, and ends with 1 where something is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from server.upkeep.doctor import report
from server.upkeep.doctor.examine import examine
from server.upkeep.doctor.machine import gather
from shared.arguments import FINE, REFUSED
from shared.i18n import text
from shared.protocol import Language

TOLD_EVERY_MB = 16


def run(options: argparse.Namespace) -> int:
    """Carry it out; the exit code."""
    tell = _progress(options.language) if sys.stderr.isatty() else lambda _mb: None
    examination = examine(options.data, gather, everything=options.everything, tell=tell)
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[K")
    if options.json:
        told = [report.json(options.data, examination, options.language)]
    else:
        told = list(report.lines(options.data, examination, options.language))
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return REFUSED if examination.faults else FINE


def _progress(language: Language) -> Callable[[int], None]:
    """Says on a terminal how far it has come, in one line that is gone afterwards."""
    last = 0

    def tell(mb: int) -> None:
        nonlocal last
        if mb >= last + TOLD_EVERY_MB:
            last = mb
            sys.stderr.write(f"\r{text(language, 'doctor.looking', mb=mb)}\x1b[K\r")
            sys.stderr.flush()

    return tell
