"""Holds the conversation of `protocol.md`: a kiosk gives a ticket and a counter calls it.

Nothing of it is typed in: the commands are decided and applied by the real domain, the views
are built from the state that results, and every line is what the encoder makes of a struct.
Only the ids, the secrets and the clock are made up, so that the page is always the same.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
from msgspec import Struct

from server.answers import accepted
from server.auth import default_views
from server.domain.apply import apply
from server.domain.commands import AnyCommand, Configure, TimePassed
from server.domain.configuration import (
    BranchConfig,
    CounterConfig,
    Hours,
    HoursRule,
    ServiceConfig,
)
from server.domain.decide import decide
from server.domain.events import Event
from server.domain.refusals import Refused as IsRefused
from server.domain.state import CLOCK, Actor, Stamp, new_branch
from server.domain.views import build
from server.links import TicketLinks
from server.signins import IDLE_MINUTES, LIFE_SECONDS
from shared.i18n import say
from shared.protocol import (
    VERSION,
    Accepted,
    CallNext,
    Command,
    FinishService,
    Heartbeat,
    Hello,
    OpenCounter,
    Refused,
    SignedIn,
    SignIn,
    StationKind,
    TakeTicket,
    View,
    Welcome,
    Words,
    encode,
)

DAY: Final = "2026-11-16"  # a Monday
MORNING: Final = 1_794_790_800_000  # 09:00 in the branch's zone
SECOND_MS: Final = 1_000

EPOCH: Final = "6f1c1d0a9be24c5e8d5d3f0a7b924e61"
PUBLIC_URL: Final = "https://queue.bank.example"
LINKS: Final = TicketLinks(b"the key of this page's example")
HEARTBEAT_MS: Final = 5_000

TOKEN, PIN = "w1Vd0cTq3xYbL8sKf5ZrUe7NjHm2GaPo", "480517"

KIOSK: Final = Actor(role="kiosk", station="kiosk-1")
COUNTER: Final = Actor(role="counter", station="counter-1", counter=1)
TELLER: Final = Actor(role="teller", station="counter-1", staff="li", counter=1)

CONFIG: Final = BranchConfig(
    id="main",
    name=Words(zh="示范支行", en="Model branch"),
    services=(
        ServiceConfig(id="A", series="A", name=Words(zh="存取款·转账", en="Cash and transfers")),
    ),
    counters=(CounterConfig(id=1, name=Words(zh="一号窗口", en="Counter one"), services=("A",)),),
    hours=Hours(
        rules=(
            HoursRule(
                days=("mon",),
                opens="09:00",
                closes="17:00",
                tickets_from="08:45",
                tickets_until="16:45",
            ),
        )
    ),
)


class Played:
    """A branch that is really played, without a network, a journal or a clock."""

    def __init__(self) -> None:
        self.branch = new_branch(CONFIG)
        self.now = MORNING
        self._happen(Configure(CONFIG), CLOCK)
        self._happen(TimePassed(), CLOCK)

    def answer(self, command: Command, actor: Actor) -> Accepted | Refused:
        """The reply to a command that comes some seconds after the one before."""
        self.now += 7 * SECOND_MS
        try:
            events = self._happen(command, actor)
        except IsRefused as refused:
            return _refused(command, refused)
        reply = accepted(command.id, events, self.branch.seq)
        if isinstance(command, TakeTicket) and reply.visit is not None:
            link = f"{PUBLIC_URL}/t/{LINKS.secret(self.branch.id, reply.visit)}"
            short_code = LINKS.short_code(self.branch.id, reply.visit)
            return msgspec.structs.replace(reply, link=link, short_code=short_code)
        return reply

    def welcome(self, actor: Actor, kind: StationKind) -> Welcome:
        """The answer to a good hello."""
        return Welcome(
            version=VERSION,
            branch=self.branch.id,
            station=actor.station,
            role=actor.role,
            epoch=EPOCH,
            seq=self.branch.seq,
            at=self.now,
            heartbeat_ms=HEARTBEAT_MS,
            views=default_views(actor),
            counter=actor.counter or None,
            day=DAY,
            kind=kind,
        )

    def signed_in(self, command: SignIn, actor: Actor) -> SignedIn:
        """The answer to a good sign-in."""
        return SignedIn(
            id=command.id,
            token=TOKEN,
            staff=command.staff,
            role=actor.role,
            until=self.now + LIFE_SECONDS * SECOND_MS,
            idle_ms=IDLE_MINUTES * 60 * SECOND_MS,
            views=default_views(actor),
        )

    def view(self, actor: Actor) -> View:
        """What this actor sees now."""
        view = build(self.branch, default_views(actor)[0], self.now)
        assert view is not None
        return view

    def heartbeat(self) -> Heartbeat:
        """What every connection is sent from time to time."""
        return Heartbeat(seq=self.branch.seq, at=self.now, epoch=EPOCH)

    def _happen(self, command: AnyCommand, actor: Actor) -> list[Event]:
        command_id = command.id if isinstance(command, Command) else ""
        stamp = Stamp(at=self.now, actor=actor, command_id=command_id)
        events = decide(self.branch, command, stamp)
        for event in events:
            apply(self.branch, event, stamp)
        return events


def gaps() -> dict[str, str]:
    """What the conversation puts into the template."""
    played = Played()
    kiosk_hello = _hello(KIOSK, "Ws0Yc3kXk6u2v1m0wQmJ7pN8fTzL4hRb")
    take = TakeTicket(id="kiosk-1-000000000001", day=DAY, service="A", language="en")
    sign_in = SignIn(id="counter-1-000000000000", staff="li", secret=PIN)
    open_ = OpenCounter(id="counter-1-000000000001", day=DAY, counter=1)
    call = CallNext(id="counter-1-000000000002", day=DAY, counter=1)
    too_early = FinishService(id="counter-1-000000000003", day=DAY, counter=1)

    texts = {
        "hello": _exchange(kiosk_hello, played.welcome(KIOSK, "kiosk"), played.view(KIOSK)),
        "taken": _command(played, take, KIOSK),
        "teller_hello": _exchange(
            _hello(COUNTER, "b7RrT0yqzW5nHc9GmXe2LkVa8DsPj1Uf"),
            played.welcome(COUNTER, "counter"),
        ),
        "signed_in": _exchange(sign_in, played.view(TELLER), played.signed_in(sign_in, TELLER)),
        "opened": _command(played, open_, TELLER),
        "called": _command(played, call, TELLER),
        "kiosk_after_call": _block("←", played.view(KIOSK)),
        "refused": _command(played, too_early, TELLER),
        "heartbeat": _block("←", played.heartbeat()),
    }
    return {f"example_{name}": text for name, text in texts.items()}


def _command(played: Played, command: Command, actor: Actor) -> str:
    reply = played.answer(command, actor)
    views = [played.view(actor)] if isinstance(reply, Accepted) else []
    return _exchange(command, *views, reply)


def _hello(actor: Actor, secret: str) -> Hello:
    return Hello(version=VERSION, station=actor.station, secret=secret, language="en")


def _refused(command: Command, refused: IsRefused) -> Refused:
    code = type(refused.refusal).__name__
    values = msgspec.structs.asdict(refused.refusal)
    return Refused(
        id=command.id,
        code=code,
        text=say("en", f"refusal.{code}", values),
        field=refused.refusal.at,
        values=values,
    )


# --- How it looks ------------------------------------------------------------------------------


def _exchange(said: Struct, *heard: Struct) -> str:
    return "\n\n".join([_block("→", said), *(_block("←", message) for message in heard)])


def _block(arrow: str, message: Struct) -> str:
    whose = "the client sends" if arrow == "→" else "the server sends"
    return f"{arrow} {whose}\n\n```json\n{_laid_out(encode(message))}\n```"


def _laid_out(message: bytes) -> str:
    """The message as it was encoded, each of its fields and each entry of a list on a line."""
    fields: dict[str, Any] = json.loads(message)
    lines = [f"  {_compact(name)}: {_value(value)}" for name, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _value(value: object) -> str:
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        return "[\n" + ",\n".join(f"    {_compact(entry)}" for entry in value) + "\n  ]"
    return _compact(value)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
