"""The connection of a terminal to its server: commands go out, views come in, cuts are healed.

    async with Link(url, hello, outbox=path) as link:
        reply = await link.send(CallNext(id=link.new_id(), day=day, counter=3))
        async for view in link.views(): ...

Three tasks of one loop: the dialler (`shared/dialler.py`) connects and reads, the sender
(`shared/sender.py`) carries commands, `_watch` notices silence. Nothing that the server sends
or does ends them, except a final refusal.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from msgspec.structs import replace

from shared.feeds import Bell, Feeds, Views
from shared.outbox import Outbox
from shared.protocol import (
    Accepted,
    BranchView,
    Heartbeat,
    Hello,
    Refused,
    SignedIn,
    SignIn,
    SignInEnd,
    SignInEnded,
    SignOut,
    Unlock,
    Welcome,
    encode,
)
from shared.sender import (
    LinkEndedError,
    LinkError,
    LinkFullError,
    NotSentError,
    OutcomeUnknownError,
    Recovered,
    RecoveredAnswers,
    Sender,
)
from shared.sign_in_file import SignInFile
from shared.timing import Timing

if TYPE_CHECKING:
    from shared.dialler import Dialler, Wire
    from shared.protocol import Command, House, HouseReply, Query, Reply, View

__all__ = [
    "REAL_TIME",
    "Link",
    "LinkEndedError",
    "LinkError",
    "LinkFullError",
    "NotSentError",
    "OutcomeUnknownError",
    "Recovered",
    "State",
    "Timing",
]

log = logging.getLogger(__name__)

SCHEMES: Final = ("ws", "wss")

State: TypeAlias = Literal["connecting", "live", "stale", "refused"]


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


REAL_TIME: Final = Timing(sleep=asyncio.sleep, now=_loop_time, uniform=random.uniform)


class Link:
    """One terminal's connection, for as long as the `async with` block runs.

    `hello` says who is calling. Two files outlive a crash: `outbox` carries the command on its
    way, and without it an answer may be lost; `sign_in` carries who is signed in, and without it
    somebody types a secret again. `tls` replaces the usual context of `wss://`.
    """

    def __init__(
        self,
        url: str,
        hello: Hello,
        *,
        outbox: str | Path | None = None,
        sign_in: str | Path | None = None,
        timing: Timing = REAL_TIME,
        tls: SSLContext | None = None,
    ) -> None:
        # A mistake here would look like a server that is never there.
        if urlsplit(url).scheme not in SCHEMES or not urlsplit(url).hostname:
            raise ValueError(f"this is no address of a server: {url!r}")
        self._url, self._hello, self._timing, self._tls = url, hello, timing, tls
        self._dialler: Dialler | None = None
        self._sender = Sender(Outbox(Path(outbox), hello.station) if outbox else None, timing)
        self._signed_in = SignInFile(Path(sign_in), hello.station) if sign_in else None
        self._feeds = Feeds()
        self._bell = Bell()
        self._tasks: list[asyncio.Task[None]] = []
        self._state: State = "connecting"
        self._ended = False
        self._refusal: Refused | None = None
        self._welcome: Welcome | None = None
        self._wire: Wire | None = None
        self._requests: dict[str, asyncio.Future[HouseReply]] = {}
        self._staff: str | None = None
        self._sign_in_end: SignInEnd | None = None
        self._heard_at = 0.0
        self._server_at: tuple[int, float] | None = None
        self._rate = 1.0

    # --- Commands ----------------------------------------------------------------------------

    def new_id(self) -> str:
        """An id for a command: 128 bits that nobody else will draw."""
        return secrets.token_hex(16)

    async def send(self, command: Command, *, pursue: bool = True) -> Reply:
        """Send a command and wait for its answer, however long the line is cut.

        A caller who is tired of waiting may be cancelled: the command is pursued all the same
        and its answer comes to `recovered()`, or to whoever sends the same command again. With
        `pursue=False` it is given up with its caller: not sent any more, its outcome unknown.
        `LinkError`: there will be no answer here, and its class says why.
        """
        return await self._sender.send(command, pursue=pursue)

    def recovered(self) -> AsyncIterator[Recovered]:
        """Answers nobody waits for: to a command found in the outbox at the start, or to one
        whose caller went away. Each is handed out once, to be shown once."""
        return RecoveredAnswers(self._sender)

    # --- People ------------------------------------------------------------------------------

    async def request(self, command: House | Query) -> HouseReply:
        """Ask something about people or stations, on the present connection only.

        Never written to the outbox, since it may carry a secret, and never repeated by itself:
        whoever asks is there to ask again. NotSentError while there is no connection,
        OutcomeUnknownError when it was lost before the answer.
        """
        wire = self._wire
        if wire is None:
            raise NotSentError("not connected")
        answer: asyncio.Future[HouseReply] = asyncio.get_running_loop().create_future()
        self._requests[command.id] = answer
        try:
            await wire.send(encode(command))
            async with asyncio.timeout(self._timing.answer_seconds):
                reply = await answer
        except (ConnectionError, TimeoutError):
            raise OutcomeUnknownError(type(command).__name__) from None
        finally:
            self._requests.pop(command.id, None)
        if self._signed_in is not None and isinstance(command, SignIn | Unlock | SignOut):
            await asyncio.to_thread(self._signed_in.write, self._hello.token)
        return reply

    async def sign_in(
        self, staff: str, secret: str, otp: str = "", *, hand_over: bool = False
    ) -> SignedIn | Refused:
        """Say who is at this terminal; see `request`. The sign-in outlives reconnects."""
        command = SignIn(id=self.new_id(), staff=staff, secret=secret, otp=otp, hand_over=hand_over)
        return _personal(await self.request(command))

    async def unlock(self, secret: str) -> SignedIn | Refused:
        """Go on after `Locked`; see `request`."""
        return _personal(await self.request(Unlock(id=self.new_id(), secret=secret)))

    async def sign_out(self) -> HouseReply:
        """End the sign-in; see `request`."""
        return await self.request(SignOut(id=self.new_id()))

    @property
    def staff(self) -> str | None:
        """Who is signed in; None: nobody, and nothing may be done or seen before `sign_in`."""
        return self._staff

    @property
    def sign_in_end(self) -> SignInEnd | None:
        """Why the last sign-in ended, where the server ended it; None: it did not."""
        return self._sign_in_end

    async def next_staff(self, told: str | None) -> str | None:
        """Who is signed in, as soon as it is somebody else (or nobody); `told` at the end."""
        while self._staff == told and not self._ended:
            await self._bell.wait()
        return self._staff

    # --- Views -------------------------------------------------------------------------------

    def views(self) -> AsyncIterator[View]:
        """The views there are, then the newest of each feed as they come.

        Each iterator goes its own pace; a slow one skips what has been replaced. It ends when
        the link is closed or refused.
        """
        return Views(self._feeds)

    def view(self, feed: str) -> View | None:
        """The newest view of a feed, such as `DisplayView` or `CounterView:3`."""
        return self._feeds.newest(feed)

    async def until(self, seq: int) -> None:
        """Wait until a view (of any feed) with that sequence or a later one has arrived.

        Heartbeats do not count: they say that it happened, not that it can be seen. A new
        epoch ends the waiting too, because its sequence is another one. LinkEndedError when no
        view will come.
        """
        await self._feeds.until(seq)

    # --- State -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """`live`: messages come. `connecting`: not connected, but what is shown is fresh.
        `stale`: nothing heard for `stale_seconds`, also at the start. `refused`: for ever."""
        return self._state

    @property
    def refusal(self) -> Refused | None:
        """Why the link is refused for ever. `Superseded`: a newer connection took its place."""
        return self._refusal

    @property
    def welcome(self) -> Welcome | None:
        """The server's latest welcome: role, branch, counter, day."""
        return self._welcome

    def changed(self) -> AsyncIterator[State]:
        """The state now, then each change; ends when the link is closed or refused."""
        return _States(self)

    async def next_state(self, told: State | None) -> State | None:
        """The state as soon as it is another than the one told; None when none will follow."""
        while self._state == told:
            if self._ended:
                return None
            await self._bell.wait()
        return self._state

    def now_ms(self) -> int | None:
        """The branch's time by the messages and the time since; None before the first."""
        if self._server_at is None:
            return None
        at, heard_at = self._server_at
        return at + round((self._timing.now() - heard_at) * 1000 * self._rate)

    def told_ms(self) -> int | None:
        """The branch's time by the newest message that told it: what is shown was true then."""
        return None if self._server_at is None else self._server_at[0]

    # --- Beginning and end -------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self._sender.load()
        if self._signed_in is not None:
            token = await asyncio.to_thread(self._signed_in.read)
            self._hello = replace(self._hello, token=token or self._hello.token)
        self._heard_at = self._timing.now()
        self._dialler = self._new_dialler()
        for work in (self._dialler.run, self._watch, self._sender.run):
            self._tasks.append(asyncio.create_task(self._guarded(work)))
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up. Ends within `close_seconds`, whatever the other side does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._end(None)
        await self._sender.settle()

    def _new_dialler(self) -> Dialler:
        # Here and not above: websockets is larger than all the rest of the link, and a terminal
        # shows its first picture before it dials.
        from shared.dialler import Dialler

        return Dialler(self._url, lambda: self._hello, self._timing, self._tls, self)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """A fault of our own ends the link, so that nobody waits for an answer for ever."""
        try:
            await work()
        except Exception:
            log.exception("the link has failed")
            self._end(None)

    def _end(self, refusal: Refused | None) -> None:
        if self._ended:
            return
        self._refusal = refusal
        self._change("refused" if refusal else "stale")
        self._ended = True
        if self._dialler is not None:
            self._dialler.stop()
        self._sender.end(refusal)
        self._feeds.end(LinkEndedError(refusal))
        self._bell.ring()

    def _change(self, state: State) -> None:
        if state != self._state and not self._ended:
            self._state = state
            self._bell.ring()

    # --- What the dialler tells --------------------------------------------------------------

    def heard(self, message: Any, wire: Wire) -> None:
        """One message from the server."""
        self._heard_at = self._timing.now()
        self._tell_time(message)
        match message:
            case Welcome():
                self._welcomed(message, wire)
            case Refused() if message.id in self._requests:
                self._answered_request(message)
            case SignInEnded():
                log.info("nobody is signed in any more: %s", message.reason)
                self._sign_in_end = message.reason
                self._nobody()
            case Accepted() | Refused():
                self._answered(message)
            case Heartbeat():
                self._beat(message, wire)
            case None:
                pass
            case _ if hasattr(message, "id"):  # that of what it answers; views have none
                self._answered_request(message)
            case _:
                self._feeds.take(message)
        if wire.welcomed:
            self._change("live")

    def _tell_time(self, message: Any) -> None:
        """Set the branch's time by a message that knows it."""
        match message:
            case Welcome():
                self._rate = message.rehearsal_rate or 1.0
            case Heartbeat():
                pass
            case BranchView():
                # Whoever begins to listen is given a view of some time ago.
                if message.at < (self.now_ms() or 0):
                    return
            case _:
                return  # people and stations live by real time, also in a rehearsal
        self._server_at = (message.at, self._heard_at)

    def lost(self, close_code: int | None) -> None:
        """The connection is gone; what is shown stays good until it is stale."""
        self._wire = None
        self._sender.disconnected(close_code)
        for answer in self._requests.values():
            if not answer.done():
                answer.set_exception(ConnectionError("lost"))
        if self._state == "live":
            self._change("connecting")

    def sent_away(self, refusal: Refused) -> None:
        """For ever, and by name: the person at the terminal has to be told."""
        log.warning("refused for ever: %s", refusal.code)
        self._end(refusal)

    def _welcomed(self, welcome: Welcome, wire: Wire) -> None:
        if self._welcome is None or welcome.epoch != self._welcome.epoch:
            self._feeds.forget()
        elif welcome.seq < self._feeds.seq:
            log.error(
                "the server has lost what it has shown: %d of %d", welcome.seq, self._feeds.seq
            )
            self._feeds.forget()
        if welcome.staff is None:
            self._nobody()
        elif welcome.staff != self._staff:
            self._staff = welcome.staff
            self._bell.ring()
        self._welcome = welcome
        self._wire = wire
        self._sender.connected(wire)

    def _answered_request(self, reply: HouseReply) -> None:
        if isinstance(reply, SignedIn):
            self._sign_in_end = None
            self._hello = replace(self._hello, token=reply.token)
            self._staff = reply.staff
            self._bell.ring()
        answer = self._requests.get(reply.id)
        if answer is not None and not answer.done():
            answer.set_result(reply)

    def _nobody(self) -> None:
        """What was shown was for the person who is not here any more."""
        self._hello = replace(self._hello, token="")
        if self._staff is not None:
            self._staff = None
            self._feeds.forget()
            self._bell.ring()

    def _answered(self, reply: Reply) -> None:
        expected = self._sender.heard(reply)
        if not isinstance(reply, Refused):
            return
        if reply.final:
            self.sent_away(reply)
        elif not expected:
            log.warning("refused: %s", reply.code)

    def _beat(self, heartbeat: Heartbeat, wire: Wire) -> None:
        # The journal was replaced under our feet: a new connection brings its views.
        if self._welcome is not None and heartbeat.epoch != self._welcome.epoch:
            wire.abort()

    async def _watch(self) -> None:
        """Say so when nothing is heard, and hang up on a connection that has gone silent."""
        while not self._ended:
            silent_for = self._timing.now() - self._heard_at
            patience = self._patience()
            if silent_for < patience:
                await self._timing.sleep(patience - silent_for)
                continue
            self._change("stale")
            if self._wire is not None:
                self._wire.abort()
            await self.next_state("stale")

    def _patience(self) -> float:
        """`stale_seconds`; longer only for a server whose heart beats slower by design."""
        beat = self._welcome.heartbeat_ms / 1000 if self._welcome else 0.0
        return max(self._timing.stale_seconds, 2 * beat)


def _personal(reply: HouseReply) -> SignedIn | Refused:
    assert isinstance(reply, SignedIn | Refused), "a sign-in is answered with one, or refused"
    return reply


class _States:
    """One reader of a link's state."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._told: State | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> State:
        state = await self._link.next_state(self._told)
        if state is None:
            raise StopAsyncIteration
        self._told = state
        return state
