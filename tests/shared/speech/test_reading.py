"""How words are read: tickets sign by sign, one as yāo, times as times, amounts as amounts."""

import pytest

from shared.i18n import LANGUAGES, catalogue
from shared.speech.reading import LETTERS, amount_in_pinyin, read_aloud, ticket_in_pinyin


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "ling2"),
        (3, "san1"),
        (10, "shi2"),
        (11, "shi2 yi1"),
        (20, "er4 shi2"),
        (45, "si4 shi2 wu3"),
        (100, "yi1 bai3"),
        (105, "yi1 bai3 ling2 wu3"),
        (110, "yi1 bai3 yi1 shi2"),
        (1001, "yi1 qian1 ling2 yi1"),
        (2020, "er4 qian1 ling2 er4 shi2"),
        (95588, "jiu3 wu3 wu3 ba1 ba1"),
    ],
)
def test_an_amount_is_counted_as_chinese_counts(amount, said):
    assert amount_in_pinyin(amount) == said


def test_a_ticket_is_read_sign_by_sign_with_one_as_yao():
    assert ticket_in_pinyin("A017") == "ei1 ling2 yao1 qi1"
    assert read_aloud("请 A 0 0 1 号", "zh") == "qing3 ei1 ling2 ling2 yao1 hao4"


def test_a_counter_is_a_cardinal():
    assert read_aloud("到3号窗口", "zh") == "dao4 san1 hao4 chuang1 kou3"
    assert read_aloud("到10号窗口", "zh") == "dao4 shi2 hao4 chuang1 kou3"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("09:00", "jiu3 dian3 zheng3"),
        ("09:02", "jiu3 dian3 ling2 er4 fen1"),
        ("16:45", "shi2 liu4 dian3 si4 shi2 wu3 fen1"),
    ],
)
def test_a_time_is_read_as_a_time(time, said):
    assert read_aloud(time, "zh") == said


def test_in_english_a_ticket_is_read_digit_by_digit_too():
    assert read_aloud("Ticket A007", "en") == "Ticket A zero zero seven"
    assert read_aloud("3 waiting", "en") == "3 waiting"


def test_every_letter_of_a_series_has_a_sound():
    assert set(LETTERS) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def test_every_sentence_of_the_kiosk_becomes_something_to_read():
    for language in LANGUAGES:
        for key, sentence in catalogue(language).items():
            if key.startswith("kiosk.") and key != "kiosk.refused":
                said = read_aloud(sentence, language)
                assert said, key
                assert said.isascii() or language == "en", said
