"""Tables that fit the screen: columns that are spared, rows that turn over."""

from rich.cells import cell_len

from lobby_display.board.sheet import Column, Row, Section, fitted, lines, turns

TABLE = Section(
    "Title",
    (
        Column("number"),
        Column("service", spare=1),
        Column("minutes", right=True),
        Column("remarks", rest=True),
    ),
    tuple(Row((f"A{n:03}", "Cash", str(n), "nothing to say"), f"ticket:{n}") for n in range(1, 8)),
)


def texts(turn):
    return [line.text.rstrip() for line in turn]


def test_columns_stand_below_their_heads_and_figures_to_the_right():
    (turn,) = turns([TABLE], 60, 20)

    assert texts(turn)[:3] == [
        "Title",
        "number  service  minutes  remarks",
        "A001    Cash           1  nothing to say",
    ]


def test_a_narrow_screen_does_without_what_can_be_spared():
    (turn,) = turns([TABLE], 39, 20)

    assert texts(turn)[1] == "number  minutes  remarks"


def test_what_is_too_long_is_cut_and_says_so():
    (turn,) = turns([TABLE], 30, 20)

    assert texts(turn)[2] == "A001          1  nothing to s…"


def test_every_line_is_as_wide_as_the_screen_also_in_chinese():
    chinese = lines("\u7a97\u53e3", "\u4e00\u53f7\u7a97\u53e3" * 10)

    for turn in turns([chinese, TABLE], 33, 5):
        assert {cell_len(line.text) for line in turn if line.kind != "blank"} == {33}


def test_rows_turn_over_and_their_heads_come_again():
    shown = turns([TABLE], 60, 5)

    assert [len(turn) for turn in shown] == [5, 5, 3]
    assert all(texts(turn)[0] == "Title" for turn in shown)
    picks = [line.pick for turn in shown for line in turn if line.pick]
    assert picks == [f"ticket:{n}" for n in range(1, 8)]


def test_a_row_that_can_be_touched_is_as_high_as_asked():
    (turn,) = turns([TABLE], 60, 40, row_rows=2)

    assert [line.pick for line in turn][2:6] == ["ticket:1", "ticket:1", "ticket:2", "ticket:2"]


def test_a_section_that_is_whole_is_never_torn_apart():
    plot = Section("Plot", (Column("", rest=True),), (Row(("a",)), Row(("b",))), whole=True)

    shown = turns([plot, plot, plot], 20, 7)

    assert [len(turn) for turn in shown] == [7, 3]


def test_an_empty_section_says_so():
    (turn,) = turns([Section("Line", TABLE.columns, (), "Nobody is waiting.")], 30, 9)

    assert texts(turn) == ["Line", "Nobody is waiting."]


def test_there_is_always_a_page():
    assert turns([], 30, 9) == [()]


def test_words_fit_to_the_cell():
    assert fitted("\u7a97\u53e3", 3) == "\u7a97…"
    assert fitted("ab", 4, right=True) == "  ab"
    assert fitted("ab", 0) == ""
