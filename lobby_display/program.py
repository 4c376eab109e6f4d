"""`lobby display`: the display's program, put together."""

from __future__ import annotations

import argparse
import sys

from lobby_display.app import DisplayApp
from lobby_display.self_test import SelfTest
from lobby_display.settings import Settings
from shared.arguments import FINE, REFUSED
from shared.config import ConfigError
from shared.link import Link
from shared.pairing import StationKey
from shared.ui import program


def _settings(options: argparse.Namespace) -> Settings:
    return program.settings_of(options.settings, options.secret_file, Settings)


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""
    if options.self_test:
        return _self_test(options)

    def make(_key: StationKey, link: Link) -> DisplayApp:
        return DisplayApp(link, _settings(options))

    return program.run(options.secret_file, "display", ("DisplayView",), make)


def _self_test(options: argparse.Namespace) -> int:
    """1 when numbers cannot be read from the farthest seat: whoever sets it up is told."""
    try:
        settings = _settings(options)
    except ConfigError as wrong:
        sys.stderr.write(f"lobby: {wrong}\n")
        return REFUSED
    return FINE if SelfTest(settings).run() else REFUSED
