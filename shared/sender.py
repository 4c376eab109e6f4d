"""Sends commands one at a time, and each until it is answered.

    send() → waits its turn → outbox → wire ⇄ (cut, Busy) → answer → outbox emptied

A time-out never means failure: a command whose answer is missing may have taken effect, so it
is repeated with the same id, over every reconnect and every restart, until the server says what
became of it. Connecting is left to `shared/link.py`, the file to `shared/outbox.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from msgspec import Struct

from shared.feeds import Bell
from shared.outbox import Outbox
from shared.protocol import MESSAGE_BYTES_MAX, Refused, encode
from shared.timing import Timing

if TYPE_CHECKING:
    from shared.protocol import Command, Reply

log = logging.getLogger(__name__)

Done = TypeVar("Done")

WAITING_MAX: Final = 16
"""Commands that wait their turn. More are not pressed by people but by a mistake."""

BUSY_MAX: Final = 8
"""How often a busy server is asked again before its refusal is handed on."""

STRIKES_MAX: Final = 5
"""How many connections one command may cost before it is set aside: see `BLAMING_CODES`."""

BLAMING_CODES: Final = frozenset({1002, 1003, 1007, 1009, 1011, 4400})
"""Close codes that blame what was sent, or admit a fault that it may have caused."""

RECOVERED_MAX: Final = 16
"""Answers kept for a screen that does not look; the oldest go first."""


class LinkError(Exception):
    """A command whose answer does not come through this link."""


class LinkEndedError(LinkError):
    """The link was closed or refused for ever (`refusal` says why).

    `kept`: the command is in the outbox and is sent when the terminal starts again. Otherwise
    it was never sent, or its outcome stays unknown here.
    """

    def __init__(self, refusal: Refused | None, kept: bool = False) -> None:
        super().__init__(refusal.code if refusal else "closed")
        self.refusal = refusal
        self.kept = kept


class LinkFullError(LinkError):
    """Too many commands wait their turn already. This one was not sent."""


class NotSentError(LinkError):
    """The outbox could not be written, so the command was not sent."""


class OutcomeUnknownError(LinkError):
    """The server broke off each time it was sent this command, and never said what became of
    it. The command was set aside; somebody has to look."""


class Recovered(Struct, frozen=True):
    """An answer that nobody waited for any more, with the command it answers."""

    command: Command
    reply: Reply


class Wire(Protocol):
    """One live connection."""

    async def send(self, data: bytes) -> None:
        """Send one message; ConnectionError when the connection is lost."""

    def abort(self) -> None:
        """Drop the connection at once."""


class _Errand:
    """A command on its way. `unsure`: it was sent before, and that answer is missing."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.heard: Reply | None = None
        self.pursuit: asyncio.Task[Reply] | None = None
        self.waiting = 0
        self.left = False
        self.kept = False
        self.unsure = False
        self.strikes = 0


class Sender:
    """The commands of one link, first come, first sent. `run` does the work."""

    def __init__(self, outbox: Outbox | None, timing: Timing) -> None:
        self._outbox = outbox
        self._timing = timing
        self._errands: dict[str, _Errand] = {}  # the first is the one on its way
        self._wire: Wire | None = None
        self._close_code: int | None = None
        self._bell = Bell()
        self._disk: asyncio.Future[Any] | None = None
        self._end: LinkEndedError | None = None
        self.recovered: deque[Recovered] = deque(maxlen=RECOVERED_MAX)

    # --- For whoever sends -------------------------------------------------------------------

    async def send(self, command: Command, *, pursue: bool = True) -> Reply:
        """Send a command and wait for its answer; see `Link.send`."""
        errand = self._errand(command)
        errand.waiting += 1
        try:
            return await asyncio.shield(errand.answer)
        except asyncio.CancelledError:
            errand.waiting -= 1
            self._abandoned(errand, pursue)
            raise

    def _errand(self, command: Command) -> _Errand:
        if self._end is not None:
            raise LinkEndedError(self._end.refusal)
        known = self._errands.get(command.id)
        if known is not None:
            assert known.command == command, "one id for two commands"
            assert not known.left, "this command was given up"
            return known
        assert len(encode(command)) <= MESSAGE_BYTES_MAX, "the server takes no message this long"
        if len(self._errands) > WAITING_MAX:
            raise LinkFullError(type(command).__name__)
        errand = self._errands[command.id] = _Errand(command)
        self._bell.ring()
        return errand

    def _abandoned(self, errand: _Errand, pursue: bool) -> None:
        """The last caller went away: go on without one, or leave the command."""
        if errand.waiting:
            return
        if errand.answer.done():  # it came in the very moment the caller went
            if pursue and errand.answer.exception() is None:
                self.offer(Recovered(errand.command, errand.answer.result()))
        elif not pursue:
            errand.left = True
            if errand.pursuit is not None:
                errand.pursuit.cancel()

    async def next_recovered(self) -> Recovered | None:
        """The next answer that nobody waited for; None when the link has ended."""
        while not self.recovered:
            if self._end is not None:
                return None
            await self._bell.wait()
        return self.recovered.popleft()

    # --- For the link ------------------------------------------------------------------------

    async def load(self) -> None:
        """Take up the command that was on its way when the program last ended."""
        found = await self._on_disk(self._outbox.read) if self._outbox else None
        if found is not None:
            errand = self._errands[found.id] = _Errand(found)
            errand.kept = errand.unsure = True

    def connected(self, wire: Wire) -> None:
        """The server has welcomed us on this connection."""
        self._wire = wire
        self._bell.ring()

    def disconnected(self, close_code: int | None) -> None:
        """The connection is lost; the code is the server's own, if it sent one."""
        self._wire, self._close_code = None, close_code
        self._bell.ring()

    def heard(self, reply: Reply) -> bool:
        """An answer came in; false if it answers nothing that is on its way."""
        errand = self._errands.get(reply.id)
        if errand is None:
            return False
        errand.heard = reply
        self._bell.ring()
        return True

    def end(self, refusal: Refused | None) -> None:
        """Nothing is sent any more: tell whoever waits. What is in the outbox stays there."""
        self._end = LinkEndedError(refusal)
        for errand in self._errands.values():
            if errand.heard is not None:
                self._answer(errand, errand.heard)
            self._fail(errand, LinkEndedError(refusal, errand.kept))
        self._errands.clear()
        self._bell.ring()

    async def settle(self) -> None:
        """Give the disk a moment to finish what was begun."""
        if self._disk is not None:
            await asyncio.wait({self._disk}, timeout=self._timing.close_seconds)

    async def run(self) -> None:
        """Send what is to be sent, one command at a time, until cancelled."""
        while True:
            await self._until(lambda: bool(self._errands))
            errand = next(iter(self._errands.values()))
            if await self._keep(errand):
                await self._pursue_or_leave(errand)
            self._errands.pop(errand.command.id, None)

    # --- One command -------------------------------------------------------------------------

    async def _keep(self, errand: _Errand) -> bool:
        """Write it down before it is sent; false when it is not to be sent at all."""
        if errand.left:
            return False
        if self._outbox is None or errand.kept:
            return True
        # From here on the file may hold it, even if this link ends in the meantime.
        errand.kept = True
        outbox = self._outbox
        try:
            await self._on_disk(lambda: outbox.write(errand.command))
        except OSError as error:
            log.error("outbox cannot be written: %s", error)
            errand.kept = False
            self._fail(errand, NotSentError(str(error)))
            await self._on_disk(outbox.empty)  # it may have failed after the file was in place
            return False
        return True

    async def _pursue_or_leave(self, errand: _Errand) -> None:
        if not errand.left:
            errand.pursuit = asyncio.create_task(self._pursue(errand))
            try:
                await asyncio.wait({errand.pursuit})
            finally:
                errand.pursuit.cancel()
            if not errand.pursuit.cancelled():
                if errand.pursuit.exception() is not None:
                    self._fail(errand, errand.pursuit.exception())
                    await self._empty(aside=True)
                    return
                self._answer(errand, errand.pursuit.result())
        await self._empty()

    async def _pursue(self, errand: _Errand) -> Reply:
        """Send it and send it again until there is an answer to hand on."""
        busy = 0
        while True:
            reply = await self._ask(errand)
            if reply is None:
                continue
            if not isinstance(reply, Refused) or reply.final or reply.retry_after_ms is None:
                return reply
            busy += 1
            # "Busy" says that nothing happened this time. When an earlier answer is missing,
            # that is not the whole truth, and the truth is worth asking for again.
            if busy > BUSY_MAX and not errand.unsure:
                return reply
            await self._timing.sleep(self._timing.later(reply.retry_after_ms))

    async def _ask(self, errand: _Errand) -> Reply | None:
        """Send it once; None when the connection was lost without an answer."""
        await self._until(lambda: self._wire is not None)
        wire = self._wire
        assert wire is not None
        errand.heard = None
        impatience = asyncio.create_task(self._drop_after(wire))
        try:
            await wire.send(encode(errand.command))
            await self._until(lambda: errand.heard is not None or self._wire is not wire)
        except ConnectionError:
            await self._until(lambda: self._wire is not wire)
        finally:
            impatience.cancel()
        if errand.heard is None:
            errand.unsure = True
            self._strike(errand)
        return errand.heard

    async def _drop_after(self, wire: Wire) -> None:
        # The link is alive but this answer does not come: a new connection asks again, and the
        # id makes sure that nothing happens twice.
        await self._timing.sleep(self._timing.answer_seconds)
        log.warning("no answer for %s s: reconnecting", self._timing.answer_seconds)
        wire.abort()

    def _strike(self, errand: _Errand) -> None:
        if self._close_code not in BLAMING_CODES:
            return
        errand.strikes += 1
        if errand.strikes >= STRIKES_MAX:
            raise OutcomeUnknownError(type(errand.command).__name__)

    # --- How it ends -------------------------------------------------------------------------

    def _answer(self, errand: _Errand, reply: Reply) -> None:
        if errand.answer.done():
            return
        errand.answer.set_result(reply)
        if not errand.waiting and not errand.left:
            self.offer(Recovered(errand.command, reply))

    def _fail(self, errand: _Errand, error: BaseException | None) -> None:
        assert error is not None
        if errand.answer.done():
            return
        errand.answer.set_exception(error)
        if not errand.waiting:
            errand.answer.exception()  # nobody will fetch it
            log.warning("%s, with nobody waiting: %r", type(errand.command).__name__, error)

    def offer(self, recovered: Recovered) -> None:
        """Hand an answer to whoever asks for recovered ones."""
        self.recovered.append(recovered)
        self._bell.ring()

    async def _empty(self, *, aside: bool = False) -> None:
        if self._outbox is None:
            return
        outbox = self._outbox
        if aside:
            await self._on_disk(lambda: outbox.set_aside("unanswered", "its outcome is unknown"))
        else:
            await self._on_disk(outbox.empty)

    # --- Waiting -----------------------------------------------------------------------------

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self._bell.wait()

    async def _on_disk(self, work: Callable[[], Done]) -> Done:
        # A write that was begun is finished, whoever stops waiting for it.
        self._disk = on_disk = asyncio.ensure_future(asyncio.to_thread(work))
        return await asyncio.shield(on_disk)


class RecoveredAnswers:
    """Hands out each recovered answer once, to whoever asks first."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Recovered:
        found = await self._sender.next_recovered()
        if found is None:
            raise StopAsyncIteration
        return found
