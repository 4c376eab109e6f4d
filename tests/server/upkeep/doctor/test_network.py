"""Planted: servers that others can listen in on, that cannot be reached, or that stand still."""

import pytest

from server.config import PLAIN_HTTP_WORDS
from server.upkeep.doctor.asking import Answer, BranchHealth
from server.upkeep.doctor.checks.network import WHY_NOT
from server.upkeep.doctor.knocking import Knocked
from tests.server.upkeep.doctor.sound import (
    RUNNING,
    edit,
    found_in,
    look,
    only,
    told,
)


def test_listening_without_encryption_is_a_warning_even_where_it_is_allowed(folder):
    toml = folder / "lobby.toml"
    before, _, _ = toml.read_text().partition("[tls]")
    toml.write_text(f'plain_http_beyond_loopback = "{PLAIN_HTTP_WORDS}"\n{before}')

    assert only(folder, "listening_plain").values["host"] == "0.0.0.0"


def test_without_an_address_for_phones_a_warning_is_given(folder):
    edit(folder / "lobby.toml", 'public_url = "https://queue.example.com"', "")

    only(folder, "public_url_unset")


def test_an_address_for_phones_that_is_not_encrypted_is_a_warning(folder):
    edit(folder / "lobby.toml", "https://queue", "http://queue")

    only(folder, "public_url_plain")


def test_an_address_for_phones_that_leads_nowhere_is_a_warning(folder):
    only(folder, "public_url_unreachable", answer=RUNNING, server=7, public="timed out")


def test_a_branch_that_the_server_has_stopped_is_a_fault(folder):
    answer = Answer({"main": BranchHealth("stopped")}, "3.53.4")

    assert only(folder, "branch_stopped", answer=answer, server=7).values["branch"] == "main"


def test_a_branch_for_which_the_server_finds_no_room_is_a_fault(folder):
    answer = Answer({"main": BranchHealth("read_only")}, "3.53.4")

    only(folder, "branch_read_only", answer=answer, server=7)


@pytest.mark.parametrize("reason", WHY_NOT)
def test_a_channel_that_does_not_let_us_in_is_a_fault_and_the_other_one_is_told_of_no_more(
    folder, reason
):
    gateway = Knocked("reminders.webhook", "sms.example.com:443")
    post = Knocked("reminders.smtp", "mail.example.com:587", reason)

    finding = only(folder, WHY_NOT[reason], channels=(gateway, post))

    assert finding.grade == "fault"
    for said in told(finding):
        assert "[reminders.smtp]" in said or "mail.example.com:587" in said
        assert "sms.example.com" not in said


def test_channels_that_let_us_in_are_fine(folder):
    examination = look(folder, channels=(Knocked("reminders.smtp", "mail.example.com:587"),))

    assert "channels" in examination.fine


def test_a_server_that_does_not_answer_is_a_warning(folder):
    assert only(folder, "server_silent", server=7).values["address"] == "0.0.0.0:8470"


def test_another_program_at_the_servers_address_is_a_fault(folder):
    only(folder, "port_taken", answer=Answer())


def test_a_limit_of_open_files_below_the_connections_is_a_warning(folder):
    assert only(folder, "files_few", files_max=10_199).values["wanted"] == 10_200
    assert found_in(folder, files_max=10_200) == {}
