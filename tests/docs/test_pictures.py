"""The pictures of the handbook: as many as there are shots, each small and of its size."""

from docs.pictures.__main__ import FOLDER
from docs.pictures.shots import SHOTS, Press, Touch
from shared.i18n import catalogue
from web.places import PROGRAMS

BYTES_MAX = 150_000


def files():
    return {f"{shot.name}.{language}.png": shot for shot in SHOTS for language in shot.languages}


def test_every_shot_was_taken_and_no_other_picture_lies_there():
    assert {file.name for file in FOLDER.glob("*.png")} == set(files())


def test_every_picture_is_small_and_of_the_size_of_its_screen():
    for name, shot in files().items():
        picture = (FOLDER / name).read_bytes()

        assert len(picture) < BYTES_MAX, name
        size = (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24]))
        assert size == shot.size, name


def test_what_a_shot_waits_for_and_touches_is_in_the_catalogue():
    keys = set(catalogue("zh"))
    for shot in SHOTS:
        touched = {step.key for step in shot.steps if isinstance(step, Touch) and step.key}
        awaited = {step.when for step in shot.steps if isinstance(step, Press)}
        wanted = {shot.until, *touched, *awaited}

        assert wanted <= keys, shot.name
        assert shot.program in {program.name for program in PROGRAMS}
