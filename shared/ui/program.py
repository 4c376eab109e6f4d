"""A terminal's program from its key to its end: paired before, it starts by itself.

Never a traceback on the screen, where customers stand: faults go to the log, and the screen says
that this machine is out of service. The program ends with an exit code that makes the service
manager start it anew, unless staff have ended it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, TypeAlias, TypeVar

from shared.arguments import FAULT, FINE, REFUSED
from shared.config import ConfigError, load
from shared.link import Link
from shared.pairing import NotPaired, StationKey, read_key
from shared.protocol import StationKind
from shared.ui import out_of_service, terminal
from shared.ui.app import ClientApp
from shared.ui.staff_pin import StaffPin

log = logging.getLogger(__name__)

Make: TypeAlias = Callable[[StationKey, Link], ClientApp]  # type: ignore[type-arg]
"""Builds the app of a program around its link."""

YOUNG_SECONDS = 10
"""Whoever fails so soon would fail again at once."""

Settings = TypeVar("Settings")


def settings_of(file: Path | None, secret_file: Path, kind: type[Settings]) -> Settings:
    """What is set for this terminal: in the file that was named, else in the one of the secret's
    name (`lobby-kiosk.toml` beside `lobby-kiosk.json`), else nothing. Raises ConfigError."""
    beside = secret_file.with_suffix(".toml")
    if file is None and not beside.exists():
        return kind()
    return load(file or beside, kind)


def pin_file(secret_file: Path) -> Path:
    """Where the PIN is kept with which staff end the program."""
    return secret_file.with_suffix(".pin")


def run(secret_file: Path, kind: StationKind, feeds: tuple[str, ...], make: Make) -> int:
    """Run the program of this station to its end; the exit code."""
    if not terminal.is_there():
        sys.stderr.write("lobby: this program draws on a terminal, and there is none\n")
        return REFUSED
    screen = terminal.claim(secret_file.with_suffix(".log"))
    try:
        app = _made(secret_file, kind, feeds, make)
        try:
            app.run()
        finally:
            app.let_go()
    except (NotPaired, ConfigError) as wrong:
        return _cannot_begin(screen, wrong)
    except Exception:
        log.exception("the program has failed")
        return _failed(screen, lived_seconds=0)
    if app.return_code == REFUSED:  # what Textual says of a program that has failed
        return _failed(screen, app.lived_seconds)
    return app.return_code or FINE


def _made(secret_file: Path, kind: StationKind, feeds: tuple[str, ...], make: Make) -> ClientApp:  # type: ignore[type-arg]
    key = read_key(secret_file)
    if key.kind != kind:
        raise NotPaired(f"{secret_file} is the secret of a {key.kind}, not of a {kind}.")
    kept = {name: secret_file.with_suffix(f".{name}") for name in ("outbox", "sign_in")}
    link = Link(
        key.url,
        key.hello(*feeds),
        outbox=kept["outbox"],
        sign_in=kept["sign_in"],
        tls=key.tls(),
    )
    app = make(key, link)
    app.guard(StaffPin(pin_file(secret_file)))
    return app


def _cannot_begin(screen: TextIO, wrong: Exception) -> int:
    """Said in a sentence: to whoever typed the command, or in the log and by the page."""
    log.error("%s", wrong)
    if terminal.is_served():
        out_of_service.show(screen)
        out_of_service.hold()
    else:
        screen.write(f"lobby: {wrong}\n")
        screen.flush()
    return REFUSED


def _failed(screen: TextIO, lived_seconds: float) -> int:
    if not terminal.in_a_browser():
        out_of_service.show(screen, for_good=not terminal.is_served())
        if terminal.is_served() and lived_seconds < YOUNG_SECONDS:
            out_of_service.hold()
    return FAULT
