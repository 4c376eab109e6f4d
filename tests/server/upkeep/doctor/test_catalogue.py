"""Everything that can be found has its words, and what is to be typed can be typed."""

import re
import shlex

import pytest

import lobby
from server.upkeep.doctor.examine import CHECKS
from server.upkeep.doctor.findings import GRADES
from shared.i18n import LANGUAGES, PLACEHOLDER, catalogue

COMMAND = re.compile(r"`(lobby .*?)`")


def words_of(table, language):
    prefix = f"doctor.{table}."
    return {k.removeprefix(prefix) for k in catalogue(language) if k.startswith(prefix)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_its_sentence_and_its_remedy_and_nothing_else_has(language):
    assert words_of("found", language) == set(GRADES)
    assert words_of("remedy", language) == set(GRADES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_its_sentence_for_when_all_is_well(language):
    assert words_of("fine", language) == set(CHECKS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remedy_needs_only_what_its_sentence_could_say_too(language):
    for code in GRADES:
        for table in ("found", "remedy"):
            assert "`" not in "".join(
                PLACEHOLDER.findall(catalogue(language)[f"doctor.{table}.{code}"])
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lobby_command_that_a_remedy_names_is_understood(language):
    typed = {
        (code, PLACEHOLDER.sub("some", command))
        for code in GRADES
        for command in COMMAND.findall(catalogue(language)[f"doctor.remedy.{code}"])
    }

    assert len(typed) > 8
    for code, command in typed:
        try:
            lobby._parser().parse_args(shlex.split(command)[1:])
        except SystemExit:
            pytest.fail(f"{code}: {command}")


def test_both_languages_name_the_same_commands():
    for code in GRADES:
        zh, en = (
            sorted(re.findall(r"`.*?`", catalogue(language)[f"doctor.remedy.{code}"]))
            for language in LANGUAGES
        )
        assert zh == en, code
