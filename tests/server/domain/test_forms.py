"""Forms filled in while waiting: what fits, who sees it, and how it is taken back."""

import pytest
from msgspec.structs import replace

from server.domain.configuration import ChoiceConfig, FieldConfig, faults
from server.domain.events import FormFilled, encode_event
from server.domain.forms import keys
from server.domain.refusals import (
    AnswersNotAccepted,
    FaultyAnswer,
    NoForm,
    NothingFilledIn,
    TicketInService,
)
from server.domain.state import Stamp
from server.domain.views import in_full
from shared.protocol import (
    AddTransaction,
    AnswerGiven,
    AnswerShown,
    CallNext,
    ChoiceShown,
    FillForm,
    ForgetPerson,
    FormField,
    ReassignTicket,
    StartService,
    Words,
)
from tests.server.domain.story import a_branch

PURPOSE = Words(zh="用途", en="Purpose")
FIELDS = {
    "text": FieldConfig(id="why", label=PURPOSE, length_min=2, length_max=5),
    "number": FieldConfig(id="sum", label=PURPOSE, kind="number", least=1, most=50_000),
    "choice": FieldConfig(
        id="kind",
        label=PURPOSE,
        kind="choice",
        choices=(
            ChoiceConfig(id="usd", label=Words(zh="美元", en="US dollar")),
            ChoiceConfig(id="eur", label=Words(zh="欧元", en="Euro")),
        ),
    ),
    "date": FieldConfig(id="day", label=PURPOSE, kind="date", earliest_days=0, latest_days=30),
}
"""One of each kind; today is Monday, 16 November 2026."""


def form(**answers):
    return tuple(AnswerGiven(field=field, value=value) for field, value in answers.items())


def asking(tell, *fields):
    """A branch where service A asks this, and A001 waits."""
    story = tell(services={"A": {"form": fields}})
    story.take("A")
    return story


def keep(story, number, **answers):
    """What the shell does with answers that were accepted."""
    visit = story.visit(number)
    known = {f"{visit.service}_{field}": value for field, value in answers.items()}
    story.known.answers[visit.id] = known


# --- Rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("text", "旅行"),
        ("text", "study"),
        ("number", "1.00"),
        ("number", "50,000.00"),
        ("number", "１２.50"),
        ("choice", "eur"),
        ("date", "2026-11-16"),
        ("date", "2026-12-16"),
    ],
)
def test_what_fits_is_taken_and_only_which_field_it_was_is_written_down(tell, kind, answer):
    field = FIELDS[kind]
    story = asking(tell, field)

    story.when(FillForm, visit="A001", answers=form(**{field.id: answer})).then(
        FormFilled(visit=1, fields=(f"A_{field.id}",))
    )

    journal = b"".join(encode_event(event) for event, _ in story.history[-1:])
    assert answer.encode() not in journal


@pytest.mark.parametrize(
    ("kind", "answer", "rule", "bounds"),
    [
        ("text", "x", "length", ("2", "5")),
        ("text", "sixsix", "length", ("2", "5")),
        ("number", "many", "no_number", ()),
        ("number", "1e9", "no_number", ()),
        ("number", "12.345", "no_number", ()),
        ("number", "0.99", "between", ("1", "50000")),
        ("number", "50,000.01", "between", ("1", "50000")),
        ("choice", "gbp", "no_choice", ()),
        ("date", "tomorrow", "no_date", ()),
        ("date", "2026-02-30", "no_date", ()),
        ("date", "2026-11-15", "between", ("2026-11-16", "2026-12-16")),
        ("date", "2026-12-17", "between", ("2026-11-16", "2026-12-16")),
    ],
)
def test_what_does_not_fit_is_named_with_its_rule(tell, kind, answer, rule, bounds):
    field = FIELDS[kind]
    story = asking(tell, field)

    story.when(FillForm, visit="A001", answers=form(**{field.id: answer})).refused(
        AnswersNotAccepted((FaultyAnswer(field.id, rule, *bounds),))
    )


@pytest.mark.parametrize(
    ("least", "most", "answer", "rule"),
    [(10, None, "9", "at_least"), (None, 10, "11", "at_most"), (None, None, "-9999", None)],
)
def test_a_number_may_have_one_bound_or_none(tell, least, most, answer, rule):
    story = asking(tell, replace(FIELDS["number"], least=least, most=most))

    outcome = story.when(FillForm, visit="A001", answers=form(sum=answer))

    if rule is None:
        outcome.then(FormFilled(visit=1, fields=("A_sum",)))
    else:
        bounds = ("" if one is None else str(one) for one in (least, most))
        outcome.refused(AnswersNotAccepted((FaultyAnswer("sum", rule, *bounds),)))


@pytest.mark.parametrize(
    ("earliest", "latest", "answer", "rule"),
    [
        (0, None, "2026-11-15", "at_least"),
        (None, 0, "2026-11-17", "at_most"),
        (None, None, "1900-01-01", None),
    ],
)
def test_a_date_may_have_one_bound_or_none(tell, earliest, latest, answer, rule):
    story = asking(tell, replace(FIELDS["date"], earliest_days=earliest, latest_days=latest))

    outcome = story.when(FillForm, visit="A001", answers=form(day=answer))

    if rule is None:
        outcome.then(FormFilled(visit=1, fields=("A_day",)))
    else:
        assert outcome.refusal.faults[0].rule == rule
        outcome.refused(outcome.refusal)


def test_everything_that_is_wrong_is_told_at_once(tell):
    story = asking(tell, replace(FIELDS["text"], required=True), FIELDS["number"])

    story.when(FillForm, visit="A001", answers=form(sum="x", gone="y")).refused(
        AnswersNotAccepted(
            (
                FaultyAnswer("gone", "unknown"),
                FaultyAnswer("why", "required"),
                FaultyAnswer("sum", "no_number"),
            )
        )
    )


def test_what_need_not_be_answered_may_be_left_out(tell):
    story = asking(tell, FIELDS["text"], FIELDS["number"])

    story.when(FillForm, visit="A001", answers=form(why="旅行", sum="")).then(
        FormFilled(visit=1, fields=("A_why",))
    )


# --- Again, and not at all -----------------------------------------------------------------------


def test_a_form_that_is_filled_in_again_takes_the_place_of_the_first(tell):
    story = asking(tell, FIELDS["text"], FIELDS["number"])
    story.given(FillForm, visit="A001", answers=form(why="旅行", sum="1"))

    story.when(FillForm, visit="A001", answers=form(sum="2")).then(
        FormFilled(visit=1, fields=("A_sum",), withdrawn=("A_why",))
    )


def test_without_any_answer_it_is_withdrawn(tell):
    story = asking(tell, replace(FIELDS["text"], required=True))
    story.when(FillForm, visit="A001").refused(NothingFilledIn())
    story.given(FillForm, visit="A001", answers=form(why="旅行"))

    story.when(FillForm, visit="A001", answers=form(why="")).then(
        FormFilled(visit=1, withdrawn=("A_why",))
    )
    assert story.visit("A001").answered == ()


def test_where_there_is_no_form_nothing_is_filled_in(story):
    story.take("A")

    story.when(FillForm, visit="A001", answers=form(why="旅行")).refused(NoForm("A"))


def test_the_teller_who_has_begun_asks_for_the_rest(tell):
    story = asking(tell, FIELDS["text"])
    story.open(1)
    story.given(CallNext, counter=1)
    story.given(FillForm, visit="A001", answers=form(why="旅行"))
    story.given(StartService, counter=1)

    story.when(FillForm, visit="A001", answers=form(why="留学")).refused(TicketInService("A001", 1))


def test_who_is_sent_to_another_service_has_its_form_and_keeps_the_first(tell):
    story = tell(services={"A": {"form": (FIELDS["text"],)}, "F": {"form": (FIELDS["number"],)}})
    story.take("A")
    story.given(FillForm, visit="A001", answers=form(why="旅行"))
    story.given(ReassignTicket, visit="A001", service="F", reason="mistake")
    assert story.feed("TicketView:1").form_filled == ()

    story.when(FillForm, visit="A001", answers=form(sum="5")).then(
        FormFilled(visit=1, fields=("A_why", "F_sum"))
    )


def test_all_of_it_can_be_forgotten(tell):
    story = asking(tell, FIELDS["text"])
    story.given(FillForm, visit="A001", answers=form(why="旅行"))

    story.given(ForgetPerson, visit="A001")

    assert story.visit("A001").answered == ()
    assert story.feed("TicketView:1").form_filled == ()


def test_all_that_may_be_kept_of_a_visit_is_known_by_its_keys(tell):
    story = tell(services={"A": {"form": (FIELDS["text"],)}, "F": {"form": (FIELDS["number"],)}})
    story.open(1)
    story.take("A")
    story.serve(1)

    story.given(AddTransaction, counter=1, service="F")

    assert keys(story.branch.config, story.visit("A001")) == ["A_why", "F_sum"]


def test_what_the_rules_look_at_stands_in_no_line_of_a_log():
    stamp = Stamp(at=1, answers={"why": "Oslo"})

    assert "Oslo" not in repr(stamp)
    assert "Oslo" not in repr(form(why="Oslo"))


# --- What is shown -------------------------------------------------------------------------------


def test_the_ticket_page_asks_with_the_rules_of_today(tell):
    story = asking(tell, *FIELDS.values())

    text, number, choice, day = story.feed("TicketView:1").form

    assert text == FormField(id="why", kind="text", label=PURPOSE, length_min=2, length_max=5)
    assert number == FormField(id="sum", kind="number", label=PURPOSE, least=1, most=50_000)
    assert choice.choices[1] == ChoiceShown(id="eur", label=Words(zh="欧元", en="Euro"))
    assert (day.earliest, day.latest) == ("2026-11-16", "2026-12-16")


def test_the_ticket_page_says_what_was_filled_in_but_not_how(tell):
    story = asking(tell, FIELDS["text"], FIELDS["number"])
    story.given(FillForm, visit="A001", answers=form(why="旅行"))
    keep(story, "A001", why="旅行")

    page = story.feed("TicketView:1")

    assert page.form_filled == ("why",)
    assert "旅行" not in repr(page)


def test_a_served_ticket_asks_nothing_any_more(tell):
    story = asking(tell, FIELDS["text"])
    story.open(1)
    assert story.feed("TicketView:1").form

    story.serve(1)

    assert story.feed("TicketView:1").form == ()


def test_between_days_a_ticket_asks_nothing(tell):
    story = asking(tell, FIELDS["date"])

    story.at("21:00")

    assert story.feed("TicketView:1").form == ()


def test_only_the_teller_who_has_called_the_ticket_sees_the_answers(tell):
    story = asking(tell, FIELDS["text"], FIELDS["choice"], FIELDS["number"])
    story.open(1, 2)
    story.given(FillForm, visit="A001", answers=form(kind="eur", why="旅行"))
    keep(story, "A001", kind="eur", why="旅行")
    before = story.feed(in_full("CounterView:1"))

    story.call(1)

    assert before.line[0].answers == ()
    assert story.feed(in_full("CounterView:1")).current.answers == (
        AnswerShown(field="why", label=PURPOSE, answer=Words(zh="旅行", en="旅行")),
        AnswerShown(field="kind", label=PURPOSE, answer=Words(zh="欧元", en="Euro")),
    )
    for feed in ("CounterView:1", in_full("CounterView:2"), "BoardView", "DisplayView"):
        shown = story.feed(feed)
        assert "answer=" not in repr(shown).replace("answers=()", "")


def test_answers_of_a_service_that_is_gone_are_shown_to_nobody(tell):
    story = asking(tell, FIELDS["text"])
    story.open(1)
    story.given(FillForm, visit="A001", answers=form(why="旅行"))
    story.call(1)

    assert story.feed(in_full("CounterView:1")).current.answers == ()


# --- The configuration ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"kind": "choice"}, "services[0].form[0].choices"),
        ({"choices": FIELDS["choice"].choices}, "services[0].form[0].choices"),
        ({"length_min": 9}, "services[0].form[0]"),
        ({"kind": "number", "least": 2, "most": 1}, "services[0].form[0]"),
        ({"kind": "date", "earliest_days": 2, "latest_days": 1}, "services[0].form[0]"),
        (
            {"kind": "choice", "choices": FIELDS["choice"].choices[:1] * 2},
            "services[0].form[0].choices[1].id",
        ),
    ],
)
def test_a_form_that_nobody_could_fill_in_is_refused(changed, key):
    config = a_branch(services={"A": {"form": (replace(FIELDS["text"], **changed),)}})

    assert key in [fault.key for fault in faults(config)]


def test_two_fields_of_one_name_are_refused():
    config = a_branch(services={"A": {"form": (FIELDS["text"], FIELDS["text"])}})

    assert [fault.key for fault in faults(config)] == ["services[0].form[1].id"]
