"""The administrator's desk on the line: connects, signs in, asks, and leaves again.

What is asked is decided in `orders`, how the answer is shown in `printed`.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from desk.words import NotDone, not_done
from shared.link import Link, NotSentError, OutcomeUnknownError
from shared.pairing import read_key
from shared.protocol import House, HouseCommand, HouseReply, HouseView, Language, Refused

CONNECT_SECONDS: Final = 15.0

TRIES: Final = 3
"""How often an order is sent while the line is cut under it. It happens once, by its id."""


class Desk:
    """A connection of the desk. `password` is that of the person who is signed in."""

    def __init__(self, link: Link, language: Language, password: str = "") -> None:
        self._link = link
        self._language = language
        self._password = password

    def new_id(self) -> str:
        """An id for an order."""
        return self._link.new_id()

    async def connected(self) -> None:
        """Wait for the connection; NotDone when there is none."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                async for state in self._link.changed():
                    if state == "live":
                        return
        except TimeoutError:
            raise not_done(self._language, "no_answer") from None
        refusal = self._link.refusal
        raise NotDone(refusal.text) if refusal else not_done(self._language, "no_answer")

    async def sign_in(self, staff: str, otp: str) -> None:
        """Say who is at the desk; NotDone says why not."""
        _accepted(await self._link.sign_in(staff, self._password, otp))

    async def ask(self, order: House) -> HouseReply:
        """The answer; NotDone: a refusal. An order that happens once by its id is sent again
        where the line was cut before the answer."""
        for _ in range(TRIES if isinstance(order, HouseCommand) else 1):
            try:
                reply = await self._link.request(order)
                if isinstance(reply, Refused) and reply.code == "ProveAgain":
                    # The server was started again meanwhile: it has seen no password.
                    _accepted(await self._link.unlock(self._password))
                    reply = await self._link.request(order)
            except (NotSentError, OutcomeUnknownError):
                await self.connected()
            else:
                return _accepted(reply)
        raise not_done(self._language, "no_answer")

    async def view(self) -> HouseView:
        """People and stations as they are now."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                async for view in self._link.views():
                    if isinstance(view, HouseView):
                        return view
        except TimeoutError:
            pass
        raise not_done(self._language, "no_answer")

    async def sign_out(self) -> None:
        """Leave; a line that was cut has left for us, before long."""
        try:
            await self._link.sign_out()
        except (NotSentError, OutcomeUnknownError):
            return


@asynccontextmanager
async def at_the_desk(options: argparse.Namespace, password: str = "") -> AsyncIterator[Desk]:
    """The desk with nobody signed in, for as long as the block runs."""
    key = read_key(options.secret_file, options.language)
    async with Link(key.url, key.hello(language=options.language), tls=key.tls()) as link:
        desk = Desk(link, options.language, password)
        await desk.connected()
        yield desk


@asynccontextmanager
async def signed_in(options: argparse.Namespace, password: str) -> AsyncIterator[Desk]:
    """The desk with its person."""
    async with at_the_desk(options, password) as desk:
        await desk.sign_in(options.staff, options.otp)
        try:
            yield desk
        finally:
            await desk.sign_out()


def _accepted(reply: HouseReply) -> HouseReply:
    if isinstance(reply, Refused):
        raise NotDone(reply.text)
    return reply
