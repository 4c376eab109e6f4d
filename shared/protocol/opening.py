"""How a connection begins and stays alive: who is calling, who answers, the heart that beats."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from shared.protocol.words import (
    BranchId,
    Code,
    Confidential,
    CounterId,
    DayName,
    FeedName,
    Language,
    Moment,
    PersonalSecret,
    Role,
    Secret,
    ShortCode,
    StaffId,
    StationId,
    StationKind,
    StationName,
    Wire,
)


class Hello(Confidential, frozen=True, kw_only=True):
    """The first message: who is calling, and what it wants to see.

    Either `station` and `secret` (a paired terminal), or `ticket` (the customer's own link), or
    `appointment_link` (that of an appointment), or `number` and `short_code` as they stand on the
    ticket, with the `branch` where the server has several. Whoever has none of these may come as a
    `visitor` of the branch's page, where phones have an address.
    `token` brings a sign-in back after the connection was lost. `views` names feeds such as
    `DisplayView` or `CounterView:3`; left out, the station gets the view of its role. Where
    people sign in, views begin when somebody has.
    """

    version: Annotated[int, Meta(ge=1, le=10_000)]
    station: Annotated[str, Meta(max_length=64, pattern=r"^[0-9A-Za-z_.-]*\Z")] = ""
    secret: Secret = ""
    token: Secret = ""
    ticket: Secret = ""
    appointment_link: Secret = ""
    branch: Annotated[str, Meta(max_length=32, pattern=r"^[0-9A-Za-z_-]*\Z")] = ""
    number: Annotated[str, Meta(max_length=8, pattern=r"^([A-Z]{0,2}[0-9]{1,6})?\Z")] = ""
    short_code: ShortCode = ""
    visitor: bool = False
    language: Language = "zh"
    views: Annotated[tuple[FeedName, ...], Meta(max_length=8)] = ()


class Pair(Confidential, frozen=True, kw_only=True):
    """The first message of a terminal that is to become a station: the code it was invited by.

    Answered with `Paired`, once; then the connection ends, and the station says `Hello` with
    its secret. `branch` may be left out where the server has only one.
    """

    version: Annotated[int, Meta(ge=1, le=10_000)]
    code: Code
    branch: Annotated[str, Meta(max_length=32, pattern=r"^[0-9A-Za-z_-]*\Z")] = ""
    language: Language = "zh"


class SetUp(Confidential, frozen=True, kw_only=True):
    """The first message to a new server, with the code it printed when it started.

    Makes the first administrator, and the sender that person's desk: answered with `Paired`.
    """

    version: Annotated[int, Meta(ge=1, le=10_000)]
    code: Code
    staff: StaffId
    password: PersonalSecret
    language: Language = "zh"


class Paired(Confidential, frozen=True, kw_only=True):
    """The answer to a good `Pair` or `SetUp`. The secret is told this once: keep it."""

    station: StationId
    kind: StationKind
    branch: BranchId
    secret: str
    counter: CounterId | None = None
    name: StationName = ""
    otp_secret: str = ""


class Welcome(Confidential, frozen=True, kw_only=True):
    """The answer to a good `Hello`.

    A customer is told the ticket's `link` and `short_code` as well, where phones have an address:
    who came by the code can go on by the link, which no limit on codes concerns.

    `epoch` changes when the journal was restored from a copy: forget all views then. Only in a
    rehearsal is there a `rehearsal_rate`: between two messages the branch's time runs so many
    times as fast as the client's.
    """

    version: int
    branch: str
    station: str
    role: Role
    epoch: str
    seq: int
    at: Moment
    heartbeat_ms: int
    views: tuple[str, ...] = ()
    counter: CounterId | None = None
    day: DayName | None = None
    staff: StaffId | None = None
    kind: StationKind | None = None
    time_zone: str = "UTC"
    link: str | None = None
    short_code: str | None = None
    rehearsal_rate: float | None = None


class Heartbeat(Wire, frozen=True, kw_only=True):
    """Sent every `heartbeat_ms`: the connection and the branch are alive, at this sequence."""

    seq: int
    at: Moment
    epoch: str
