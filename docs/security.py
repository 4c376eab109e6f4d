"""The figures of `security.md`: what may be guessed how often, and how far that gets anybody."""

from __future__ import annotations

from math import log2
from typing import Final

from msgspec import Struct

from docs.wire import table
from server.app import FRAME_BYTES_MAX
from server.clock import TOKEN_BYTES
from server.config import RateLimits, ServerConfig
from server.hashing import CODE_LENGTH, CODE_LETTERS, SET_UP_LENGTH
from server.house import decide
from server.links import LINK_CHARACTERS, SHORT_CODE_DIGITS
from server.reception import Deadlines
from server.room import STATION_PLACES
from shared import protocol
from shared.common_secrets import PIN_DIGITS_MIN

RATES: Final = RateLimits()
LIVE_TICKETS: Final = 3_000
ON_THE_WAY: Final = 10
HOURS_OPEN: Final = 10
DAYS_OPEN: Final = 300
YEAR_HOURS: Final = 24 * 365

PAIRING_AN_HOUR: Final = decide.GUESSES_MAX * 3_600_000 // decide.PAIRING_PAUSE_MS


class Guess(Struct, frozen=True):
    """Something secret: how many there are of it, how many tries are looked at, and its tests."""

    what: str
    bits: float
    looked_at: str
    tries: float
    tests: tuple[str, ...]

    @property
    def chance(self) -> float:
        """That one of the tries is right."""
        return self.tries / 2**self.bits


def gaps() -> dict[str, str]:
    """What fills the template's gaps."""
    config = ServerConfig()
    return {
        "guesses": _guesses(),
        "pin_tries": str(decide.TRIES_A_DAY),
        "all_tries": str(decide.TRIES_IN_ALL),
        "pairing_tries": str(decide.GUESSES_MAX),
        "pairing_minutes": str(decide.PAIRING_PAUSE_MS // decide.MINUTE_MS),
        "code_branch": str(RATES.wrong_short_codes_per_branch),
        "code_address": str(RATES.wrong_short_codes_per_address),
        "code_hour": _percent(RATES.wrong_short_codes_per_branch * 60 / 10**SHORT_CODE_DIGITS),
        "wrong_credentials": str(RATES.wrong_credentials_per_address),
        "at_once": f"{RATES.minutes_at_once:g}",
        "commands": _commands(),
        "handshakes_address": _grouped(RATES.handshakes_per_address),
        "handshakes_second": str(RATES.handshakes_per_second),
        "connections": _grouped(config.connections_max),
        "connections_address": str(config.connections_per_address_max),
        "station_places": str(STATION_PLACES),
        "open_seconds": f"{Deadlines().open_seconds:g}",
        "hello_seconds": f"{Deadlines().hello_seconds:g}",
        "send_seconds": f"{Deadlines().send_seconds:g}",
        "message_bytes": _grouped(protocol.MESSAGE_BYTES_MAX),
        "frame_bytes": _grouped(FRAME_BYTES_MAX),
    }


def _all_guesses() -> list[Guess]:
    handshakes = RATES.handshakes_per_address * 60.0
    code_bits = log2(len(CODE_LETTERS)) * CODE_LENGTH
    set_up_bits = log2(len(CODE_LETTERS)) * SET_UP_LENGTH
    return [
        Guess(
            what=f"a PIN of {PIN_DIGITS_MIN} digits, of one person",
            bits=log2(10) * PIN_DIGITS_MIN,
            looked_at=f"{decide.TRIES_A_DAY} a day at one terminal, then somebody has to unlock "
            f"it; {decide.TRIES_IN_ALL} in all",
            tries=decide.TRIES_IN_ALL,
            tests=(
                "test_a_pin_is_guessed_at_twenty_times_a_day_at_one_terminal_and_its_owner_works_on",
                "test_whoever_guesses_at_every_terminal_has_a_hundred_tries_in_all",
            ),
        ),
        Guess(
            what=f"a pairing code of {CODE_LENGTH} letters",
            bits=code_bits,
            looked_at=f"{PAIRING_AN_HOUR} an hour in one branch; the first "
            f"{decide.GUESSES_MAX} make the code void",
            tries=float(PAIRING_AN_HOUR * YEAR_HOURS),
            tests=(
                "test_five_pairing_codes_are_looked_at_in_five_minutes_and_the_other_branch_pairs_on",
            ),
        ),
        Guess(
            what=f"a set-up code of {SET_UP_LENGTH} letters",
            bits=set_up_bits,
            looked_at=f"{PAIRING_AN_HOUR} an hour",
            tries=float(PAIRING_AN_HOUR * YEAR_HOURS),
            tests=("test_the_set_up_code_is_guarded_in_the_same_way",),
        ),
        Guess(
            what=f"the link of one of {_grouped(LIVE_TICKETS)} tickets",
            bits=6 * LINK_CHARACTERS - log2(LIVE_TICKETS),
            looked_at=f"{_grouped(round(handshakes))} an hour from one address: as often as "
            "connections may be opened",
            tries=handshakes * YEAR_HOURS,
            tests=(
                "test_links_are_guessed_at_as_often_as_connections_are_opened_and_phones_go_on",
                "test_whoever_guesses_from_the_customers_own_address_keeps_no_right_link_out",
            ),
        ),
        Guess(
            what="a terminal's secret, the token of a sign-in",
            bits=8.0 * TOKEN_BYTES,
            looked_at=f"{_grouped(round(handshakes))} an hour from one address",
            tries=handshakes * YEAR_HOURS,
            tests=("test_wrong_credentials_of_one_address_are_put_off_and_right_ones_let_in",),
        ),
        Guess(
            what=f"the {SHORT_CODE_DIGITS} digits of any ticket of a branch",
            bits=log2(10) * SHORT_CODE_DIGITS,
            looked_at=f"{RATES.wrong_short_codes_per_address * 60} an hour from one address, "
            f"{_grouped(RATES.wrong_short_codes_per_branch * 60)} in one branch",
            tries=float(RATES.wrong_short_codes_per_branch * 60 * HOURS_OPEN * DAYS_OPEN),
            tests=(
                "test_one_address_has_five_short_codes_a_minute_and_the_customer_needs_one_try",
                "test_all_addresses_together_have_twenty_a_minute_and_links_open_all_the_while",
                "test_guessing_in_one_branch_leaves_the_codes_of_another_alone",
            ),
        ),
        Guess(
            what=f"the {SHORT_CODE_DIGITS} digits of any of {ON_THE_WAY} numbers taken before "
            "coming, at a kiosk",
            bits=log2(10) * SHORT_CODE_DIGITS - log2(ON_THE_WAY),
            looked_at=f"{RATES.wrong_short_codes_per_address * 60} an hour at one kiosk, "
            f"{_grouped(RATES.wrong_short_codes_per_branch * 60)} in one branch",
            tries=float(RATES.wrong_short_codes_per_address * 60 * HOURS_OPEN * DAYS_OPEN),
            tests=(
                "test_one_kiosk_has_five_codes_a_minute_and_the_next_one_checks_people_in",
                "test_whoever_guesses_from_far_away_keeps_nobody_from_checking_in",
                "test_wrong_codes_at_a_kiosk_are_limited_and_nobody_is_checked_in_by_them",
            ),
        ),
    ]


def _guesses() -> str:
    head = ("what is guessed", "there are", "tries looked at", "found in a year", "tests")
    rows = (
        (
            guess.what,
            f"2^{guess.bits:.0f}",
            guess.looked_at,
            _expected(guess.chance),
            "<br>".join(f"`{test}`" for test in guess.tests),
        )
        for guess in _all_guesses()
    )
    return table(head, rows)


def _expected(chance: float) -> str:
    """How many are found, in a form people can read."""
    if chance > 1:
        return f"{chance:.0f}"
    return f"1 in {_grouped(round(1 / chance))}" if chance > 1e-9 else f"1 in {1 / chance:.0e}"


def _commands() -> str:
    stations = ("kiosk", "counter", "board", "desk", "display", "rating_panel", "pager_base")
    kinds = (*stations, "phone", "ticket")
    return ", ".join(f"{kind} {getattr(RATES, kind)}" for kind in kinds)


def _percent(share: float) -> str:
    return f"{share:.2%}".replace("%", " %")


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
