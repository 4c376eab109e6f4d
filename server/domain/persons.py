"""The decisions about whose visit it is. No name or number comes here, only the id for them."""

from __future__ import annotations

from server.domain.events import Event, PersonForgotten, PersonRecorded
from server.domain.find import day_of, live_visit_of, visit_of
from server.domain.refusals import NobodyRecorded, NothingToRecord, Refused, TicketNotInHand
from server.domain.state import Branch, Stamp, Visit
from shared.protocol import ForgetPerson, RecordPerson


def record(branch: Branch, command: RecordPerson, stamp: Stamp) -> list[Event]:
    """A name or a telephone number, for the first time or corrected."""
    visit = live_visit_of(branch, command.visit)
    _refuse_other_tellers(visit, stamp)
    if not stamp.private:
        raise Refused(NothingToRecord())
    person = day_of(branch).persons.get(visit.id, stamp.private)
    return [PersonRecorded(visit=visit.id, person=person)]


def forget(branch: Branch, command: ForgetPerson, stamp: Stamp) -> list[Event]:
    """All that was written down of this visit's person, also when the visit is over."""
    visit = visit_of(branch, command.visit)
    _refuse_other_tellers(visit, stamp)
    person = day_of(branch).persons.get(visit.id, "")
    if not person and visit.note_id is None and not visit.answered:
        raise Refused(NobodyRecorded(visit.number))
    return [PersonForgotten(visit=visit.id, person=person)]


def _refuse_other_tellers(visit: Visit, stamp: Stamp) -> None:
    """A teller knows whom the own counter serves, and nobody else."""
    if stamp.actor.role == "teller" and visit.counter != stamp.actor.counter:
        raise Refused(TicketNotInHand(visit.number))
