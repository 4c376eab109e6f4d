"""Secrets as people give them: from a file, or typed on the terminal and not shown."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from desk.words import not_done
from shared.i18n import text
from shared.protocol import Language


def password(options: argparse.Namespace) -> str:
    """Of whoever gives the order."""
    return _secret(
        options.language, options.password_file, "password", staff=getattr(options, "staff", "")
    )


def old_secret(options: argparse.Namespace) -> str:
    """The one to be replaced, or the one-time code."""
    return _secret(options.language, options.old_file, "old_secret")


def new_password(options: argparse.Namespace) -> str:
    """One that is chosen now; typed twice, since nobody sees it."""
    file = options.password_file
    chosen = _secret(options.language, file, "new_password")
    if file is None and _secret(options.language, None, "once_more") != chosen:
        raise not_done(options.language, "not_the_same")
    return chosen


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
