"""The private link of each ticket."""

import re
import stat

import pytest

from server.house.state import Restore
from server.links import TicketLinks
from shared.config import ConfigError
from shared.testing import ManualClock

LINKS = TicketLinks(b"one key")
DAY = range(100, 140)


def test_a_link_is_22_characters_that_need_no_escaping():
    assert re.fullmatch(r"[0-9A-Za-z_-]{22}", LINKS.secret("main", 1))


def test_the_same_ticket_always_has_the_same_link():
    assert TicketLinks(b"one key").secret("main", 1) == LINKS.secret("main", 1)


def test_no_two_tickets_branches_or_keys_share_a_link():
    links = {
        *(LINKS.secret("main", visit) for visit in range(1, 1000)),
        LINKS.secret("west", 1),
        TicketLinks(b"another").secret("main", 1),
    }

    assert len(links) == 1001


def test_a_link_leads_back_to_its_ticket_while_its_day_lasts():
    assert LINKS.visit(LINKS.secret("main", 120), "main", DAY) == 120
    assert LINKS.visit(LINKS.secret("main", 99), "main", DAY) is None
    assert LINKS.visit(LINKS.secret("main", 140), "main", DAY) is None
    assert LINKS.visit(LINKS.secret("west", 120), "main", DAY) is None
    assert LINKS.visit("", "main", DAY) is None


def test_a_ticket_taken_later_is_found_too():
    links = TicketLinks(b"one key")
    later = links.secret("main", 140)
    assert links.visit(later, "main", DAY) is None

    assert links.visit(later, "main", range(100, 141)) == 140


def test_a_new_day_forgets_the_links_of_the_old_one():
    links = TicketLinks(b"one key")
    yesterday = links.secret("main", 120)
    assert links.visit(yesterday, "main", DAY) == 120

    assert links.visit(yesterday, "main", range(140, 140)) is None
    assert links.visit(yesterday, "main", range(140, 150)) is None
    assert links.visit(links.secret("main", 149), "main", range(140, 150)) == 149


def test_a_short_code_is_six_digits_and_says_nothing_of_the_link():
    codes = [LINKS.short_code("main", visit) for visit in range(1, 2001)]

    assert all(re.fullmatch("[0-9]{6}", code) for code in codes)
    assert len(set(codes)) > 1980  # as many as chance would give, of a million
    assert codes != [TicketLinks(b"another").short_code("main", n) for n in range(1, 2001)]
    assert LINKS.short_code("main", 1) != LINKS.short_code("west", 1)


def of_all_kinds(links, id_):
    return (
        links.secret("main", id_),
        links.short_code("main", id_),
        links.appointment_secret("main", id_),
        links.appointment_code("main", id_),
        links.action("cancel", "main", id_, 0),
    )


def test_an_id_that_is_given_again_after_a_restore_has_other_links():
    links, again, later = (TicketLinks(b"one key") for _ in range(3))
    restored = Restore(at=1_000, visits={"main": 120}, appointments={"main": 120})
    again.after([restored])
    later.after([restored, Restore(at=2_000, visits={"main": 110}, appointments={"main": 110})])

    assert of_all_kinds(again, 120) == of_all_kinds(links, 120)
    assert set(of_all_kinds(again, 121)).isdisjoint(of_all_kinds(links, 121))
    assert of_all_kinds(later, 110) == of_all_kinds(links, 110)
    assert set(of_all_kinds(later, 121)).isdisjoint(of_all_kinds(again, 121))
    assert again.feed("main", "A", 1) == links.feed("main", "A", 1)
    assert again.visit(links.secret("main", 121), "main", range(100, 140)) is None
    assert again.visit(again.secret("main", 121), "main", range(100, 140)) == 121


def test_a_branch_that_a_backup_did_not_know_has_other_links_after_it():
    links = TicketLinks(b"one key")
    links.after([Restore(at=1_000, visits={"main": 120}, appointments={"main": 0})])

    assert links.secret("west", 1) != LINKS.secret("west", 1)


def test_the_key_is_made_once_and_for_the_servers_own_user_alone(tmp_path):
    file, clock = tmp_path / "keys" / "link.key", ManualClock()

    first = TicketLinks.load(file, clock.token).secret("main", 1)
    again = TicketLinks.load(file, clock.token).secret("main", 1)

    assert first == again
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_bytes()) >= 32


def test_an_empty_key_is_refused_and_not_used(tmp_path):
    file = tmp_path / "link.key"
    file.write_bytes(b"\n")

    with pytest.raises(ConfigError, match=r"link\.key"):
        TicketLinks.load(file, ManualClock().token)
