"""What wanted a person, and what became of it."""

from shared.protocol import (
    AskHelp,
    CloseAlert,
    EndHelp,
    RequestHelp,
)
from tests.server.reports.told import minutes, report_of


def test_every_alert_is_closed_or_ceased_or_open(story):
    story.open(1)
    story.given(RequestHelp, station="kiosk-1")  # 1
    story.given(RequestHelp, wanted="complaint", station="kiosk-1")  # 2
    story.given(AskHelp, counter=1, kind="assist")  # 3
    story.later(minutes=2)
    story.given(CloseAlert, alert=1, outcome="solved")
    story.given(EndHelp, counter=1)
    story.later(minutes=3)
    story.given(CloseAlert, alert=2, outcome="referred_up")
    story.given(RequestHelp, station="kiosk-2")  # 4

    report = report_of(story)

    alerts = report.alerts
    assert (alerts.raised, alerts.closed, alerts.ceased, alerts.open) == (4, 2, 1, 1)
    assert alerts.outcomes == {"solved": 1, "referred_up": 1, "no_action": 0}
    assert minutes(alerts.to_close) == [2, 3.5]  # 2 and 5
    assert [(one.kind, one.raised, one.closed) for one in report.alert_kinds] == [
        ("help_wanted", 2, 1),
        ("complaint", 1, 1),
        ("counter_help", 1, 0),
    ]


def test_an_alert_that_ceased_after_it_was_closed_was_closed(story):
    story.open(1)
    story.given(AskHelp, counter=1, kind="assist")
    story.given(CloseAlert, alert=1, outcome="no_action")
    story.given(EndHelp, counter=1)
    story.later(minutes=1)

    alerts = report_of(story).alerts

    assert (alerts.raised, alerts.closed, alerts.ceased, alerts.open) == (1, 1, 0, 0)
