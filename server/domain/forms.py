"""Forms that customers fill in while they wait (免填单): what they ask, and whether answers fit.

The answers themselves are looked at here and forgotten: no event and no state holds them. Where
they are kept, under the keys that are made here, is `server/private.py`'s affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from unicodedata import normalize

from server.domain.configuration import BranchConfig, FieldConfig
from server.domain.events import Event, FormFilled
from server.domain.find import day_of, unserved_visit_of
from server.domain.refusals import (
    AnswerRule,
    AnswersNotAccepted,
    FaultyAnswer,
    NoForm,
    NothingFilledIn,
    Refused,
)
from server.domain.state import Branch, Stamp, Visit
from shared.protocol import (
    AnswerShown,
    ChoiceShown,
    FieldKind,
    FillForm,
    FormField,
    TicketState,
    Words,
)

NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?\Z")
"""As sums of money are written; in the middle there may be commas and spaces."""

FILLED_IN: Final[frozenset[TicketState]] = frozenset(
    {"waiting", "called", "parked", "missed", "diverted"}
)
"""Not while the teller is at work with it, nor afterwards."""

DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


# --- Filling in ------------------------------------------------------------------------------


def fill(branch: Branch, command: FillForm, stamp: Stamp) -> list[Event]:
    """What was filled in, in the place of what was before; without any answer, nothing is left."""
    visit = unserved_visit_of(branch, command.visit)
    form = form_of(branch.config, visit.service)
    if not form:
        raise Refused(NoForm(visit.service))
    before = [key for key in visit.answered if key in _keys(visit.service, form)]
    if not stamp.answers and not before:
        raise Refused(NothingFilledIn())
    faults = tuple(_faults(form, stamp.answers, day_of(branch).date)) if stamp.answers else ()
    if faults:
        raise Refused(AnswersNotAccepted(faults))
    now = [key_of(visit.service, field) for field in stamp.answers]
    others = [key for key in visit.answered if key not in before]
    return [
        FormFilled(
            visit=visit.id,
            fields=(*others, *now),
            withdrawn=tuple(key for key in before if key not in now),
        )
    ]


def key_of(service: str, field: str) -> str:
    """What an answer is kept under: fields have no underscore, so that no two are alike."""
    return f"{service}_{field}"


def keys(config: BranchConfig, visit: Visit) -> list[str]:
    """All that may be kept of a visit."""
    services = dict.fromkeys(one.service for one in visit.transactions)
    return [key for s in services for key in _keys(s, form_of(config, s))]


def form_of(config: BranchConfig, service: str) -> tuple[FieldConfig, ...]:
    """The form of a service; of one that is gone, none."""
    found = config.service(service)
    return found.form if found else ()


def _keys(service: str, form: tuple[FieldConfig, ...]) -> list[str]:
    return [key_of(service, field.id) for field in form]


# --- Rules -----------------------------------------------------------------------------------


def _faults(
    form: tuple[FieldConfig, ...], answers: Mapping[str, str], today: str
) -> Iterator[FaultyAnswer]:
    """What is wrong, at most one thing for each field, in the order of the form."""
    known = {field.id for field in form}
    yield from (FaultyAnswer(field, "unknown") for field in answers if field not in known)
    for field in form:
        answer = answers.get(field.id, "")
        fault = _fault(field, answer, today)
        if fault is not None:
            yield fault


def _fault(field: FieldConfig, answer: str, today: str) -> FaultyAnswer | None:
    if not answer:
        return FaultyAnswer(field.id, "required") if field.required else None
    return _RULES[field.kind](field, answer, today)


def _wrong_text(field: FieldConfig, answer: str, _today: str) -> FaultyAnswer | None:
    if field.length_min <= len(answer) <= field.length_max:
        return None
    bounds = str(field.length_min), str(field.length_max)
    return FaultyAnswer(field.id, "length", *bounds)


def _wrong_number(field: FieldConfig, answer: str, _today: str) -> FaultyAnswer | None:
    # Full-width digits, and commas between thousands, are as good as any.
    plain = normalize("NFKC", answer).replace(",", "").replace(" ", "")
    if not NUMBER.match(plain):
        return FaultyAnswer(field.id, "no_number")
    number = Decimal(plain)
    low = field.least is not None and number < field.least
    high = field.most is not None and number > field.most
    return _outside(field, field.least, field.most) if low or high else None


def _wrong_choice(field: FieldConfig, answer: str, _today: str) -> FaultyAnswer | None:
    there = any(choice.id == answer for choice in field.choices)
    return None if there else FaultyAnswer(field.id, "no_choice")


def _wrong_date(field: FieldConfig, answer: str, today: str) -> FaultyAnswer | None:
    try:
        wanted = date.fromisoformat(answer) if DATE.match(answer) else None
    except ValueError:
        wanted = None
    if wanted is None:
        return FaultyAnswer(field.id, "no_date")
    earliest, latest = _dates(field, today)
    low = earliest is not None and wanted < earliest
    high = latest is not None and wanted > latest
    return _outside(field, earliest, latest) if low or high else None


_RULES: Final[Mapping[FieldKind, Callable[[FieldConfig, str, str], FaultyAnswer | None]]] = {
    "text": _wrong_text,
    "number": _wrong_number,
    "choice": _wrong_choice,
    "date": _wrong_date,
}


def _dates(field: FieldConfig, today: str) -> tuple[date | None, date | None]:
    here = date.fromisoformat(today)
    earliest, latest = (
        None if days is None else here + timedelta(days=days)
        for days in (field.earliest_days, field.latest_days)
    )
    return earliest, latest


def _outside(field: FieldConfig, least: object, most: object) -> FaultyAnswer:
    """Between two bounds, or beyond the only one there is."""
    rule: AnswerRule = "between"
    if least is None or most is None:
        rule = "at_most" if least is None else "at_least"
    bounds = ("" if one is None else str(one) for one in (least, most))
    return FaultyAnswer(field.id, rule, *bounds)


# --- What is shown ---------------------------------------------------------------------------


def asked(branch: Branch, visit: Visit) -> tuple[FormField, ...]:
    """The form for the customer's page; none once the ticket is served, or between days."""
    if branch.day is None or visit.state not in FILLED_IN:
        return ()
    return tuple(_asked(field, branch.day.date) for field in form_of(branch.config, visit.service))


def filled(branch: Branch, visit: Visit) -> tuple[str, ...]:
    """Which fields of that form have an answer."""
    form = form_of(branch.config, visit.service)
    return tuple(f.id for f in form if key_of(visit.service, f.id) in visit.answered)


def answers_shown(
    branch: Branch, visit: Visit, known: Mapping[str, str]
) -> tuple[AnswerShown, ...]:
    """The answers for the teller who serves, in the order of the form."""
    form = form_of(branch.config, visit.service)
    given = ((field, known.get(key_of(visit.service, field.id), "")) for field in form)
    return tuple(
        AnswerShown(field=field.id, label=field.label, answer=_in_words(field, answer))
        for field, answer in given
        if answer
    )


def _asked(field: FieldConfig, today: str) -> FormField:
    text, number = field.kind == "text", field.kind == "number"
    earliest, latest = _dates(field, today) if field.kind == "date" else (None, None)
    return FormField(
        id=field.id,
        kind=field.kind,
        label=field.label,
        required=field.required,
        length_min=field.length_min if text else None,
        length_max=field.length_max if text else None,
        least=field.least if number else None,
        most=field.most if number else None,
        earliest=str(earliest) if earliest else None,
        latest=str(latest) if latest else None,
        choices=tuple(ChoiceShown(id=c.id, label=c.label) for c in field.choices),
    )


def _in_words(field: FieldConfig, answer: str) -> Words:
    for choice in field.choices:
        if choice.id == answer:
            return choice.label
    return Words(zh=answer, en=answer)
