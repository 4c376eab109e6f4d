"""Why tickets were called, and where staff stepped in."""

from shared.protocol import (
    CallNumber,
    ChangeLanes,
    ChoosePreset,
    CloseService,
    GiveUpTicket,
    OpenService,
    PromoteTicket,
    ReassignTicket,
    ReinstateTicket,
    ResumeIssuing,
    SetCounterServices,
    StopIssuing,
    TakeTicket,
)
from tests.server.reports.told import report_of, serve


def test_calls_are_told_by_their_rule(story):
    story.open(1, 2)
    for _ in range(3):
        story.take("A")
    story.at("09:01")
    story.take("A", "care")
    story.given(PromoteTicket, visit="A003", reason="mistake")
    for counter, called in ((1, "A003"), (2, "A004")):
        assert story.serve(counter) == called
        story.finish(counter)
    story.given(CallNumber, counter=1, number="A002", reason="agreed_with_customer")
    story.serve(2)

    rules = report_of(story).rules

    assert {rule.name: rule.times for rule in rules} == {
        "promoted": 1,
        "lane_advantage": 1,
        "by_number": 1,
        "longest_wait": 1,
    }


def told(times) -> list[tuple[str, str, int]]:
    return [(one.name, one.reason, one.times) for one in times]


def test_every_step_of_the_staff_is_told_with_its_reason(story):
    story.open(1)
    for _ in range(6):
        story.take("A")
    story.given(PromoteTicket, visit="A001", reason="mistake")
    story.given(PromoteTicket, visit="A002", reason="mistake")
    story.given(ReassignTicket, visit="A003", service="F", reason="agreed_with_customer")
    story.given(ChangeLanes, visit="A004", lanes=("care",), reason="manager_decision")
    story.given(GiveUpTicket, visit="A005", reason="other")
    story.given(TakeTicket, service="A", reason="peak")
    story.given(CallNumber, counter=1, number="A006", reason="customer_returned")
    story.miss(1)
    story.given(ReinstateTicket, visit="A006")

    report = report_of(story)

    assert told(report.interventions) == [
        ("PromoteTicket", "mistake", 2),
        ("CallNumber", "customer_returned", 1),
        ("ChangeLanes", "manager_decision", 1),
        ("GiveUpTicket", "other", 1),
        ("ReassignTicket", "agreed_with_customer", 1),
        ("ReinstateTicket", "", 1),
        ("TakeTicket", "peak", 1),
    ]
    assert report.overrides == ()


def test_what_the_rules_do_by_themselves_is_no_step_of_the_staff(story):
    story.open(1, 2)
    story.take("A", needs=("visual_call",))
    story.take("A")
    assert (story.call(1), story.call(2)) == ("A001", "A002")
    story.at("09:06")  # both are missed, and the rules put the first back near the head
    assert serve(story, 1, "09:06", "09:07", "09:08") == "A001"
    story.at("10:30")  # and they give up the second

    report = report_of(story)

    assert (report.tickets.missed, report.tickets.given_up, report.tickets.done) == (2, 1, 1)
    assert report.interventions == ()


def test_what_was_changed_for_the_day_is_told(story):
    story.given(SetCounterServices, counter=6, services=("Q", "F"), reason="peak")
    story.given(CloseService, service="W", reason="staffing")
    story.given(OpenService, service="W")
    story.given(StopIssuing, reason="system_fault")
    story.given(ResumeIssuing)
    story.given(ChoosePreset, preset="simple")

    assert told(report_of(story).overrides) == [
        ("ChoosePreset", "", 1),
        ("CloseService", "staffing", 1),
        ("OpenService", "", 1),
        ("ResumeIssuing", "", 1),
        ("SetCounterServices", "peak", 1),
        ("StopIssuing", "system_fault", 1),
    ]
