"""Whether somebody was on duty."""

from msgspec.structs import replace

from server.domain.commands import Configure
from server.reports.report import Gap
from shared.protocol import (
    HandOverDuty,
    OpenDay,
    SignOffDuty,
    SignOnDuty,
)
from tests.server.domain.story import MINUTE, MONDAY, Story, a_branch
from tests.server.reports.told import report_of


def test_a_lobby_that_always_had_somebody_is_covered(story):
    story.at("12:00")
    story.given(HandOverDuty, staff="li", to="zhao")
    story.at("20:00")

    duty = report_of(story).duty

    # Open to the public from 08:45, when tickets are given, to 17:00.
    assert (duty.public_ms, duty.covered_ms, duty.cover) == (495 * MINUTE, 495 * MINUTE, 1.0)
    assert duty.gaps == ()


def test_hours_that_change_in_the_middle_of_the_day_count_as_they_are_then(story):
    story.at("12:00")
    config = a_branch()
    rules = tuple(
        replace(rule, closes="16:00", tickets_until="15:00") for rule in config.hours.rules
    )
    story.given(Configure, config=replace(config, hours=replace(config.hours, rules=rules)))
    story.at("20:00")

    duty = report_of(story).duty

    assert duty.public_ms == 435 * MINUTE


def test_every_gap_in_the_duty_is_told(story):
    story.at("12:00")
    story.given(SignOffDuty, staff="li")
    story.at("12:09")
    story.given(SignOnDuty, staff="zhao")
    story.at("16:51")
    story.given(SignOffDuty, staff="zhao")
    story.at("20:00")

    duty = report_of(story).duty

    gaps = [("12:00", "12:09"), ("16:51", "17:00")]
    day = "2026-11-16"
    assert duty.gaps == tuple(
        Gap(since=story.moment(f"{day} {a}"), until=story.moment(f"{day} {b}")) for a, b in gaps
    )
    assert duty.public_ms - duty.covered_ms == 18 * MINUTE
    assert duty.cover == round(477 / 495, 4)


def test_the_duty_lasts_as_long_as_anybody_is_here(story):
    story.open(1)
    story.at("16:44")
    story.take("A")
    story.at("16:55")
    story.serve(1)
    story.at("17:10")
    story.given(SignOffDuty, staff="li")
    story.at("17:25")
    story.finish(1)
    story.at("20:00")

    duty = report_of(story).duty

    assert duty.public_ms == (495 + 25) * MINUTE
    assert [gap.until - gap.since for gap in duty.gaps] == [15 * MINUTE]


def test_a_morning_without_anybody_counts_from_the_first_ticket_on(story):
    story.given(SignOffDuty, staff="li")  # nine o'clock in the story
    story.at("09:30")
    story.given(SignOnDuty, staff="li")

    duty = report_of(story).duty

    assert [gap.until - gap.since for gap in duty.gaps] == [30 * MINUTE]
    assert duty.public_ms == 45 * MINUTE


def test_a_day_without_hours_is_not_open_to_the_public():
    story = Story(a_branch(hours={"rules": ()}), f"{MONDAY} 09:00")
    story.given(OpenDay, by="operations_supervisor")
    story.take("A", reason="agreed_with_customer")
    story.later(minutes=10)
    story.take("A", reason="agreed_with_customer")

    duty = report_of(story).duty

    assert (duty.public_ms, duty.cover, duty.gaps) == (0, None, ())
