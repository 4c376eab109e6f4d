"""Pictures of the playlist: as large as they fit, true in their colours, gone for every call."""

import pytest
from PIL import Image

from lobby_display.images import UPPER_HALF, NotAPicture, opened, rows_of
from lobby_display.program import with_pictures
from lobby_display.settings import Settings, Slide
from shared.columns import cells
from shared.config import ConfigError
from shared.protocol import Words
from tests.lobby_display.one_display import display
from tests.server.domain.story import MONDAY, Story, _default_branch

RED, BLUE = (200, 0, 0), (0, 0, 200)


def poster(file, size=(40, 20)):
    """Red above, blue below."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    image.save(file)
    return file


@pytest.mark.parametrize("size", [(40, 20), (20, 40), (400, 10), (3, 300), (1, 1)])
@pytest.mark.parametrize("room", [(80, 20), (30, 40), (5, 3)])
def test_a_picture_fills_its_room_and_no_more(tmp_path, size, room):
    rows = rows_of(poster(tmp_path / f"{size}.png", size), *room)

    assert len(rows) == room[1]
    assert {sum(cells(words) for words, _ in row) for row in rows} == {room[0]}


def test_its_colours_stand_where_they_stood(tmp_path):
    rows = rows_of(poster(tmp_path / "poster.png"), 40, 10)

    looks = [{look for words, look in row if UPPER_HALF in words} for row in rows]
    assert looks[0] == {"#c80000 on #c80000"}
    assert looks[-1] == {"#0000c8 on #0000c8"}


def test_what_can_be_seen_through_is_black(tmp_path):
    Image.new("RGBA", (4, 4), (255, 255, 255, 0)).save(tmp_path / "glass.png")

    assert opened(tmp_path / "glass.png").getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"0" * 40])
def test_a_file_that_is_no_picture_is_said_with_its_place(tmp_path, content):
    if content is not None:
        (tmp_path / "poster.png").write_bytes(content)
    text, picture = Slide(heading=Words()), Slide(heading=Words(), picture="poster.png")

    with pytest.raises(ConfigError) as wrong:
        with_pictures(Settings(playlist=(text, picture)), tmp_path / "lobby-display.toml")

    assert wrong.value.key == "playlist[1].picture"


def test_a_picture_that_unpacks_to_a_flood_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("lobby_display.images.POINTS_MAX", 100)

    with pytest.raises(NotAPicture, match="100 points"):
        opened(poster(tmp_path / "flood.png"))


async def test_a_poster_hangs_while_nobody_is_called_and_is_gone_for_a_call(tmp_path):
    poster(tmp_path / "poster.png")
    slide = Slide(heading=Words(en="Beware"), picture="poster.png")
    settings = with_pictures(Settings(playlist=(slide,)), tmp_path / "lobby-display.toml")
    story = Story(_default_branch(), f"{MONDAY} 09:00")
    story.open(1)
    async with display((100, 30), story, languages=("en",), playlist=settings.playlist) as one:
        hung = one.text()
        story.take("A")
        story.call(1)
        await one.push()

        assert UPPER_HALF in hung
        assert "Beware" in hung
        assert "Beware" not in one.text()
