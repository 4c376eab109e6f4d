"""What people type: secrets, which are not shown or come from a file, and whether they agree."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Final

from desk.words import not_done
from shared.i18n import text
from shared.protocol import Language

YES: Final = ("y", "yes", "\u662f")
"""What counts as a yes, in either language; everything else is none."""


def password(options: argparse.Namespace) -> str:
    """Of whoever gives the order."""
    return _secret(
        options.language, options.password_file, "password", staff=getattr(options, "staff", "")
    )


def old_secret(options: argparse.Namespace) -> str:
    """The one to be replaced, or the one-time code."""
    return _secret(options.language, options.old_file, "old_secret", staff=options.id)


def new_password(options: argparse.Namespace) -> str:
    """One that is chosen now; typed twice, since nobody sees it."""
    file = options.password_file
    staff = options.staff if options.order == "setup" else options.id
    chosen = _secret(options.language, file, "new_password", staff=staff)
    if file is None and _secret(options.language, None, "once_more") != chosen:
        raise not_done(options.language, "not_the_same")
    return chosen


def agreed(options: argparse.Namespace) -> bool:
    """Whether what was shown is to be done: said before, or asked now."""
    if options.yes:
        return True
    if options.json:
        return False
    sys.stdout.write(text(options.language, "desk.agree"))
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() not in YES:
        raise not_done(options.language, "not_agreed")
    return True


def phone(options: argparse.Namespace) -> str:
    """Of the person whose data is asked for."""
    return _secret(options.language, options.phone_file, "phone").strip()


def _secret(language: Language, file: Path | None, prompt: str, **values: object) -> str:
    if file is None:
        try:
            return getpass.getpass(text(language, f"desk.{prompt}", **values))
        except EOFError:
            raise not_done(language, "nothing_typed") from None
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise not_done(language, "unreadable", file=file) from error
