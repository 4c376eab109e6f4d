"""What does not fit together in a configuration is found, and named where it stands."""

import pytest
from msgspec.structs import replace

from server.domain.configuration import (
    BALANCED,
    SIMPLE,
    Blackout,
    BranchConfig,
    DayException,
    Fault,
    Hours,
    HoursRule,
    LaneRule,
    MachineConfig,
    NamedDay,
    Preset,
    ServiceConfig,
    Span,
    Waits,
    faults,
    sound_alike,
)
from shared.protocol import Words
from tests.server.domain.story import a_branch


def rule(**changes):
    fields = {
        "days": ("mon",),
        "opens": "09:00",
        "closes": "17:00",
        "tickets_from": "08:45",
        "tickets_until": "16:45",
    }
    return HoursRule(**{**fields, **changes})


def preset(**changes):
    lanes = {"ordinary": LaneRule(), "care": LaneRule(), "vip": LaneRule()}
    return Preset(**{**lanes, "appointment": LaneRule(), **changes})


def test_the_branch_that_is_shipped_fits_together():
    assert faults(a_branch()) == []


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "UTC"])
def test_a_time_zone_is_one_that_exists(zone):
    assert faults(a_branch(time_zone=zone)) == []


@pytest.mark.parametrize("zone", ["Asia/Peking2", "", "../etc/passwd", "/etc", "a\0b"])
def test_a_time_zone_that_does_not_exist_is_named(zone):
    assert faults(a_branch(time_zone=zone)) == [
        Fault("time_zone", "the name of a time zone, such as Asia/Shanghai")
    ]


def test_a_branch_without_services_or_counters_is_none():
    assert faults(BranchConfig(id="main", name=Words())) == [
        Fault("services", "at least one service"),
        Fault("counters", "at least one counter"),
    ]


def test_an_id_is_used_once():
    config = a_branch()

    assert faults(
        a_branch(
            machines=(
                MachineConfig(id="M1", name=Words()),
                MachineConfig(id="M2", name=Words()),
                MachineConfig(id="M1", name=Words()),
            )
        )
    ) == [Fault("machines[2].id", "an id used once, not 'M1' again")]
    assert faults(with_services(*config.services, config.services[0])) == [
        Fault("services[5].id", "an id used once, not 'A' again")
    ]
    assert faults(with_counters(*config.counters, config.counters[2])) == [
        Fault("counters[8].id", "an id used once, not '3' again")
    ]


def with_services(*services):
    return replace(a_branch(), services=services)


def with_counters(*counters):
    return replace(a_branch(), counters=counters)


@pytest.mark.parametrize("series", ["V", "Y"])
def test_a_service_does_not_use_the_vip_or_the_booked_series(series):
    assert faults(a_branch(services={"F": {"series": series}})) == [
        Fault("services[1].series", "a series that is not the VIP or booked one")
    ]


def test_two_services_may_share_a_series():
    assert faults(a_branch(services={"F": {"series": "A"}})) == []


def test_a_counter_serves_something_that_exists():
    assert faults(a_branch(counters={1: {"services": ()}})) == [
        Fault("counters[0].services", "at least one service")
    ]
    assert faults(a_branch(counters={2: {"services": ("A", "X")}})) == [
        Fault("counters[1].services", "known services, not 'X'")
    ]


def test_what_a_counter_helps_with_exists():
    assert faults(a_branch(counters={8: {"when_idle": ("X",)}})) == [
        Fault("counters[7].when_idle", "known services, not 'X'")
    ]


@pytest.mark.parametrize(
    ("hours", "fault"),
    [
        (
            {"day_opens": "20:00", "day_ends": "08:00", "rules": ()},
            Fault("hours.day_ends", "a time after hours.day_opens"),
        ),
        (
            {"rules": (rule(), rule(opens="17:00"))},
            Fault("hours.rules[1].closes", "a time after opens"),
        ),
        (
            {"rules": (rule(tickets_from="16:45"),)},
            Fault("hours.rules[0].tickets_until", "a time after tickets_from"),
        ),
        (
            {"rules": (rule(tickets_from="07:45"),)},
            Fault("hours.rules[0]", "hours within hours.day_opens and hours.day_ends"),
        ),
        (
            {"rules": (rule(closes="20:30"),)},
            Fault("hours.rules[0]", "hours within hours.day_opens and hours.day_ends"),
        ),
        (
            {"rules": (rule(services=("A", "X")),)},
            Fault("hours.rules[0].services", "known services, not 'X'"),
        ),
    ],
)
def test_hours_follow_each_other_within_the_day(hours, fault):
    assert faults(a_branch(hours=hours)) == [fault]


def test_hours_may_go_round_the_clock():
    always = rule(opens="00:00", closes="24:00", tickets_from="00:00", tickets_until="24:00")

    assert (
        faults(a_branch(hours={"day_opens": "00:00", "day_ends": "24:00", "rules": (always,)}))
        == []
    )


def test_the_preset_in_force_is_one_of_the_presets():
    assert faults(a_branch(calling={"preset": "fair"})) == [
        Fault("calling.preset", "one of balanced, care, simple, strict")
    ]


def test_the_two_presets_keep_the_bound_on_overtaking():
    assert faults(a_branch(calling={"presets": {"balanced": BALANCED, "simple": SIMPLE}})) == []


def test_a_preset_lets_no_newcomer_pass_a_ticket_that_has_begun_to_escalate():
    # After 20 minutes an ordinary ticket has 20; a booked one comes in with 30.
    broken = preset(
        ordinary=LaneRule(escalate_minutes=20),
        appointment=LaneRule(head_start_minutes=30),
    )

    assert faults(a_branch(calling={"presets": {"balanced": broken}})) == [
        Fault(
            "calling.presets.balanced.ordinary.escalate_minutes",
            "enough minutes for the score to pass every head start",
        )
    ]


def test_every_fault_is_found_and_not_the_first_alone():
    found = faults(
        a_branch(
            time_zone="Nowhere",
            services={"A": {"series": "V"}},
            counters={1: {"services": ("X", "Z")}},
            calling={"preset": "fair"},
        )
    )

    assert [fault.key for fault in found] == [
        "time_zone",
        "services[0].series",
        "counters[0].services",
        "counters[0].services",
        "calling.preset",
    ]


def test_what_is_left_out_has_its_default():
    hours = Hours()

    assert (hours.day_opens, hours.day_ends, hours.rules, hours.exceptions) == (
        "08:00",
        "20:00",
        (),
        (),
    )
    assert DayException(date="2027-01-01").like is None  # closed


def appointments(**changes):
    return a_branch(appointments=replace(a_branch().appointments, **changes))


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (
            a_branch(hours={"rules": (rule(breaks=(Span(begins="12:00", ends="12:00"),)),)}),
            "hours.rules[0].breaks[0].ends",
        ),
        (
            appointments(peaks=(Span(begins="12:00", ends="11:00"),)),
            "appointments.peaks[0].ends",
        ),
        (
            appointments(blackouts=(Blackout(date="2026-11-16", begins="12:00", ends="11:00"),)),
            "appointments.blackouts[0].ends",
        ),
        (
            appointments(blackouts=(Blackout(date="2026-11-16", services=("A", "X")),)),
            "appointments.blackouts[0].services",
        ),
        (appointments(show_prior=(1, 2)), "appointments.show_prior"),
        (appointments(missed_minutes=5), "appointments.missed_minutes"),
    ],
)
def test_the_rules_of_appointments_fit_together(config, key):
    assert [fault.key for fault in faults(config)] == [key]


def test_ax22_letters_that_sound_alike_in_one_branch_are_told():
    def alike(*series):
        services = tuple(
            ServiceConfig(id=f"s{n}", series=one, name=Words()) for n, one in enumerate(series)
        )
        config = replace(a_branch(), services=services)
        return sound_alike(config)

    assert alike("A", "F", "L") == []
    assert alike("B", "D", "A") == [("B", "D"), ("B", "V"), ("D", "V")]
    assert alike("M", "N") == [("M", "N")]
    assert alike("AB", "AD", "CB", "A") == [("AB", "AD")]


def test_a_day_has_the_names_of_its_date_and_of_its_day_of_the_month():
    waits = Waits(
        named_days=(
            NamedDay(name="pension", month_days=(15,)),
            NamedDay(name="fair", dates=("2026-11-15",)),
        )
    )

    assert waits.names_of("2026-11-15") == ("pension", "fair")
    assert waits.names_of("2026-12-15") == ("pension",)
    assert waits.names_of("2026-11-16") == ()
