"""What commands say of people: taken out before they are decided, and kept with what came of it.

Which of their fields those are, the commands say themselves; how a value is sealed is left to the
vault. This is the only place that knows which event makes which row, and how long it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from server.domain import hours
from server.domain.booked import of_the_day
from server.domain.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCheckedIn,
    AppointmentMoved,
    AppointmentWalkedIn,
    Event,
    FormFilled,
    PersonForgotten,
    PersonRecorded,
    RatingAnswered,
    TicketTransferred,
)
from server.domain.forms import key_of as key_of_answer
from server.domain.forms import keys as keys_of_answers
from server.domain.known import Known, PersonKnown
from server.domain.refusals import MailNotValid, PhoneNotValid, Refused
from server.domain.reminders import TOLD_MS
from server.domain.state import Branch, Day
from server.vault.masking import mask
from server.vault.phones import is_phone, normal_phone
from server.vault.rows import (
    COMMENT,
    CONTACT_KEPT_MS,
    FORM,
    MAIL,
    NAME,
    NOTE,
    PHONE,
    VISIT,
    PrivateRow,
    comment_field,
    form_field,
    key_of,
    note_field,
    of_person,
    of_visit,
    visit_value,
)
from shared.cleaning import redact_digits
from shared.mail_addresses import is_mail
from shared.private import bare, said_of_a_person
from shared.protocol import BranchCommand, PersonShown

Said = TypeVar("Said", bound=BranchCommand)


class Confided(Struct, frozen=True):
    """What a command says of a person, by its fields, and the new id to keep it under; `same`
    are the ids that have the same telephone number."""

    id: str
    values: Mapping[str, str]
    same: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Confided(id={self.id!r})"


def apart(command: Said) -> tuple[Said, dict[str, str]]:
    """The command as it may be decided and written down, and what it says of a person.

    Raises Refused where that cannot be kept.
    """
    said = said_of_a_person(command)
    if not said:
        return command, said
    if PHONE in said:
        if not is_phone(said[PHONE]):
            raise Refused(PhoneNotValid())
        said[PHONE] = normal_phone(said[PHONE])
    if MAIL in said and not is_mail(said[MAIL]):
        raise Refused(MailNotValid())
    for free in (NOTE, COMMENT):
        if free in said:
            # Written in a hurry, or once and for all: cut, not refused.
            said[free] = redact_digits(said[free])
    return bare(command), said


# --- What is written -------------------------------------------------------------------------


class Private(Struct, frozen=True):
    """What is to be kept of people besides some events, and the subjects to be forgotten."""

    rows: Sequence[PrivateRow] = ()
    gone: Sequence[str] = ()


NOTHING: Final = Private()

PRIVATE: Final = (
    PersonForgotten,
    FormFilled,
    AppointmentBooked,
    AppointmentMoved,
    AppointmentCheckedIn,
    AppointmentWalkedIn,
    AppointmentCancelled,
)
"""Events that may have to do with somebody who said nothing now."""

_BOOKED_AS: Final = {field: form_field(field) for field in ("note", "amount")}
"""What is said with an appointment besides name and number is kept as answers in a form."""


def kept_with(branch: Branch, events: Sequence[Event], confided: Confided | None) -> Private:
    """What is private about these events, which have just happened in the branch."""
    if confided is None and not any(isinstance(event, PRIVATE) for event in events):
        return NOTHING
    rows: list[PrivateRow] = []
    gone: list[str] = []
    for event in events:
        match event:
            case PersonRecorded():
                assert confided is not None, "only what somebody said is recorded"
                rows += _recorded(branch, event, confided.values)
            case TicketTransferred(note_id=str(note)):
                assert confided is not None, "only what somebody wrote is noted"
                subject, until = of_visit(event.visit), _day(branch).ends_at
                text = confided.values[NOTE]
                rows.append(PrivateRow(branch.id, subject, note_field(note), text, until))
            case FormFilled():
                rows += _filled(branch, event, confided.values if confided else {})
            case RatingAnswered(source="phone") if confided is not None:
                rows.append(_said_of_a_service(branch, event.question, confided.values))
            case AppointmentBooked() | AppointmentMoved() if confided is not None:
                rows += _booked(branch, event.appointment, confided.values)
            case AppointmentCheckedIn() | AppointmentWalkedIn():
                rows += _came(branch, event.appointment, event.visit)
            case AppointmentCancelled(by="customer" | "staff") if confided is not None:
                rows += _until_told(branch, event.appointment, confided.values)
            case AppointmentCancelled(by="customer" | "staff"):
                person = branch.appointments[event.appointment].person
                rows += _nothing_left(branch, person)
                gone += [of_person(person)] if person else []
            case PersonForgotten():
                rows += _blanks(branch, event)
                gone += [of_person(event.person)] if event.person else []
                gone.append(of_visit(event.visit))
            case _:
                pass
    return Private(rows, gone)


def _recorded(
    branch: Branch, event: PersonRecorded, values: Mapping[str, str]
) -> Iterator[PrivateRow]:
    day, number = _day(branch), branch.visits[event.visit].number
    until = day.ends_at + CONTACT_KEPT_MS
    # The visit too: by its number a person can be found who left no telephone number.
    for field, value in {**values, VISIT: visit_value(day.date, number)}.items():
        yield PrivateRow(branch.id, of_person(event.person), field, value, until)


def _filled(branch: Branch, event: FormFilled, answers: Mapping[str, str]) -> Iterator[PrivateRow]:
    """The answers, until the end of the day; nothing, in the place of those that were withdrawn."""
    subject, service = of_visit(event.visit), branch.visits[event.visit].service
    for field, answer in answers.items():
        key = form_field(key_of_answer(service, field))
        yield PrivateRow(branch.id, subject, key, answer, _day(branch).ends_at)
    for key in event.withdrawn:
        yield PrivateRow(branch.id, subject, form_field(key), "", 0)


def _said_of_a_service(branch: Branch, question: int, values: Mapping[str, str]) -> PrivateRow:
    """Read by whoever is on duty, and gone with the day, as notes are."""
    day = _day(branch)
    subject, field = of_visit(day.questions[question].visit), comment_field(question)
    return PrivateRow(branch.id, subject, field, values[COMMENT], day.ends_at)


def _booked(branch: Branch, appointment: int, values: Mapping[str, str]) -> Iterator[PrivateRow]:
    """Until seven days after it; of a moved one so long after the new time."""
    one = branch.appointments[appointment]
    if not one.person:
        return
    day = hours.local_date(branch.config, one.slot)
    until = hours.day_ends(branch.config, day) + CONTACT_KEPT_MS
    for field, value in values.items():
        place = _BOOKED_AS.get(field, field)
        yield PrivateRow(branch.id, of_person(one.person), place, value, until)


def _came(branch: Branch, appointment: int, visit: int) -> Iterator[PrivateRow]:
    """By the number of the visit, too, the person can be found from now on."""
    person, day = branch.appointments[appointment].person, _day(branch)
    if person:
        until = day.ends_at + CONTACT_KEPT_MS
        value = visit_value(day.date, branch.visits[visit].number)
        yield PrivateRow(branch.id, of_person(person), VISIT, value, until)


def _nothing_left(branch: Branch, person: str) -> Iterator[PrivateRow]:
    if person:
        for field in (NAME, PHONE, MAIL, *_BOOKED_AS.values()):
            yield PrivateRow(branch.id, of_person(person), field, "", 0)


def _until_told(
    branch: Branch, appointment: int, values: Mapping[str, str]
) -> Iterator[PrivateRow]:
    """Where to tell that it is cancelled; nothing else, and for a day at the most."""
    one = branch.appointments[appointment]
    for row in _nothing_left(branch, one.person):
        if (value := values.get(row.field, "")) and row.field in (PHONE, MAIL):
            yield replace(row, value=value, purge_at=one.changed_at + TOLD_MS)
        else:
            yield row


def _blanks(branch: Branch, event: PersonForgotten) -> Iterator[PrivateRow]:
    """Nothing, in the place of what is known to be there: with the event or not at all. The rows
    themselves are deleted afterwards."""
    if event.person:
        for field in (NAME, PHONE, MAIL, VISIT, *_BOOKED_AS.values()):
            yield PrivateRow(branch.id, of_person(event.person), field, "", 0)
    visit = branch.visits[event.visit]
    if note := visit.note_id:
        yield PrivateRow(branch.id, of_visit(visit.id), note_field(note), "", 0)
    for key in keys_of_answers(branch.config, visit):
        yield PrivateRow(branch.id, of_visit(visit.id), form_field(key), "", 0)
    for question in _commented(branch, visit.id):
        yield PrivateRow(branch.id, of_visit(visit.id), comment_field(question), "", 0)


def _commented(branch: Branch, visit: int) -> list[int]:
    """The questions of a visit about which something may have been said by its link."""
    questions = _day(branch).questions
    return [one for one in branch.visits[visit].questions if questions[one].source == "phone"]


def _day(branch: Branch) -> Day:
    assert branch.day is not None, "people come on business days"
    return branch.day


def notes_of(branch: Branch, subjects: Iterable[str], day: str, number: str) -> list[str]:
    """Where notes may be kept of today's visits of these people, or with this number."""
    if branch.day is None:
        return []
    wanted = set(subjects)
    theirs = {v for v, person in branch.day.persons.items() if of_person(person) in wanted}
    if branch.day.date == day:
        theirs |= {visit.id for visit in branch.visits.values() if visit.number == number}
    return [of_visit(visit) for visit in sorted(theirs)]


# --- What is shown ---------------------------------------------------------------------------


def subjects_of_today(branch: Branch) -> list[str]:
    """Everything under which something may be kept that a screen shows today."""
    persons = dict.fromkeys(branch.day.persons.values() if branch.day else ())
    persons |= dict.fromkeys(one.person for one in of_the_day(branch) if one.person)
    noted = (v.id for v in branch.visits.values() if v.note_id or v.answered)
    asked = branch.day.questions.values() if branch.day else ()
    commented = (one.visit for one in asked if one.source == "phone")
    return [*map(of_person, persons), *map(of_visit, dict.fromkeys((*noted, *commented)))]


def learn(known: Known, row: PrivateRow) -> None:
    """Let the views know what a row says."""
    kind, _, key = row.field.partition(".")
    if kind == NOTE:
        known.notes.setdefault(int(key_of(row.subject)), {})[key] = row.value
    elif kind == FORM and row.subject.startswith(f"{VISIT}:"):
        known.answers.setdefault(int(key_of(row.subject)), {})[key] = row.value
    elif kind == COMMENT:
        known.comments.setdefault(int(key_of(row.subject)), {})[int(key)] = row.value
    elif (field := _SHOWN.get(row.field)) is not None:
        before = known.person(key_of(row.subject))
        full = replace(before.full if before else PersonShown(), **{field: row.value})
        masked = PersonShown(name=mask(NAME, full.name), phone=mask(PHONE, full.phone))
        known.persons[key_of(row.subject)] = PersonKnown(full, masked)


_SHOWN: Final = {NAME: "name", PHONE: "phone"} | {kept: said for said, kept in _BOOKED_AS.items()}


def unlearn(known: Known, subjects: Iterable[str]) -> None:
    """Let the views know nothing more of what was deleted."""
    for subject in subjects:
        key = key_of(subject)
        if subject == of_person(key):
            known.persons.pop(key, None)
        elif subject == of_visit(int(key)):
            known.notes.pop(int(key), None)
            known.answers.pop(int(key), None)
            known.comments.pop(int(key), None)


def take_in(known: Known, private: Private) -> None:
    """Let the views know what has been written, and nothing more of what was forgotten."""
    for row in private.rows:
        learn(known, row)
    unlearn(known, private.gone)
