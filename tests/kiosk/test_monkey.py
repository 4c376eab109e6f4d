"""Somebody who plays with the kiosk: 2,000 keys, touches, pastes, sequences and sizes, in two lives
with a power cut between. The seed is that of the run (`LOBBY_SEED`); 100,000 are a bench."""

from pathlib import Path

import kiosk
from bench import kiosk_monkey
from bench.kiosk_monkey import Files, play


async def test_whoever_plays_with_the_kiosk_gets_numbers_and_nowhere_else(tmp_path, seed):
    seen = await play(tmp_path, 2000, seed, life=1000, burst_max=80)

    assert seen.problems == []
    assert seen.actions == 2000
    assert {"welcome", "services"} <= set(seen.pages)


async def test_a_file_that_is_written_elsewhere_is_noticed(tmp_path):
    allowed, elsewhere = tmp_path / "allowed", tmp_path / "elsewhere"
    allowed.mkdir()
    with Files(allowed).watching() as written:
        (allowed / "file").write_text("")
        elsewhere.write_text("")

    assert written == {str(elsewhere)}


def test_the_monkey_knows_every_page():
    source = (Path(kiosk.__file__).parent / "pages.py").read_text()

    named = {part.split('"')[0] for part in source.split('name="')[1:]}
    assert named - {""} <= kiosk_monkey.PAGES
