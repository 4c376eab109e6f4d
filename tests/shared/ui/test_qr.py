"""QR codes: what is drawn is the code, with white around it."""

import qrcode

from shared.ui.qr import BORDER, half_blocks

ADDRESS = "https://lobby.example.com/t/abcdefghijklmnopqrstuv"


def modules(lines):
    """Back to black (True) and white."""
    above = {"█": (False, False), "▀": (False, True), "▄": (True, False), " ": (True, True)}
    for line in lines:
        pairs = [above[cell] for cell in line]
        yield [up for up, _ in pairs]
        yield [down for _, down in pairs]


def test_the_drawing_has_the_modules_of_the_code():
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=BORDER, mask_pattern=2)
    code.add_data(ADDRESS, optimize=0)
    code.make(fit=True)

    drawn = list(modules(half_blocks(ADDRESS)))

    matrix = code.get_matrix()
    assert drawn[: len(matrix)] == matrix


def test_there_is_white_all_around():
    drawn = list(modules(half_blocks(ADDRESS)))

    rim = drawn[:BORDER] + drawn[-BORDER:]
    rim += [row[:BORDER] + row[-BORDER:] for row in drawn]
    assert not any(any(row) for row in rim)


def test_all_lines_are_as_wide_as_the_first():
    assert len({len(line) for line in half_blocks(ADDRESS)}) == 1
