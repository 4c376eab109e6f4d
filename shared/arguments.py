"""What the command lines of all programs have in common. Light: imported at every start."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

FINE: Final = 0
REFUSED: Final = 1
WRONG_USAGE: Final = 2  # argparse exits with it
FAULT: Final = 3
LEFT: Final = 4
"""How a command ends: fine, refused or faults found, wrong usage, a fault of ours; a terminal's
program that staff have ended, and that nobody is to start again."""

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What commands are added to; argparse has no public name for it."""

Language: TypeAlias = Literal["zh", "en"]
"""As the protocol has it, which would have to be imported at every start."""

Run: TypeAlias = Callable[[argparse.Namespace], int]
"""Carries out what was typed; the exit code."""


def add_language(command: argparse.ArgumentParser) -> None:
    """Let a command speak Chinese or English."""
    command.add_argument(
        "--language", choices=("zh", "en"), default=system_language(), help="default: the system's"
    )


def system_language() -> Language:
    """The language of whoever sits here: English where nothing says Chinese."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, names), "").startswith("zh") else "en"


def add_pin(command: argparse.ArgumentParser) -> None:
    """Let staff end a terminal's program at its screen."""
    command.add_argument(
        "--set-pin",
        action="store_true",
        help="choose the PIN with which staff end this program at its screen, and do nothing else",
    )
