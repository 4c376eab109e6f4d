"""Whose web pages may talk to us, and by which names we may be asked."""

import pytest

from shared.origins import Origins

PUBLIC = "https://queue.bank.example"
ALLOWED = "http://lobby-server:8470"


def origins(public_url=PUBLIC, allowed=(ALLOWED,), only_here=False):
    return Origins(public_url, allowed, only_here=only_here)


@pytest.mark.parametrize(
    "origin",
    [PUBLIC, ALLOWED, "https://queue.bank.example:443", "HTTPS://Queue.Bank.Example"],
)
def test_the_public_page_and_those_allowed_may_talk_to_us(origin):
    assert origins().may_talk([origin], ["anything.example"])


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://queue.bank.example",
        "https://queue.bank.example:444",
        "https://queue.bank.example.evil.example",
        "https://evil.example/https://queue.bank.example",
        "https://queue.bank.example@evil.example",
        "https://queue.bank.example/",
        "https://sub.queue.bank.example",
        "http://lobby-server",
        "http://192.0.2.7:8470",
        "null",
        "",
        "file://",
        "https://[broken",
        "https://queue.bank.example:99999",
    ],
)
def test_no_other_page_may(origin):
    assert not origins().may_talk([origin], ["192.0.2.7:8470"])


def test_terminals_have_no_origin_and_nobody_has_two():
    assert origins().may_talk([], ["anything.example"])
    assert not origins().may_talk([PUBLIC, PUBLIC], ["queue.bank.example"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8470", "localhost:8470", "[::1]:8470", "192.0.2.7:8470", "localhost"]
)
@pytest.mark.parametrize("where", [{"public_url": ""}, {"only_here": True}], ids=["lan", "here"])
def test_our_own_page_asked_for_by_address_may_talk_to_us_where_no_address_is_public(host, where):
    assert origins(**where).may_talk([f"http://{host}"], [host])


def test_a_page_of_another_address_or_port_may_not():
    here = origins(public_url="", only_here=True)

    assert not here.may_talk(["http://127.0.0.1:9000"], ["127.0.0.1:8470"])
    assert not here.may_talk(["http://192.0.2.8:8470"], ["192.0.2.7:8470"])
    assert not here.may_talk(["http://127.0.0.1:8470"], [])


def test_a_name_that_was_pointed_at_our_address_is_not_ours():
    """DNS rebinding: for the browser the page of evil.example is at our address now."""
    here = origins(public_url="", only_here=True)

    assert not here.may_talk(["http://evil.example:8470"], ["evil.example:8470"])
    assert not here.is_ours(["evil.example:8470"])


@pytest.mark.parametrize(
    ("hosts", "ours"),
    [
        (["queue.bank.example"], True),
        (["QUEUE.bank.example.:8443"], True),
        (["lobby-server"], True),
        (["192.0.2.7:8470"], True),
        (["[2001:db8::1]:8470"], True),
        (["localhost:8470"], True),
        (["evil.example"], False),
        (["localhost.evil.example"], False),
        (["127.0.0.1.evil.example"], False),
        (["evil.example", "queue.bank.example"], False),
        (["queue.bank.example/x"], False),
        (["user@queue.bank.example"], False),
        ([""], False),
        ([], False),
    ],
)
def test_pages_are_shown_to_whoever_asks_by_a_name_of_ours_or_by_address(hosts, ours):
    assert origins().is_ours(hosts) == ours
