"""`lobby display`: the display's program, put together."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from msgspec.structs import replace

from lobby_display.app import DisplayApp
from lobby_display.images import NotAPicture, opened
from lobby_display.self_test import SelfTest
from lobby_display.settings import Settings
from lobby_display.voice.clips import Clips
from lobby_display.voice.player import Player, player_of
from shared.arguments import FINE, REFUSED
from shared.config import ConfigError
from shared.link import Link
from shared.pairing import StationKey
from shared.ui import program

log = logging.getLogger(__name__)


def _settings(options: argparse.Namespace) -> Settings:
    settings = program.settings_of(options.settings, options.secret_file, Settings)
    return with_pictures(settings, options.settings or options.secret_file.with_suffix(".toml"))


def with_pictures(settings: Settings, file: Path) -> Settings:
    """The files of the playlist's pictures, beside that of the settings; ConfigError for one that
    is none."""
    slides = []
    for n, slide in enumerate(settings.playlist):
        if not slide.picture:
            slides.append(slide)
            continue
        picture = file.parent / slide.picture
        try:
            opened(picture)
        except NotAPicture as wrong:
            raise ConfigError(file, f"playlist[{n}].picture", f"a picture; {wrong}") from None
        slides.append(replace(slide, picture=str(picture)))
    return replace(settings, playlist=tuple(slides))


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""
    if options.self_test:
        return _self_test(options)

    def make(_key: StationKey, link: Link) -> DisplayApp:
        settings = _settings(options)
        return DisplayApp(link, settings, voice=_voice(settings, options.secret_file))

    return program.run(options.secret_file, "display", ("DisplayView",), make)


def _voice(settings: Settings, secret_file: Path) -> tuple[Clips, Player] | None:
    if settings.voice is None:
        return None
    measured = settings.voice.measured
    if measured is not None and not measured.enough:
        log.warning("the voice is too soft at the farthest seat: %s dBA", measured.farthest_dba)
    return Clips(secret_file.parent / settings.voice.clips), player_of(settings.voice.player)


def _self_test(options: argparse.Namespace) -> int:
    """1 when numbers cannot be read from the farthest seat: whoever sets it up is told."""
    try:
        settings = _settings(options)
    except ConfigError as wrong:
        sys.stderr.write(f"lobby: {wrong}\n")
        return REFUSED
    return FINE if SelfTest(settings).run() else REFUSED
