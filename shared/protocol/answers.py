"""The answer to a command of the branch: accepted, or refused and why."""

from __future__ import annotations

from typing import Any

from shared.protocol.shown import WaitShown
from shared.protocol.words import (
    AppointmentId,
    CommandId,
    Confidential,
    FieldId,
    Moment,
    Value,
    VisitId,
    Wire,
)


class Accepted(Confidential, frozen=True, kw_only=True):
    """The command took effect (now or when it was first sent) and is durable.

    `seq` is the journal's sequence after it: every view with that `seq` or more shows it.
    `link` is the customer's private link of a ticket just taken or printed again, or of an
    appointment just booked or moved; `short_code` what to type together with the number, or at
    the kiosk, where the link cannot be opened; `people_ahead` how many of its service come before
    it at this moment. With `late_minutes` the customer came too late for the appointment and
    waits like everybody.
    """

    id: CommandId
    seq: int
    visit: VisitId | None = None
    number: str | None = None
    link: str | None = None
    people_ahead: int | None = None
    short_code: str | None = None
    appointment: AppointmentId | None = None
    slot: Moment | None = None
    late_minutes: int | None = None
    wait: WaitShown | None = None


class AnswerFault(Value, frozen=True, kw_only=True):
    """What is wrong with one answer in a form, in the connection's language."""

    field: FieldId
    text: str


class Refused(Wire, frozen=True, kw_only=True):
    """The command changed nothing. `code` is the refusal's name, `field` the part at fault.

    `text` is a sentence in the connection's language that says what to do next. A `final`
    refusal ends the connection: the same `Hello` would be refused again. With
    `retry_after_ms` the same command may be sent again after that long.
    """

    id: str
    code: str
    text: str
    field: str | None = None
    values: dict[str, Any] = {}  # noqa: RUF012 - msgspec makes a new one for each
    final: bool = False
    retry_after_ms: int | None = None
    faults: tuple[AnswerFault, ...] = ()
