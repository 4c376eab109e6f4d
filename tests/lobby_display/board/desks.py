"""What somebody at the board sees, without a screen; and a board that is touched without one."""

from datetime import datetime

from lobby_display.board import flow
from lobby_display.board.flow import Board, Look, Print, Send
from lobby_display.board.questions import question_of
from lobby_display.board.verbs import command_of, named
from lobby_display.board.words import Desk
from shared.protocol import SlotsFound, SlotShown
from tests.server.domain.story import STAFF

ZONE = "Asia/Shanghai"


def wall(story, moment):
    """An instant as the branch's clocks show it."""
    return f"{datetime.fromtimestamp(moment / 1000, tz=story.zone):%H:%M}"


def desk_of(story, role="branch_head", language="zh", view=None, **more):
    """The desk of somebody of that role, now."""
    return Desk(
        view=view or story.board,
        language=language,
        local=lambda moment: wall(story, moment),
        now=story.now,
        zone=ZONE,
        role=role,
        staff=STAFF.get(role, role),
        **more,
    )


class Hands:
    """Touches a board, and answers what it asks."""

    def __init__(self, desk, board=None):
        self.desk, self.board, self.effects = desk, board or Board(), []

    def touch(self, word):
        self._take(*flow.touched(self.board, word, self.desk))
        return self

    def choose(self, *words, note=""):
        self._take(*flow.chosen(self.board, words, note, self.desk))
        return self

    def _take(self, board, effects):
        """Free times that are looked up are there at once: the nearest hours of two days."""
        self.board = board
        self.effects += effects
        if any(isinstance(effect, Look) for effect in effects):
            first = self.desk.now + 3_600_000
            times = [first, first + 900_000, first + 86_400_000]
            slots = tuple(SlotShown(at=at, room=1) for at in times)
            found = SlotsFound(id="x", seq=1, service="F", slots=slots)
            self.board = flow.looked_up(self.board, found, self.desk)

    @property
    def question(self):
        asked = question_of(self.board, self.desk)
        return asked[0] if asked else None

    @property
    def words(self):
        """What can be chosen."""
        return [option.word for option in self.question.options]

    @property
    def commands(self):
        """What was sent."""
        sent = [effect for effect in self.effects if isinstance(effect, Send)]
        day = self.desk.view.day or "2026-11-16"
        return [command_of(named(s.verb), s.given, "command-00000001", day) for s in sent]

    @property
    def command(self):
        (command,) = self.commands
        return command

    @property
    def printed(self):
        return [effect.issued for effect in self.effects if isinstance(effect, Print)]
