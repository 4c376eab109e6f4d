"""Passwords, codes and second factors."""

import asyncio
import threading

import pytest

from server.domain.refusals import Busy, Refused
from server.hashing import (
    AT_ONCE,
    WAITING_MAX,
    as_typed,
    code_of,
    load_pepper,
    otp,
    otp_secret_of,
    otp_step,
)
from server.house.refusals import SecretTooCommon, SecretTooShort
from server.proofs import check_choice
from shared.testing import ManualClock
from tests.server.one_house import hashing

RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "password"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_one_time_passwords_are_those_of_the_standard(seconds, password):
    assert otp(RFC_6238, seconds // 30) == password


def test_a_one_time_password_is_good_for_a_step_round_now_and_only_once():
    step = otp_step(RFC_6238, "287082", 59_000)

    assert step == 1
    assert otp_step(RFC_6238, "287082", 89_000) == 1
    assert otp_step(RFC_6238, "287082", 121_000) is None
    assert otp_step(RFC_6238, "287082", 59_000, used=1) is None
    assert otp_step(RFC_6238, "", 59_000) is None


def test_a_code_has_consonants_only_and_may_be_typed_as_people_do():
    code = code_of("some chance")

    assert set(as_typed(code)) <= set("BCDFGHJKLMNPQRSTVWXZ")
    assert len(as_typed(code)) == 8
    assert as_typed(f" {code.lower().replace('-', ' ')} ") == as_typed(code)


def test_an_authenticator_gets_160_bits():
    assert len(otp_secret_of("some chance")) == 32


async def test_a_secret_fits_its_own_hash_under_its_own_pepper_only():
    kept = await hashing().hash("480517")

    assert await hashing().fits("480517", kept)
    assert not await hashing().fits("480518", kept)
    assert not await hashing().fits("480517", "")
    assert not await hashing().fits("480517", "no hash")
    assert not await hashing().fits("", "")


async def test_more_tries_than_can_wait_are_told_that_the_server_is_busy():
    maker, gate = hashing(), threading.Event()
    waiting = [asyncio.create_task(maker._work(gate.wait)) for _ in range(AT_ONCE + WAITING_MAX)]
    await asyncio.sleep(0)

    with pytest.raises(Refused) as caught:
        await maker.fits("480517", "")

    gate.set()
    await asyncio.gather(*waiting)
    assert caught.value.refusal == Busy()


def test_the_pepper_is_made_once_and_for_the_servers_user_alone(tmp_path):
    path = tmp_path / "keys" / "pepper.key"

    first = load_pepper(path, ManualClock().token)

    assert load_pepper(path, ManualClock().token) == first
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("secret", "teller", "kind"),
    [
        ("480517", True, "pin"),
        ("correct horse", True, "password"),
        ("x1" * 100, False, "password"),
        ("48051723", False, "password"),
    ],
)
def test_a_teller_may_have_a_pin_and_everybody_a_long_password(secret, teller, kind):
    assert check_choice(secret, teller, "li") == kind


@pytest.mark.parametrize(
    ("secret", "teller", "why"),
    [
        ("48051", True, SecretTooShort(6)),
        ("480517", False, SecretTooShort(8)),
        ("abc", True, SecretTooShort(8)),
        ("123456", True, SecretTooCommon()),
        ("Password1", False, SecretTooCommon()),
        ("777777777777", False, SecretTooCommon()),
        ("li.wei.88", False, SecretTooCommon()),
    ],
)
def test_what_would_be_found_by_trying_is_not_taken(secret, teller, why):
    with pytest.raises(Refused) as caught:
        check_choice(secret, teller, "li.wei.88")

    assert caught.value.refusal == why
