"""Long work says on a terminal how far it is, and nowhere else."""

import io
import sys

import pytest

from server.upkeep.backup import Place, back_up
from server.upkeep.progress import CLEAR, Progress
from server.upkeep.verify import verify
from tests.server.upkeep.lived import NINE, database, run


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self):
        return True


def shown(terminal):
    return [line for line in terminal.getvalue().split(CLEAR) if line]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_terminal_sees_every_step_and_in_the_end_nothing(folder, tmp_path, language):
    terminal = Terminal()

    back_up(folder, Place(tmp_path), NINE, progress=Progress(language, terminal))

    words = {"zh": ("复制", "结构", "个人信息"), "en": ("Copying", "structure", "private rows")}
    assert all(any(word in line for line in shown(terminal)) for word in words[language])
    assert terminal.getvalue().endswith(CLEAR)


def test_the_same_is_not_said_twice():
    terminal = Terminal()
    progress = Progress("en", terminal)

    for done in (1, 1, 2, 1000, 2000):
        progress.at("rows", done, 1000)

    assert [line.split()[-2] for line in shown(terminal)] == ["0", "99"]


def test_where_no_terminal_is_nothing_is_said(capsys, folder):
    pipe = io.StringIO()

    verify(database(folder), progress=Progress("en", pipe))
    _, _, errors = run(capsys, "verify", "--data", folder)

    assert (pipe.getvalue(), errors) == ("", "")


class Impatient(Progress):
    """Presses Ctrl-C while SQLite copies, which would swallow it."""

    calls = 0

    def at(self, *_):
        self.calls += 1
        if self.calls == 2:
            raise KeyboardInterrupt


def test_whoever_stops_a_backup_leaves_nothing_behind(folder, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        back_up(folder, Place(tmp_path / "away"), NINE, progress=Impatient())

    assert list((tmp_path / "away").iterdir()) == []
    assert verify(database(folder)).sound


class Reader:
    """Somebody who presses Ctrl-C instead of answering."""

    def readline(self):
        raise KeyboardInterrupt


def test_whoever_stops_a_command_is_told_and_no_script_takes_it_for_done(
    capsys, monkeypatch, tmp_path
):
    monkeypatch.setattr(sys, "stdin", Reader())

    code, output, errors = run(capsys, "init", "--data", tmp_path / "data", "--language", "en")

    assert (code, output) == (1, "")
    assert errors.endswith("lobby: Stopped; nothing was changed.\n")
    assert not (tmp_path / "data").exists()
