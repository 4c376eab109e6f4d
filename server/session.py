"""One connection: hello, then exactly one reply per command, until it ends.

Whether a message is well formed is found out in `inbound`, whether its sender may in `auth`,
whether it is possible now behind `BranchRunner.submit`; this is the only place that asks all
three. Deadlines here are of the network and run in real time, also in a rehearsal. How what is
said gets out, and that a client which does not read is cut off, is `sending`'s.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from math import ceil
from typing import Final, NoReturn

import msgspec
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from server.auth import NEEDS_PROOF, default_views, forbids, may_see, named_in_lobby
from server.batch import Unanswerable
from server.callers import Caller, Denied
from server.config import names_of
from server.domain.refusals import (
    AnswersNotAccepted,
    Busy,
    RateLimited,
    Refusal,
    TooManyFromHere,
    VersionNotSpoken,
    ViewNotAllowed,
)
from server.domain.refusals import Refused as IsRefused
from server.house.refusals import Locked, NotOfTheLobby, ProveAgain
from server.hub import Outbox
from server.inbound import Unreadable, id_of, read_command, read_first
from server.limits import Pace
from server.people import Guest
from server.reception import Reception
from server.runner import BranchRunner
from server.sending import Sending
from server.sockets import (
    BAD_MESSAGES,
    DONE,
    DRAINING,
    FAULT,
    HELLO_LATE,
    NOT_ALLOWED,
    NOT_KNOWN,
    TOO_OFTEN,
    address_of,
    hang_up,
    network_of,
)
from shared.i18n import say
from shared.protocol import (
    VERSION,
    AnswerFault,
    AskExport,
    BookAppointment,
    CheckIn,
    Command,
    ErasePerson,
    FindAppointment,
    FindPerson,
    FindSlots,
    FirstMessage,
    Hello,
    House,
    HouseAccepted,
    HouseReply,
    Language,
    MoveAppointment,
    OwnAppointment,
    Pair,
    PreviewReload,
    Refused,
    Reload,
    Reply,
    ReprintTicket,
    Request,
    SetOwnSecret,
    SetUp,
    SignedIn,
    SignIn,
    SignInEnd,
    SignInEnded,
    SignOut,
    TakeRemoteTicket,
    TakeTicket,
    Unlock,
    Welcome,
    encode,
)

log = logging.getLogger(__name__)

BAD_MESSAGES_MAX: Final = 3
BAD_MESSAGES_SECONDS: Final = 60.0
"""The third bad message within a minute ends a connection: it is broken or hostile."""

BUSY_MS: Final = (200.0, 1_000.0)
"""When a busy server is to be asked again, by chance within these bounds."""

TOO_OFTEN_MS: Final = 10_000
"""When whoever kept on and on may come back."""

WHILE_LOCKED: Final = (SignIn, SignOut, Unlock, SetOwnSecret)
"""What may be asked of a terminal that was left alone for too long."""

PEOPLE_SIGN_IN_AT: Final = frozenset({"counter", "board", "desk"})


class Ending(Exception):
    """The server ends this connection with this code, after the last words to its client."""

    def __init__(self, code: int, retry_after_ms: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.reason = json.dumps({"retry_after_ms": retry_after_ms}) if retry_after_ms else ""


GIVES_A_TICKET: Final = TakeTicket | TakeRemoteTicket | ReprintTicket
"""Whoever gave it is told the link, the code and the wait."""


class Session:
    """One connection, from its first message to its last."""

    def __init__(self, socket: ServerConnection, reception: Reception) -> None:
        self.outbox = Outbox()
        self._socket = socket
        self._reception = reception
        self._deadlines = reception.deadlines
        self._language: Language = "zh"
        self._wished: tuple[str, ...] = ()
        self._caller: Caller | None = None
        self._bad_messages: deque[float] = deque(maxlen=BAD_MESSAGES_MAX)
        self._paces: list[Pace] = []
        self._too_often = False
        self._sending = Sending(socket, self.outbox, reception.deadlines, reception.metrics)

    async def run(self) -> None:
        """Serve it until it ends. Raises nothing: what goes wrong here stays here."""
        sender = asyncio.create_task(self._sending.send_what_waits())
        try:
            await self._converse()
        except ConnectionClosed:
            pass
        except Ending as ending:
            # The last words first, but a client that does not read them is not waited for.
            self._sending.ending = True
            self.outbox.close()
            await asyncio.wait({sender}, timeout=self._deadlines.send_seconds)
            await self.close(ending.code, ending.reason)
        except Exception:
            log.exception("a fault ends this connection")
            await self.close(FAULT)
        finally:
            sender.cancel()

    async def close(self, code: int, reason: str = "") -> None:
        """End the connection with this code; returns when it has ended."""
        self._reception.metrics.kicked.labels(code).inc()
        await hang_up(self._socket, code, reason, seconds=self._deadlines.close_seconds)

    def sign_in_ended(self, reason: SignInEnd) -> None:
        """Nobody is signed in here any more: nothing more is shown."""
        self._reception.hub.leave(self.outbox)
        self.outbox.forget_views()
        self.outbox.reply(encode(SignInEnded(reason=reason)))

    def left_alone(self) -> None:
        """Whoever is signed in here has gone away: no name is shown to whoever comes by."""
        if self._caller is not None:
            self._listen_anew(self._caller)

    # --- Hello ---------------------------------------------------------------------------------

    async def _converse(self) -> None:
        hello = await self._first()
        self._language = hello.language
        if not VERSION - 1 <= hello.version <= VERSION:
            self._send_off(VersionNotSpoken(version=hello.version), NOT_ALLOWED)
        if isinstance(hello, Pair | SetUp):
            await self._pair(hello)
        try:
            caller = self._reception.callers.of(hello, network_of(self._socket))
        except Denied as denied:
            self._deny(denied)
        self._wished = tuple(dict.fromkeys(hello.views))
        self._refuse_views(caller)
        views = self._views_of(caller)
        self._paces = self._reception.paces(caller)
        self._reception.room.welcomed(self._socket)
        self._caller = caller
        with self._reception.seated(self, caller):
            log.info("welcome", extra={**_who(caller), "address": address_of(self._socket)})
            self._welcome(hello, caller, views)
            is_station = bool(caller.actor.station)
            pulse = asyncio.create_task(self._sending.feel_pulse()) if is_station else None
            try:
                while True:
                    await self._answer(await self._socket.recv(), caller)
            finally:
                if pulse is not None:
                    pulse.cancel()

    def _refuse_views(self, caller: Caller) -> None:
        """Where people sign in, what they may see is found out then."""
        if caller.guest is not None and caller.guest.station.kind in PEOPLE_SIGN_IN_AT:
            return
        for view in self._wished:
            if not may_see(caller.actor, view, caller.runner.published.config):
                self._send_off(ViewNotAllowed(view=view), NOT_ALLOWED, caller.runner)

    def _views_of(self, caller: Caller) -> tuple[str, ...]:
        config, actor = caller.runner.published.config, caller.actor
        wished = tuple(view for view in self._wished if may_see(actor, view, config))
        return wished or default_views(actor)

    async def _pair(self, first: Pair | SetUp) -> NoReturn:
        people = self._reception.people
        try:
            if isinstance(first, Pair):
                paired = await people.pair(first)
            else:
                paired = await people.set_up(first)
        except IsRefused as refused:
            denied = self._reception.callers.wrong(network_of(self._socket))
            if denied.seconds is not None:
                self._deny(denied)
            self._send_off(refused.refusal, NOT_KNOWN)
        log.info("paired", extra={"station": paired.station, "branch": paired.branch})
        self.outbox.reply(encode(paired))
        raise Ending(DONE)

    async def _first(self) -> FirstMessage:
        try:
            async with asyncio.timeout(self._deadlines.hello_seconds):
                message = await self._socket.recv()
        except TimeoutError:
            raise Ending(HELLO_LATE) from None
        try:
            return read_first(message)
        except Unreadable as unreadable:
            self._send_off(unreadable.refusal, BAD_MESSAGES, field=unreadable.field)

    def _deny(self, denied: Denied) -> NoReturn:
        if denied.seconds is None:
            self._send_off(denied.refusal, NOT_KNOWN)
        # Not one line each: whoever guesses must not fill the log.
        retry_after_ms = ceil(denied.seconds * 1000)
        refused = self._refused("", denied.refusal, None, retry_after_ms=retry_after_ms)
        self.outbox.reply(encode(refused))
        raise Ending(TOO_OFTEN, retry_after_ms)

    def _send_off(
        self,
        refusal: Refusal,
        code: int,
        runner: BranchRunner | None = None,
        field: str | None = None,
    ) -> NoReturn:
        """Refuse for good: the same `Hello` would be refused again."""
        name = type(refusal).__name__
        log.info("sent off", extra={"code": name, "address": address_of(self._socket)})
        self.outbox.reply(encode(self._refused("", refusal, runner, field=field, final=True)))
        raise Ending(code)

    def _welcome(self, hello: Hello, caller: Caller, views: tuple[str, ...]) -> None:
        runner, actor = caller.runner, caller.actor
        welcome = Welcome(
            version=hello.version,
            branch=runner.id,
            station=actor.station,
            role=actor.role,
            epoch=self._reception.epoch,
            seq=runner.published.seq,
            at=runner.now,
            heartbeat_ms=round(self._deadlines.heartbeat_seconds * 1000),
            views=views,
            counter=actor.counter or None,
            day=runner.published.day,
            staff=actor.staff or None,
            kind=caller.guest.station.kind if caller.guest else None,
            time_zone=runner.published.config.time_zone,
            rehearsal_rate=self._reception.rehearsal_rate,
            **self._reception.secrets_of(actor.visit, runner.id),
        )
        self.outbox.reply(encode(welcome))
        for view in views:
            self._reception.listen(view, caller, self.outbox)

    # --- Commands ------------------------------------------------------------------------------

    async def _answer(self, message: str | bytes, caller: Caller) -> None:
        """Exactly one reply, whatever came."""
        began = self._now()
        if seconds := max(pace.take(began) for pace in self._paces):
            self._answer_too_often(message, seconds, caller, began)
            return
        self._too_often = False
        try:
            command = read_command(message)
        except Unreadable as unreadable:
            self._answer_unreadable(unreadable, caller, began)
            return
        name = type(command).__name__
        try:
            reply = await self._decided(command, caller)
            self.outbox.reply(encode(reply))
        except Unanswerable:
            self._note(name, "unanswerable", caller, began)
            raise Ending(DRAINING) from None
        except Exception:
            log.exception("a fault in %s", name, extra={"id": command.id, **_who(caller)})
            self._note(name, "fault", caller, began)
            raise Ending(FAULT) from None
        result = reply.code if isinstance(reply, Refused) else "Accepted"
        self._note(name, result, caller, began)

    async def _decided(self, request: Request, caller: Caller) -> Reply | HouseReply:
        if (refusal := await self._forbidden(request, caller)) is not None:
            return self._refused(request.id, refusal, caller.runner)
        if isinstance(request, FindSlots):
            found = caller.runner.slots(request)
            if isinstance(found, Refusal):
                return self._refused(request.id, found, caller.runner)
            return found
        if isinstance(request, FindAppointment):
            return await self._found(request, caller)
        if not isinstance(request, House):
            return await self._decided_on_the_floor(request, caller)
        assert caller.guest is not None, "a customer gives no house command"
        try:
            return await self._decided_in_the_house(request, caller, caller.guest)
        except IsRefused as refused:
            return self._refused(request.id, refused.refusal, caller.runner)

    async def _forbidden(self, request: Request, caller: Caller) -> Refusal | None:
        guest, people = caller.guest, self._reception.people
        held = guest.signed_in if guest is not None else None
        if held is not None and people.is_over(held, caller.times):
            await people.end(held, "expired")
        if (refusal := forbids(caller.actor, request)) is not None:
            return refusal
        # What a passer-by may try does not count as somebody being there.
        if isinstance(request, WHILE_LOCKED) or guest is None:
            return None
        if people.is_locked(guest):
            return Locked()
        if type(request) in NEEDS_PROOF and not people.has_proved(guest):
            return ProveAgain()
        named = named_in_lobby(request)
        if named is not None and not people.works_in_lobby(named, caller.runner.id):
            return NotOfTheLobby(named)
        return None

    async def _decided_in_the_house(
        self, request: House, caller: Caller, guest: Guest
    ) -> HouseReply:
        people = self._reception.people
        match request:
            case SignIn():
                return self._begin(await people.sign_in(request, guest, caller.times), caller)
            case Unlock():
                return self._begin(await people.unlock(request, guest, caller.times), caller)
            case SignOut():
                await people.sign_out(guest)
                return HouseAccepted(id=request.id, seq=people.keeper.house.seq)
            case SetOwnSecret():
                return await people.choose_secret(request, guest)
            case FindPerson() | ErasePerson():
                return await self._reception.own_data.answer(request, guest.actor)
            case AskExport():
                zone = caller.runner.published.config.time_zone
                return await self._reception.exports.ask(request, guest.actor, zone)
            case PreviewReload():
                return await self._reception.reloading.preview(request, self._language)
            case Reload():
                return await self._reception.reloading.reload(request, guest.actor)
            case _:
                return await self._reception.administration.arrange(request, guest)

    def _begin(self, signed_in: SignedIn, caller: Caller) -> SignedIn:
        """What this person may see, from now on and before the reply."""
        return replace(signed_in, views=self._listen_anew(caller))

    def _listen_anew(self, caller: Caller) -> tuple[str, ...]:
        views = self._views_of(caller)
        self._reception.hub.leave(self.outbox)
        self.outbox.forget_views()
        for view in views:
            self._reception.listen(view, caller, self.outbox)
        return views

    async def _found(self, query: FindAppointment, caller: Caller) -> HouseReply:
        try:
            return await self._reception.bookings.found(query, caller)
        except IsRefused as refused:
            return self._refused(query.id, refused.refusal, caller.runner)

    async def _decided_on_the_floor(self, command: Command, caller: Caller) -> Reply:
        try:
            if isinstance(command, OwnAppointment):
                command = await self._reception.bookings.meant(command, caller)
        except IsRefused as refused:
            return self._refused(command.id, refused.refusal, caller.runner)
        if isinstance(command, TakeRemoteTicket):
            seconds = self._reception.remote_tickets(caller).wait(self._now())
            if seconds:
                return self._refused(command.id, TooManyFromHere(ceil(seconds / 60)), caller.runner)
        answer = await caller.runner.submit(command, caller.actor)
        if isinstance(answer, Refusal):
            return self._refused(command.id, answer, caller.runner)
        if isinstance(command, BookAppointment | MoveAppointment):
            answer = self._reception.bookings.with_its_time(answer, caller.runner)
            return self._reception.bookings.with_its_secrets(answer, caller.runner.id)
        if isinstance(command, CheckIn) and answer.visit is not None:
            ahead = caller.runner.people_ahead(answer.visit)
            answer = self._reception.bookings.with_its_time(answer, caller.runner)
            answer = replace(answer, people_ahead=ahead)
            return self._reception.with_its_secrets(answer, caller.runner.id)
        if isinstance(command, TakeRemoteTicket):
            self._reception.remote_tickets(caller).take(self._now())
        if isinstance(command, GIVES_A_TICKET) and answer.visit is not None:
            ahead = caller.runner.people_ahead(answer.visit)
            wait = caller.runner.wait(answer.visit)
            answer = replace(answer, people_ahead=ahead, wait=wait)
            return self._reception.with_its_secrets(answer, caller.runner.id)
        return answer

    def _answer_too_often(
        self, message: str | bytes, seconds: float, caller: Caller, began: float
    ) -> None:
        refused = self._refused(
            id_of(message), RateLimited(), caller.runner, retry_after_ms=ceil(seconds * 1000)
        )
        self.outbox.reply(encode(refused))
        self._reception.metrics.too_often.labels(caller.kind).inc()
        if not self._too_often:
            # Once: a flood of messages must not become a flood of lines.
            self._note("", refused.code, caller, began)
        self._too_often = True
        if any(pace.unbearable for pace in self._paces):
            raise Ending(TOO_OFTEN, TOO_OFTEN_MS)

    def _answer_unreadable(self, unreadable: Unreadable, caller: Caller, began: float) -> None:
        refused = self._refused(
            unreadable.message_id, unreadable.refusal, caller.runner, field=unreadable.field
        )
        self.outbox.reply(encode(refused))
        self._note("", refused.code, caller, began)
        if not unreadable.bad:
            return
        self._bad_messages.append(began)
        oldest = self._bad_messages[0]
        if len(self._bad_messages) == BAD_MESSAGES_MAX and began - oldest < BAD_MESSAGES_SECONDS:
            raise Ending(BAD_MESSAGES)

    def _refused(
        self,
        message_id: str,
        refusal: Refusal,
        runner: BranchRunner | None,
        *,
        field: str | None = None,
        final: bool = False,
        retry_after_ms: int | None = None,
    ) -> Refused:
        """The refusal in the words of this connection's language."""
        code = type(refusal).__name__
        values = msgspec.structs.asdict(refusal)
        text = self._in_words(f"refusal.{code}", values, runner)
        if isinstance(refusal, Busy):
            retry_after_ms = round(self._reception.clock.uniform(*BUSY_MS))
        return Refused(
            id=message_id,
            code=code,
            text=text,
            field=field or refusal.at,
            values=values,
            final=final,
            retry_after_ms=retry_after_ms,
            faults=self._faults(refusal, runner),
        )

    def _faults(self, refusal: Refusal, runner: BranchRunner | None) -> tuple[AnswerFault, ...]:
        """What is wrong with each answer in a form."""
        if not isinstance(refusal, AnswersNotAccepted):
            return ()
        told = ((one, msgspec.structs.asdict(one)) for one in refusal.faults)
        return tuple(
            AnswerFault(
                field=one.field, text=self._in_words(f"answer_fault.{one.rule}", values, runner)
            )
            for one, values in told
        )

    def _in_words(self, key: str, values: dict[str, object], runner: BranchRunner | None) -> str:
        if runner is None:
            return say(self._language, key, values)
        config = runner.published.config
        names = names_of(config)
        return say(self._language, key, values, config.time_zone, names, today=runner.now)

    def _note(self, command: str, result: str, caller: Caller, began: float) -> None:
        """One line and one count for each; never what was said."""
        seconds = self._now() - began
        metrics = self._reception.metrics
        metrics.commands.labels(command, result).inc()
        metrics.command_seconds.observe(seconds)
        facts = {"command": command, "result": result, "ms": round(seconds * 1000, 1)}
        log.info("command", extra={**_who(caller), **facts})

    def _now(self) -> float:
        # Real also in a rehearsal; the loop's own time may count in whole milliseconds.
        return self._reception.clock.monotonic()


def _who(caller: Caller) -> dict[str, str]:
    actor = caller.actor
    return {
        "branch": caller.runner.id,
        "role": actor.role,
        "station": actor.station,
        "staff": actor.staff,
    }
