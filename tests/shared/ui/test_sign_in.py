"""The form for signing in and unlocking: what it asks, what it hands out, what it forgets."""

import pytest
from msgspec.structs import replace

from shared.i18n import text
from shared.protocol import HouseAccepted, Refused, SignedIn
from shared.ui.keys import Key, Line
from shared.ui.sign_in import (
    WIPED_AFTER_SECONDS,
    Asked,
    OwnSecretAsked,
    SecretChosen,
    SecretGiven,
    SignInForm,
    SignInGiven,
    SignOutAsked,
    Wiped,
    answered,
    chosen_twice,
)
from tests.shared.ui.one_widget import one_widget

SAID = (SignInGiven, SecretGiven, SignOutAsked, OwnSecretAsked, SecretChosen, Wiped)
LET_IN = SignedIn(id="x", token="t", staff="teller-3", role="teller", until=0, idle_ms=900_000)


def refused(code, **values):
    sentence = text("en", f"refusal.{code}", **values)
    return Refused(id="x", code=code, text=sentence, values=values)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def form(clock=None, **asked):
    return SignInForm(Asked(**{"language": "en", **asked}), now=clock or Clock())


def values_of(one):
    return {line.name: line.value for line in one.app.query(Line)}


# --- What is asked next ----------------------------------------------------------------------


def test_whoever_is_let_in_leaves_no_trace():
    asked = Asked(language="en", told="wrong", instead_of="teller-1", busy=True)

    assert answered(asked, LET_IN) == Asked(language="en")


def test_a_refusal_is_told_in_its_own_words():
    wrong = refused("SignInWrong")

    assert answered(Asked(busy=True), wrong) == Asked(told=wrong.text)


def test_somebody_elses_sign_in_is_offered_to_be_taken_over():
    other = refused("SomebodySignedIn", staff="teller-1")

    assert answered(Asked(), other).instead_of == "teller-1"
    assert answered(Asked(instead_of="teller-1"), refused("SignInWrong")).instead_of == ""


def test_without_a_server_nothing_can_be_checked():
    assert answered(Asked(language="en"), None).told == text("en", "sign_in.no_answer")


def test_whoever_has_chosen_a_pin_is_let_in_by_it():
    asked = Asked(language="en", purpose="choose", busy=True)

    assert answered(asked, LET_IN) == Asked(language="en")
    assert answered(asked, refused("SomebodySignedIn", staff="t1")).purpose == "sign_in"


def test_only_what_was_wrong_with_a_new_pin_is_typed_anew():
    asked = Asked(language="en", purpose="choose", busy=True)

    short = answered(asked, refused("SecretTooShort", characters_min=6))
    wrong = answered(asked, refused("SignInWrong"))

    assert (short.purpose, short.only_new) == ("choose", True)
    assert (wrong.purpose, wrong.only_new) == ("choose", False)


def test_a_second_factor_stands_there_until_somebody_has_taken_it_down():
    kept = HouseAccepted(id="x", seq=1, otp_secret="JBSWY3DP")

    shown = answered(Asked(language="en", purpose="choose", busy=True), kept)

    assert "JBSWY3DP" in shown.told
    assert shown.lasts
    assert shown.purpose == "sign_in"


def test_a_new_pin_is_asked_for_only_if_it_was_the_same_both_times():
    asked = Asked(language="en", purpose="choose")

    assert chosen_twice(asked, SecretChosen("t3", "code", "481516", "481516")).busy
    told = chosen_twice(asked, SecretChosen("t3", "code", "481516", "481561"))
    assert (told.busy, told.told) == (False, text("en", "sign_in.not_the_same"))


# --- On a screen -----------------------------------------------------------------------------


async def test_a_teller_types_id_and_pin_and_is_handed_out_once():
    async with one_widget(form(), *SAID) as one:
        await one.write("teller-3")
        await one.press("enter")
        await one.write("481516")
        shown = one.text()
        await one.press("enter")

        (given,) = one.heard
        assert (given.staff, given.secret, given.otp) == ("teller-3", "481516", "")
        assert not given.hand_over
        assert "teller-3" in shown
        assert "481516" not in shown
        assert "•" * 6 in shown


async def test_no_secret_stands_in_what_a_log_would_show_of_the_message():
    async with one_widget(form(), *SAID) as one:
        await one.write("teller-3")
        await one.press("enter")
        await one.write("481516")
        await one.press("enter")

        assert "481516" not in repr(one.heard[0])


async def test_while_the_answer_is_on_its_way_a_second_press_says_nothing():
    async with one_widget(form(), *SAID) as one:
        await one.write("t")
        await one.press("enter")
        await one.write("481516")
        await one.press("enter")
        one.widget.asked = replace(one.widget.asked, busy=True)
        await one.settle()
        await one.press("enter", "f2")

        assert len(one.heard) == 1
        assert text("en", "sign_in.busy") in one.text()


async def test_after_a_wrong_pin_the_id_stays_and_the_pin_is_typed_anew():
    async with one_widget(form(), *SAID) as one:
        await one.write("t3")
        await one.press("enter")
        await one.write("481516")
        await one.press("enter")
        one.widget.asked = replace(one.widget.asked, busy=True)
        await one.settle()
        one.widget.asked = answered(one.widget.asked, refused("SignInWrong"))
        await one.settle()

        assert values_of(one) == {"staff": "t3", "secret": ""}
        assert one.app.screen.focused.name == "secret"
        assert text("en", "refusal.SignInWrong") in " ".join(one.text().split())


async def test_taking_over_takes_one_more_key_and_no_more_typing():
    async with one_widget(form(), *SAID) as one:
        await one.write("t3")
        await one.press("enter")
        await one.write("481516")
        await one.press("enter")
        one.widget.asked = replace(one.widget.asked, busy=True)
        await one.settle()
        one.widget.asked = answered(one.widget.asked, refused("SomebodySignedIn", staff="teller-1"))
        await one.settle()
        await one.press("f3")

        given = one.heard[-1]
        assert (given.staff, given.secret, given.hand_over) == ("t3", "481516", True)
        assert "teller-1" in one.text()


async def test_the_one_time_code_is_asked_for_where_it_is_wanted_and_may_be_left_out():
    async with one_widget(form(with_code=True), *SAID) as one:
        await one.write("manager")
        await one.press("enter")
        await one.write("password")
        await one.press("enter")
        asked_for_code = one.app.screen.focused.name
        await one.press("enter")

        assert asked_for_code == "otp"
        assert one.heard[0].otp == ""


async def test_a_new_colleague_chooses_a_pin_with_the_one_time_code():
    async with one_widget(form(), *SAID) as one:
        await one.press("f4")
        one.widget.asked = replace(one.widget.asked, purpose="choose")
        await one.settle()
        for typed in ("t3", "KBCD-FGHJ", "481516", "481516"):
            await one.write(typed)
            await one.press("enter")

        asked, given = one.heard
        assert isinstance(asked, OwnSecretAsked)
        assert (given.staff, given.old, given.new, given.again) == (
            "t3",
            "KBCD-FGHJ",
            "481516",
            "481516",
        )
        assert "481516" not in one.text() + repr(given)


async def test_two_different_new_pins_are_both_typed_again_and_the_code_is_not():
    async with one_widget(form(purpose="choose"), *SAID) as one:
        for typed in ("t3", "code", "481516", "481561"):
            await one.write(typed)
            await one.press("enter")

        assert values_of(one) == {"staff": "t3", "old": "code", "new": "", "again": ""}
        assert one.app.screen.focused.name == "new"


async def test_an_empty_field_is_pointed_at_instead_of_being_sent():
    async with one_widget(form(), *SAID) as one:
        await one.press("f2", "enter")

        assert one.heard == []
        assert one.app.screen.focused.name in ("staff", "secret")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_locked_terminal_asks_its_own_person_for_the_secret_alone(language):
    locked = form(language=language, purpose="unlock", staff="teller-3", place="3")
    async with one_widget(locked, *SAID) as one:
        await one.write("481516")
        await one.press("enter")
        await one.touch("other")

        assert isinstance(one.heard[0], SecretGiven)
        assert one.heard[0].secret == "481516"
        assert isinstance(one.heard[1], SignOutAsked)
        assert list(values_of(one)) == ["secret"]
        assert text(language, "sign_in.locked", staff="teller-3") in one.text()


async def test_what_nobody_goes_on_typing_is_wiped():
    clock = Clock()
    async with one_widget(form(clock), *SAID) as one:
        await one.write("t3")
        await one.press("enter")
        await one.write("4815")
        clock.now = WIPED_AFTER_SECONDS - 1
        one.widget.look()
        still = values_of(one)
        clock.now = WIPED_AFTER_SECONDS
        one.widget.look()
        await one.settle()

        assert still == {"staff": "t3", "secret": "4815"}
        assert values_of(one) == {"staff": "", "secret": ""}
        assert isinstance(one.heard[-1], Wiped)
        assert one.app.screen.focused.name == "staff"


async def test_a_secret_cannot_be_copied_out_of_its_line():
    async with one_widget(form(), *SAID) as one:
        await one.write("t3")
        await one.press("enter")
        await one.write("481516")
        await one.press("ctrl+shift+a", "ctrl+c", "ctrl+x")

        assert "481516" not in one.app.clipboard
        assert values_of(one)["secret"] == "481516"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_choosing_a_pin_fits_into_the_smallest_screen(language):
    told = text(language, "sign_in.not_the_same")
    whole = form(language=language, purpose="choose", place="3", told=told)
    async with one_widget(whole, *SAID, size=(80, 22)) as one:
        hint = text(language, "sign_in.hint.choose")
        assert all(one.app.screen.region.contains_region(k.region) for k in one.app.query(Key))
        assert told in one.text()
        assert hint in one.text()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=str)
async def test_everything_fits_and_every_key_is_three_rows_high(size, language):
    whole = form(
        language=language,
        with_code=True,
        place="3",
        told=text(language, "sign_in.no_answer"),
        instead_of="teller-1",
    )
    async with one_widget(whole, *SAID, size=size) as one:
        assert all(key.region.height == 3 for key in one.app.query(Key))
        assert all(one.app.screen.region.contains_region(k.region) for k in one.app.query(Key))
        assert text(language, "sign_in.hand_over") in one.text()


async def test_the_form_is_there_in_words_without_what_was_typed():
    async with one_widget(form(told="Wrong."), *SAID) as one:
        await one.write("t3")
        await one.press("enter")
        await one.write("481516")

        words = list(one.widget.sentences())

        typing = text("en", "sign_in.typing", field=text("en", "sign_in.secret"))
        assert words == [text("en", "sign_in.heading"), "Wrong.", typing]
