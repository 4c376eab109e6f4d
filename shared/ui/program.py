"""A terminal's program from its key to its end: paired before, it starts by itself.

Never a traceback on the screen, where customers stand: faults go to the log. The program ends with
an exit code that makes the service manager start it anew.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from shared.arguments import FAULT, FINE, REFUSED
from shared.config import ConfigError
from shared.link import Link
from shared.pairing import NotPaired, StationKey, read_key
from shared.protocol import StationKind
from shared.ui.app import ClientApp

Make: TypeAlias = Callable[[StationKey, Link], ClientApp]  # type: ignore[type-arg]
"""Builds the app of a program around its link."""


def run(secret_file: Path, kind: StationKind, feeds: tuple[str, ...], make: Make) -> int:
    """Run the program of this station to its end; the exit code."""
    _log_beside(secret_file)
    try:
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
    except (NotPaired, ConfigError) as wrong:
        sys.stderr.write(f"lobby: {wrong}\n")
        return REFUSED
    app.run()
    return FAULT if app.return_code else FINE


def _log_beside(secret_file: Path) -> None:
    """On a terminal the log would be drawn into the screen: it goes to a file beside the secret."""
    if sys.stderr.isatty():
        handler: logging.Handler = logging.FileHandler(secret_file.with_suffix(".log"), delay=True)
    else:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Every frame and every retry: nobody reads that, and it fills disks.
    logging.getLogger("websockets").setLevel(logging.WARNING)
