"""`lobby web`: looks at what was asked for, says where the pages are, and serves until it is told
to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys

from shared.arguments import FINE, REFUSED
from shared.i18n import text
from shared.library_lines import is_worth_a_line
from web.pages import Look
from web.places import CannotServe, Place, places, programs
from web.server import Listen, address_of, is_loopback, is_origin, serving

log = logging.getLogger(__name__)


def run(options: argparse.Namespace) -> int:
    """Run it to its end; the exit code."""
    if options.list:
        for program in programs():
            kind = text(options.language, f"station_kind.{program.kind}")
            sys.stdout.write(f"{program.name:10}{kind}\n")
        return FINE
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(is_worth_a_line)
    try:
        listen = _listen(options)
        served = places(options.stations, options.language)
        asyncio.run(_serve(options, served, listen))
    except CannotServe as error:
        sys.stderr.write(f"lobby: {error}\n")
        return REFUSED
    return FINE


def _listen(options: argparse.Namespace) -> Listen:
    """Beyond this machine only in words."""
    if not is_loopback(options.address) and not options.trusted_network:
        raise CannotServe(text(options.language, "web.not_trusted", address=options.address))
    for url in options.allowed_origin:
        if not is_origin(url):
            raise CannotServe(text(options.language, "web.no_origin", url=url))
    return Listen(
        address=options.address,
        port=options.port,
        language=options.language,
        allowed_origins=tuple(url.rstrip("/") for url in options.allowed_origin),
    )


async def _serve(options: argparse.Namespace, served: list[Place], listen: Listen) -> None:
    stop = asyncio.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wish, stop.set)
    look = Look(columns=options.columns, font=options.font)
    async with serving(served, listen, look) as server:
        if not is_loopback(listen.address):
            log.warning(text(options.language, "web.open", address=listen.address))
        for place in served:
            kind = text(options.language, f"station_kind.{place.program.kind}")
            sys.stdout.write(f"{kind}  {address_of(server)}/{place.path}\n")
        sys.stdout.flush()
        await stop.wait()
