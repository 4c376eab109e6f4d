"""A link without a network: answers by script, views by hand, commands on record.

It is a `Link` in which only the wire is missing: what a screen sees of views, states and ends
cannot differ from the real thing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Self, TypeAlias

import msgspec

from shared.feeds import Bell
from shared.link import Link, State
from shared.protocol import (
    VERSION,
    Accepted,
    Command,
    Hello,
    House,
    HouseAccepted,
    HouseReply,
    Query,
    Refused,
    Reply,
    SignedIn,
    SignIn,
    SignInEnd,
    SignOut,
    Unlock,
    View,
    Welcome,
)
from shared.sender import LinkEndedError, Recovered

Answer: TypeAlias = Reply | Exception | Callable[[Command], Reply]
"""An answer to one command; its id is put right. An exception is raised instead."""


class FakeLink(Link):
    """A link for tests of screens and for demonstrations.

    Every command is accepted at once, unless `answer_with` says otherwise or `hold` keeps all
    answers back until `release`. `sent` holds the commands in their order.
    """

    def __init__(self, *views: View, welcome: Welcome | None = None) -> None:
        super().__init__("ws://link.invalid", Hello(version=VERSION))
        self.sent: list[Command] = []
        self.requests: list[House | Query] = []
        self._script: deque[Answer] = deque()
        self._replies: deque[HouseReply] = deque()
        self._pursued: list[tuple[Command, Answer]] = []
        self._held = False
        self._ids = 0
        self._taken = 0
        self._ring = Bell()
        self._welcome = welcome
        self._state: State = "live"
        self.push(*views)

    async def __aenter__(self) -> Self:
        return self

    def new_id(self) -> str:
        """The next of ids that are the same in each test."""
        self._ids += 1
        return f"command-{self._ids:08d}"

    async def send(self, command: Command, *, pursue: bool = True) -> Reply:
        """Record the command and answer it by the script."""
        if self._ended:
            raise LinkEndedError(self._refusal)
        self.sent.append(command)
        self._ring.ring()
        answer = self._script.popleft() if self._script else _accepted(len(self.sent))
        try:
            while self._held and not self._ended:
                await self._ring.wait()
        except asyncio.CancelledError:
            if pursue:
                self._pursued.append((command, answer))
            raise
        if self._ended:
            raise LinkEndedError(self._refusal)
        return _reply(answer, command)

    async def request(self, command: House | Query) -> HouseReply:
        """Record it and answer it by the script; whoever signs in without one, is signed in."""
        self.requests.append(command)
        reply = self._replies.popleft() if self._replies else self._as_wished(command)
        reply = msgspec.structs.replace(reply, id=command.id)
        self._answered_request(reply)
        if isinstance(command, SignOut) and not isinstance(reply, Refused):
            self._nobody()
        return reply

    def _as_wished(self, command: House | Query) -> HouseReply:
        if not isinstance(command, SignIn | Unlock):
            return HouseAccepted(id=command.id, seq=len(self.requests))
        staff = command.staff if isinstance(command, SignIn) else self.staff or ""
        token = f"token of {staff}"
        return SignedIn(
            id=command.id, token=token, staff=staff, role="teller", until=0, idle_ms=900_000
        )

    # --- What a test can do ------------------------------------------------------------------

    def push(self, *views: View) -> None:
        """Let views arrive."""
        for view in views:
            self._feeds.take(view)

    def answer_with(self, *answers: Answer) -> None:
        """What the next commands are answered, one each."""
        self._script.extend(answers)

    def reply_with(self, *replies: HouseReply) -> None:
        """What the next requests about people or stations are answered, one each."""
        self._replies.extend(replies)

    def end_sign_in(self, reason: SignInEnd = "expired") -> None:
        """Let the server end the sign-in."""
        self._sign_in_end = reason
        self._nobody()

    def hold(self) -> None:
        """Keep all answers back, as a cut line does."""
        self._held = True

    def release(self) -> None:
        """Let the answers through; the ones nobody waits for any more are recovered."""
        self._held = False
        self._ring.ring()
        for command, answer in self._pursued:
            self.recover(command, _reply(answer, command))
        self._pursued.clear()

    async def next_command(self) -> Command:
        """The next command sent that was not handed out here yet; waits for it."""
        while len(self.sent) <= self._taken:
            await self._ring.wait()
        self._taken += 1
        return self.sent[self._taken - 1]

    def become(self, state: State) -> None:
        """Change the state, as cuts and silence do; for "refused" see `refuse`."""
        assert state != "refused"
        self._change(state)

    def refuse(self, refusal: Refused) -> None:
        """End the link for ever."""
        self.sent_away(refusal)
        self._ring.ring()

    def recover(self, command: Command, reply: Reply) -> None:
        """Let an answer arrive that nobody waits for."""
        self._sender.offer(Recovered(command, reply))

    def restore(self) -> None:
        """Let the server come back with a restored journal: all views are forgotten."""
        self._feeds.forget()


def _accepted(seq: int) -> Answer:
    return lambda command: Accepted(id=command.id, seq=seq)


def _reply(answer: Answer, command: Command) -> Reply:
    if isinstance(answer, Exception):
        raise answer
    reply = answer(command) if callable(answer) else answer
    return msgspec.structs.replace(reply, id=command.id)
