"""Words -> what the speaking machine is given to read: pinyin for Chinese, words for English. Pure.

espeak-ng's own Chinese voice spells Latin letters in English and reads ticket numbers as amounts.
Here a ticket is read letter by letter and digit by digit, with one as yāo, as every bank's hall
does; a time is a time, and everything else an amount.
"""

from __future__ import annotations

import re
from typing import Final

from shared.protocol import Language

DIGITS: Final = ("ling2", "yi1", "er4", "san1", "si4", "wu3", "liu4", "qi1", "ba1", "jiu3")
TICKET_DIGITS: Final = ("ling2", "yao1", *DIGITS[2:])

LETTERS: Final = {
    "A": "ei1",
    "B": "bi4",
    "C": "xi1",
    "D": "di4",
    "E": "yi4",
    "F": "ai2 fu5",
    "G": "ji4",
    "H": "ei1 chi5",
    "I": "ai4",
    "J": "jie4",
    "K": "kei1",
    "L": "ai2 lou5",
    "M": "ai2 mu5",
    "N": "en1",
    "O": "ou1",
    "P": "pi4",
    "Q": "kiu1",
    "R": "a4",
    "S": "ai2 si5",
    "T": "ti4",
    "U": "you1",
    "V": "wei4",
    "W": "da2 bu5 liu5",
    "X": "ai2 ke5 si5",
    "Y": "wai4",
    "Z": "zei4",
}
"""As Chinese speakers say them: the machine's pinyin voice knows no other sounds."""

ENGLISH_DIGITS: Final = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)

TIME: Final = re.compile(r"\b(\d{1,2}):(\d{2})\b")
TICKET: Final = re.compile(r"(?<![A-Za-z0-9])([A-Z])\s?((?:\d\s?){3})(?![0-9A-Za-z])")
AMOUNT: Final = re.compile(r"\d+")
SILENT: Final = re.compile(r"[✓·()\uff08\uff09\"“”]+")


def read_aloud(words: str, language: Language) -> str:
    """What the machine is given for these words."""
    words = SILENT.sub(" ", words)
    return _chinese(words) if language == "zh" else _english(words)


def ticket_in_pinyin(number: str) -> str:
    """A ticket's number, sign by sign."""
    signs = (TICKET_DIGITS[int(sign)] if sign.isdecimal() else LETTERS[sign] for sign in number)
    return " ".join(signs)


def amount_in_pinyin(amount: int) -> str:
    """An amount below ten thousand as Chinese counts it; a longer one digit by digit."""
    if amount >= 10_000:
        return " ".join(DIGITS[int(digit)] for digit in str(amount))
    if amount < 10:
        return DIGITS[amount]
    said: list[str] = []
    silent_zero = True
    for size, word in ((1000, "qian1"), (100, "bai3"), (10, "shi2"), (1, "")):
        digit = amount // size % 10
        if digit:
            said += [DIGITS[digit], word] if word else [DIGITS[digit]]
            silent_zero = False
        elif not silent_zero and amount % size:
            said.append(DIGITS[0])
            silent_zero = True
    # Between ten and twenty the one is not said.
    return " ".join(said[1:] if 10 <= amount < 20 else said)


def _chinese(words: str) -> str:
    words = TICKET.sub(lambda found: _apart(ticket_in_pinyin(_plain(found))), words)
    words = TIME.sub(_time_in_pinyin, words)
    words = AMOUNT.sub(_amount_in_pinyin, words)
    return _in_pinyin(words)


def _plain(found: re.Match[str]) -> str:
    return found[0].replace(" ", "")


def _apart(pinyin: str) -> str:
    # Letters and digits with a tone must not be taken for amounts again.
    return f" {pinyin.translate(HIDDEN)} "


PAUSES: Final = {
    0xFF0C: ",",
    0x3002: ".",
    0xFF1A: ":",
    0xFF1B: ";",
    0xFF1F: "?",
    0xFF01: "!",
    0x3001: ",",
}
"""The machine pauses at Latin marks only."""

HIDDEN: Final = str.maketrans("12345", "¹²³⁴⁵")
SHOWN: Final = str.maketrans("¹²³⁴⁵", "12345")


def _time_in_pinyin(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), int(found[2])
    said = f"{amount_in_pinyin(hour)} dian3"
    if minute:
        zero = f"{DIGITS[0]} " if minute < 10 else ""
        said += f" {zero}{amount_in_pinyin(minute)} fen1"
    else:
        said += " zheng3"
    return _apart(said)


def _amount_in_pinyin(found: re.Match[str]) -> str:
    return _apart(amount_in_pinyin(int(found[0][:12])))


def _in_pinyin(words: str) -> str:
    from pypinyin import Style, lazy_pinyin  # most of a second to load: when somebody listens

    syllables = lazy_pinyin(words, style=Style.TONE3, neutral_tone_with_five=True)
    said = " ".join(syllables).translate(SHOWN).translate(PAUSES)
    return re.sub(r"\s+", " ", said).strip()


def _english(words: str) -> str:
    return TICKET.sub(_ticket_in_english, words)


def _ticket_in_english(found: re.Match[str]) -> str:
    number = _plain(found)
    return " ".join([number[0], *(ENGLISH_DIGITS[int(digit)] for digit in number[1:])])
