"""What comes out of the printer: every layout, both languages, both ways, readable by a phone."""

import struct
import zlib

import pytest
import zxingcpp
from msgspec.structs import replace

from shared.i18n import text
from shared.printing.escpos import WIDE, Width, as_picture, as_text, state_of
from shared.printing.layouts import BookingSlip, Slip, appointment, missing_papers, ticket
from shared.printing.paper import Layout, Line, Paper
from shared.printing.raster import drawn, png
from shared.protocol import Language, WaitShown, Words
from tests.shared.printing.one_printer import COVER, LOW, OUT, READY, printed

LINK = "https://lobby.example.com/t/abcdefghijklmnopqrstuv"
SLIP = Slip(
    branch=Words(zh="示范支行", en="Model branch"),
    number="A083",
    service=Words(zh="存取款·转账", en="Cash and transfers"),
    time="09:02",
    ahead=3,
    link=LINK,
    short_code="012345",
    bring=(Words(zh="身份证", en="Identity card"), Words(zh="银行卡", en="Bank card")),
)
LAYOUTS: list[Layout] = ["normal", "large", "bilingual"]
HOSTILE = "\x1b@\x1dV\x00\x1b]0;t\x07张\u0000三\x10\x04\x01"


def dots_of(png_bytes):
    """A PNG of one bit a dot, read by hand: width and rows of bytes, 0 black and 255 white."""
    assert png_bytes.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, width, height = 8, b"", 0, 0
    while at < len(png_bytes):
        (length,), kind = struct.unpack(">I", png_bytes[at : at + 4]), png_bytes[at + 4 : at + 8]
        content = png_bytes[at + 8 : at + 8 + length]
        (check,) = struct.unpack(">I", png_bytes[at + 8 + length : at + 12 + length])
        assert check == zlib.crc32(kind + content)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", content[:10])
            assert (depth, colour) == (1, 0)
        data += content if kind == b"IDAT" else b""
        at += 12 + length
    raw, across = zlib.decompress(data), -(-width // 8)
    rows = [raw[n * (across + 1) + 1 : (n + 1) * (across + 1)] for n in range(height)]
    return [[255 if row[x // 8] >> (7 - x % 8) & 1 else 0 for x in range(width)] for row in rows]


def read_codes(rows, third=False):
    if third:
        rows = [row[::3] for row in rows[::3]]
    flat = bytes(dot for row in rows for dot in row)
    image = memoryview(flat).cast("B", shape=[len(rows), len(rows[0])])
    return [code.text for code in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [Width(), WIDE], ids=["58 mm", "80 mm"])
def test_a_ticket_in_the_printers_own_letters(layout, language, width):
    paper = printed(as_text(ticket(SLIP, layout, language), width))

    languages: list[Language] = ["zh", "en"] if layout == "bilingual" else [language]
    whole = paper.text.replace("\n", "").replace(" ", "")
    for lang in languages:
        for words in (
            getattr(SLIP.service, lang),
            text(lang, "paper.taken", time="09:02"),
            text(lang, "kiosk.ahead", n=3),
            text(lang, "screen.ticket_foot"),
            text(lang, "paper.no_camera"),
            text(lang, "paper.code", code="012 345"),
            "lobby.example.com",
        ):
            assert words.replace(" ", "") in whole
    assert max(size for size, line in paper.lines if line == "A083") >= 4
    assert (paper.codes, paper.cuts) == ([LINK], 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_ticket_as_a_picture_has_a_code_that_a_phone_reads(layout):
    rows = dots_of(png(drawn(ticket(SLIP, layout, "zh"), 384)))

    assert read_codes(rows) == [LINK]
    assert all(len(row) == len(rows[0]) for row in rows)


def test_the_picture_that_is_sent_is_the_picture_that_is_drawn():
    paper = ticket(SLIP, "normal", "zh")
    bitmap = drawn(paper, 384)

    bands = printed(as_picture(paper, Width())).pictures

    rows = [int.from_bytes(row, "big") for band in bands for row in band]
    assert rows == list(bitmap.rows)
    assert max(len(band) for band in bands) <= 256


def test_large_print_is_twice_as_large():
    normal = drawn(ticket(SLIP, "normal", "zh"), 576)
    large = drawn(ticket(SLIP, "large", "zh"), 576)

    assert len(large.rows) > 1.5 * len(normal.rows)


def test_no_line_is_wider_than_the_paper():
    for layout in LAYOUTS:
        for size, line in printed(as_text(ticket(SLIP, layout, "en"), Width())).lines:
            cells = sum(2 if ord(letter) > 0x2E80 else 1 for letter in line)
            assert cells * size <= 32


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_an_address_for_phones_there_is_nothing_to_type(layout):
    paper = printed(as_text(ticket(replace(SLIP, link="", short_code=""), layout, "en"), Width()))

    assert paper.codes == []
    assert text("en", "paper.no_camera") not in " ".join(line for _, line in paper.lines)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_address_is_on_one_line_to_be_typed(layout):
    paper = printed(as_text(ticket(SLIP, layout, "en"), Width()))

    assert "lobby.example.com" in [line.strip() for _, line in paper.lines]


def test_words_are_not_broken_where_a_space_will_do():
    paper = printed(as_text(ticket(SLIP, "normal", "en"), Width()))

    words = " ".join(line for _, line in paper.lines).split()
    assert {"Identity", "ahead", "Missed", "lobby", "manager."} <= set(words)


def test_a_ticket_that_is_printed_again_says_so():
    again = Slip(**{**{f: getattr(SLIP, f) for f in SLIP.__struct_fields__}, "again": True})

    assert (
        text("zh", "paper.again") in printed(as_text(ticket(again, "normal", "zh"), Width())).text
    )
    assert (
        text("zh", "paper.again")
        not in printed(as_text(ticket(SLIP, "normal", "zh"), Width())).text
    )


def test_the_list_of_missing_papers():
    paper = missing_papers(SLIP.branch, ["身份证", "银行卡"], "zh", "09:02")

    assert "· 身份证" in printed(as_text(paper, Width())).text


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_appointment_says_when_what_for_what_to_bring_and_how_late_one_may_be(layout, language):
    slip = BookingSlip(
        branch=SLIP.branch,
        service=SLIP.service,
        time="2026-11-18 10:30",
        code="482913",
        late_minutes=10,
        link=LINK,
        bring=SLIP.bring,
    )

    paper = printed(as_text(appointment(slip, layout, language), WIDE))

    whole = paper.text.replace("\n", "").replace(" ", "")
    languages: list[Language] = ["zh", "en"] if layout == "bilingual" else [language]
    for lang in languages:
        for words in (
            text(lang, "paper.appointment"),
            text(lang, "paper.booked_for", time="2026-11-18 10:30"),
            text(lang, "paper.booked_late", minutes=10),
            getattr(SLIP.service, lang),
        ):
            assert words.replace(" ", "") in whole
    assert max(size for size, line in paper.lines if line == "482913") >= 4
    assert (paper.codes, paper.cuts) == ([LINK], 1)


def test_hostile_text_commands_no_printer():
    paper = printed(as_text(Paper((Line(HOSTILE),)), Width()))

    assert (paper.cuts, paper.codes) == (1, [])
    assert "张三" in paper.text


def test_a_letter_that_cannot_be_drawn_is_no_reason_to_print_nothing():
    assert drawn(Paper((Line("𠮷"),)), 384).width == 384
    assert "𠮷" in printed(as_text(Paper((Line("𠮷"),)), Width())).text


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (READY, "ready"),
        (LOW, "paper_low"),
        (OUT, "paper_out"),
        (COVER, "cover_open"),
        (b"\x1a\x12\x12", "offline"),
        (b"", "unknown"),
        (b"\x12", "unknown"),
        (b"\xff\xff\xff", "unknown"),
        (b"\x00\x00\x00", "unknown"),
        (READY + b"\x12", "unknown"),
    ],
)
def test_what_the_printer_says_of_itself_is_understood_and_silence_is_not(answer, state):
    assert state_of(answer) == state


def test_the_wait_and_the_time_that_is_promised_are_on_the_paper():
    slip = replace(SLIP, wait=WaitShown(low=15, high=25), until="09:30")

    words = [part.words for part in ticket(slip, "normal", "en").parts if isinstance(part, Line)]

    assert text("en", "wait.range", low=15, high=25) in words
    assert text("en", "wait.until", time="09:30") in words
