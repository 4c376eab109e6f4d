"""Every refusal has its sentence, and its test.

The decisions' own refusals are each raised somewhere in this folder; the others belong to the
connection, before any decision.
"""

import re
from pathlib import Path
from typing import get_args

import pytest

from server.domain.refusals import REFUSALS, Refusal, Refused, UnknownNumber
from shared.protocol import Command

DOMAIN = Path(__file__).parents[2] / "server" / "domain"
TESTS = Path(__file__).parent
OF_THE_CONNECTION = {
    "BadMessage",
    "BranchStopped",
    "CodeNotKnown",
    "Busy",
    "CommandReused",
    "HelloExpected",
    "LanesByStaffOnly",
    "MailNotValid",
    "MessageTooLong",
    "NotAllowed",
    "NotKnown",
    "NotYourAppointment",
    "TooManyFromHere",
    "NotYourCounter",
    "NotYourTicket",
    "NumberOfAPerson",
    "PhoneNotValid",
    "RateLimited",
    "UnknownCommand",
    "VersionNotSpoken",
    "ViewNotAllowed",
}


def text_of(files):
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


DECISIONS = text_of(file for file in DOMAIN.glob("*.py") if file.name != "refusals.py")
STORIES = text_of(TESTS.rglob("test_*.py"))
OF_THE_DOMAIN = {name for name in REFUSALS if re.search(rf"\b{name}\(", DECISIONS)}


def test_every_refusal_is_the_domains_or_the_connections():
    assert set(REFUSALS) == OF_THE_DOMAIN | OF_THE_CONNECTION
    assert not OF_THE_DOMAIN & OF_THE_CONNECTION


@pytest.mark.parametrize("name", sorted(OF_THE_DOMAIN))
def test_every_refusal_of_the_domain_is_raised_in_a_test(name):
    assert re.search(rf"refused\(\s*{name}\(", STORIES)


@pytest.mark.parametrize("kind", REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_says_in_a_sentence_what_forbids_it(kind):
    assert kind.__doc__ is not None
    assert kind.__doc__.strip().endswith(".")
    assert kind.__doc__ != Refusal.__doc__


@pytest.mark.parametrize("name", sorted(OF_THE_DOMAIN))
def test_the_field_at_fault_is_a_field_of_some_command(name):
    fields = {field for kind in get_args(Command) for field in kind.__struct_fields__}

    assert REFUSALS[name].at in {None, "config", *fields}


def test_a_refusal_carries_the_values_of_its_sentence():
    refused = Refused(UnknownNumber("A009"))

    assert str(refused) == "UnknownNumber"
    assert refused.refusal == UnknownNumber("A009")
    assert refused.refusal.at == "number"
