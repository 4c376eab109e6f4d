"""The frame of the terminals: lives by its link, says what is not current, lets nobody out."""

import logging
import os
import socket

import pytest
from msgspec.structs import replace
from textual.app import ComposeResult
from textual.events import Key, MouseDown, MouseUp

from shared.i18n import text
from shared.protocol import VERSION, Accepted, KioskView, Refused, RequestHelp, Welcome
from shared.sender import NotSentError
from shared.testing import FakeLink
from shared.ui.app import ClientApp
from shared.ui.life import Life
from shared.ui.theme import NIGHT
from shared.ui.widgets import Banner, BigText, QrCode, Status
from tests.server.domain.story import MONDAY, Story, _default_branch
from tests.settle import settle

SIZE = (80, 24)
WELCOME = Welcome(
    version=VERSION,
    branch="main",
    station="kiosk-1",
    role="kiosk",
    epoch="e",
    seq=0,
    at=0,
    heartbeat_ms=5_000,
    time_zone="Asia/Shanghai",
)
HELP = RequestHelp(id="help-00000000001", day=MONDAY, wanted="help")


class OneScreen(ClientApp[KioskView]):
    """As little as a program can be."""

    shows = KioskView

    def __init__(self, link):
        super().__init__(link, theme=NIGHT)
        self.told = None

    def compose(self) -> ComposeResult:
        yield Banner()
        yield BigText("A083", rows_max=5)
        yield QrCode("https://lobby.example.com/t/abcdefghijklmnopqrstuv")

    def watch_link_state(self):
        self.tell()

    def watch_view(self):
        self.tell()

    def tell(self):
        view = self.view
        self.query_one(Banner).status = Status(
            state=self.link_state,
            as_of=self.local(view.at) if view else "",
            read_only=view is not None and view.read_only,
        )

    def refused(self, refusal):
        self.told = refusal.code


@pytest.fixture
def story():
    return Story(_default_branch(), f"{MONDAY} 09:00")


def on_screen(app):
    """The screen as lines of text."""
    lines = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in lines]


async def test_the_newest_view_and_the_time_of_the_branch_arrive(story):
    link = FakeLink(story.kiosk, welcome=WELCOME)
    app = OneScreen(link)
    async with app.run_test(size=SIZE):
        await settle(app)
        story.take("A")
        link.push(story.kiosk)
        await settle(app)

        assert app.shown == story.kiosk
        assert app.is_current
        assert app.local(story.now) == "09:00"


async def test_a_cut_is_said_as_soon_as_what_is_shown_is_stale(story):
    link = FakeLink(story.kiosk, welcome=WELCOME)
    app = OneScreen(link)
    async with app.run_test(size=SIZE):
        await settle(app)
        banner = app.query_one(Banner)
        quiet = banner.display
        link.become("connecting")
        await settle(app)
        still_quiet = banner.display
        link.become("stale")
        await settle(app)

        assert (quiet, still_quiet, banner.display) == (False, False, True)
        assert banner.sentence == text("zh", "link.as_of", time="09:00")
        assert not app.is_current
        assert banner.sentence in on_screen(app)[0]
        link.become("live")
        await settle(app)
        assert not banner.display


async def test_a_server_that_cannot_write_is_said_as_long_as_it_cannot(story):
    link = FakeLink(story.kiosk, welcome=WELCOME)
    app = OneScreen(link)
    async with app.run_test(size=SIZE):
        await settle(app)
        link.push(replace(story.kiosk, read_only=True))
        await settle(app)
        sentence = app.query_one(Banner).sentence
        link.push(story.kiosk)
        await settle(app)

        assert sentence == text("zh", "link.read_only")
        assert app.query_one(Banner).sentence == ""


async def test_before_the_first_view_the_screen_says_that_it_is_connecting():
    link = FakeLink()
    link.become("connecting")
    app = OneScreen(link)
    async with app.run_test(size=SIZE):
        await settle(app)

        assert app.query_one(Banner).sentence == text("zh", "link.state.connecting")


async def test_big_words_and_the_code_are_drawn(story):
    app = OneScreen(FakeLink(story.kiosk))
    async with app.run_test(size=SIZE):
        await settle(app)

        shown = "\n".join(on_screen(app))
        assert app.query_one(BigText).lines_for(80)[2].strip() in shown
        assert "▄▄▄▄▄" in shown


async def test_an_answer_comes_back_and_a_link_that_gives_up_answers_nothing(story):
    link = FakeLink(story.kiosk, welcome=WELCOME)
    app = OneScreen(link)
    async with app.run_test(size=SIZE):
        await settle(app)
        reply = await app.order(HELP)
        link.answer_with(NotSentError("not connected"))
        none = await app.order(HELP)

        assert isinstance(reply, Accepted)
        assert none is None
        assert not app.pending


async def test_a_terminal_that_is_refused_for_ever_is_told(story):
    link = FakeLink(story.kiosk, welcome=WELCOME)
    app = OneScreen(link)
    async with app.run_test(size=SIZE):
        await settle(app)
        link.refuse(Refused(id="", code="NotKnown", text="No.", final=True))
        await settle(app)
        await settle(app)

        assert app.told == "NotKnown"


@pytest.mark.parametrize("key", ["ctrl+q", "ctrl+c", "ctrl+p", "ctrl+z", "ctrl+backslash", "f1"])
async def test_no_key_leads_out(story, key):
    app = OneScreen(FakeLink(story.kiosk))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        await settle(app)

        assert app.is_running
        assert app.screen is app.screen_stack[0]


async def test_a_touch_on_what_has_just_gone_touches_nothing(story):
    app = OneScreen(FakeLink(story.kiosk))
    async with app.run_test(size=SIZE):
        await settle(app)
        words = app.query_one(BigText)
        (x, y), around = words.region.offset, words.parent
        words._detach()  # as it is between its removal and the next picture
        for kind in (MouseDown, MouseUp):
            app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await settle(app)
        assert around is not None
        words._attach(around)

        assert app.is_running
        assert app._exception is None


async def test_a_key_that_is_pressed_while_the_program_leaves_is_nobodys(story):
    app = OneScreen(FakeLink(story.kiosk))
    async with app.run_test(size=SIZE):
        await settle(app)
        screens = app._screen_stack[:]
        app._screen_stack.clear()
        await app.on_event(Key("a", "a"))
        app._screen_stack.extend(screens)

        assert app._exception is None


async def test_no_action_leads_out_or_writes_a_file(story, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = OneScreen(FakeLink(story.kiosk))
    async with app.run_test(size=SIZE):
        for action in ("quit", "screenshot", "suspend_process", "command_palette"):
            await app.run_action(action)
        await settle(app)

        assert app.is_running
        assert list(tmp_path.iterdir()) == []


class Styled(Exception):
    """A fault that would draw itself, as those of styles do."""

    def __rich__(self):
        return "Traceback, in colours"


async def meets(app, fault):
    def fails():
        raise fault

    async with app.run_test(size=SIZE):
        app.call_later(fails)
        await settle(app)


@pytest.mark.parametrize("fault", [ZeroDivisionError, Styled])
async def test_a_fault_ends_the_program_and_is_told_in_the_log_alone(
    story, fault, capfd, caplog, monkeypatch
):
    monkeypatch.setattr(logging.getLogger(), "handlers", [caplog.handler])
    app = OneScreen(FakeLink(story.kiosk))

    with pytest.raises(fault):
        await meets(app, fault)

    assert app.return_code == 1
    assert "".join(capfd.readouterr()) == ""
    assert "the program has failed" in caplog.text


# --- Life ------------------------------------------------------------------------------------


def test_the_watchdog_is_fed_while_there_is_a_terminal_and_not_afterwards(tmp_path, monkeypatch):
    reading, writing = os.pipe()
    left = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        life = Life(lambda: left.append("left"), input_fd=reading)

        life.feed()
        life.feed()
        fed = [manager.recv(100), manager.recv(100)]
        os.close(writing)
        life.feed()
        life.feed()

        assert fed == [b"READY=1\nWATCHDOG=1", b"WATCHDOG=1"]
        assert left == ["left"]
        with pytest.raises(BlockingIOError):
            manager.recv(100)
    os.close(reading)


def test_without_a_service_manager_nothing_is_said(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    reading, writing = os.pipe()

    Life(lambda: None, input_fd=reading).feed()

    os.close(reading)
    os.close(writing)
