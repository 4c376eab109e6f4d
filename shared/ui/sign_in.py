"""Who is at this terminal: the form for signing in, for going on after it was left alone, and for
choosing an own PIN or password with the one-time code that a new colleague has got.

It knows words and answers, never the network. A secret that was typed is shown to nobody and wiped
as soon as it was answered, when it is left alone, and when somebody else is asked; it stays only
for the key that hands over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from shared.i18n import text
from shared.protocol import HouseAccepted, HouseReply, Language, Refused
from shared.ui.keys import Key, KeyShown, Line, Pressed

WIPED_AFTER_SECONDS: Final = 45.0
"""So long what was typed may stand in a form that nobody touches any more."""

Purpose: TypeAlias = Literal["sign_in", "unlock", "choose"]
Field: TypeAlias = Literal["staff", "secret", "otp", "old", "new", "again"]

SECRET_MAX: Final = 256
LENGTHS_MAX: Final[dict[Field, int]] = {
    "staff": 32,
    "secret": SECRET_MAX,
    "otp": 6,
    "old": SECRET_MAX,
    "new": SECRET_MAX,
    "again": SECRET_MAX,
}
FIELDS: Final[dict[Purpose, tuple[Field, ...]]] = {
    "sign_in": ("staff", "secret"),
    "unlock": ("secret",),
    "choose": ("staff", "old", "new", "again"),
}
SECRETS: Final[tuple[Field, ...]] = ("secret", "otp", "old", "new", "again")
NEW: Final[tuple[Field, ...]] = ("new", "again")

OF_THE_NEW: Final = ("SecretTooShort", "SecretTooCommon")
"""Refusals of a new secret; the code or the old one need not be typed again."""


class Asked(Struct, frozen=True):
    """What the form asks for, and where.

    `staff` is who has to unlock; `instead_of` whose sign-in would end; `told` a sentence about
    the last try, which stays until somebody clears it if it `lasts`; `busy`: the answer is on its
    way; `only_new`: nothing but the new secret was wrong.
    """

    language: Language = "zh"
    purpose: Purpose = "sign_in"
    place: str = ""
    staff: str = ""
    instead_of: str = ""
    told: str = ""
    with_code: bool = False
    busy: bool = False
    lasts: bool = False
    only_new: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """What has to be typed."""
        code: tuple[Field, ...] = ("otp",) if self.with_code and self.purpose == "sign_in" else ()
        return (*FIELDS[self.purpose], *code)


def answered(asked: Asked, reply: HouseReply | None) -> Asked:
    """What to ask next; None: the server was not there. Whoever is let in leaves no trace."""
    if reply is None:
        return replace(asked, busy=False, told=text(asked.language, "sign_in.no_answer"))
    purpose: Purpose = "sign_in" if asked.purpose == "choose" else asked.purpose
    if isinstance(reply, HouseAccepted) and reply.otp_secret:
        told = text(asked.language, "sign_in.authenticator", secret=reply.otp_secret)
        return replace(asked, purpose=purpose, busy=False, told=told, lasts=True)
    if not isinstance(reply, Refused):
        return replace(asked, purpose=purpose, busy=False, told="", instead_of="")
    if reply.code == "SomebodySignedIn":
        other = str(reply.values.get("staff", ""))
        return replace(asked, purpose=purpose, busy=False, told=reply.text, instead_of=other)
    only_new = reply.code in OF_THE_NEW
    return replace(asked, busy=False, told=reply.text, instead_of="", only_new=only_new)


def chosen_twice(asked: Asked, given: SecretChosen) -> Asked:
    """What to ask next when a new secret was typed: whether it was the same both times."""
    if given.new == given.again:
        return replace(asked, busy=True)
    return replace(asked, told=text(asked.language, "sign_in.not_the_same"))


class SignInGiven(Message):
    """Somebody says who they are. As text it shows no secret."""

    def __init__(self, staff: str, secret: str, otp: str, *, hand_over: bool) -> None:
        super().__init__()
        self.staff, self.secret, self.otp, self.hand_over = staff, secret, otp, hand_over


class SecretGiven(Message):
    """Whoever is signed in proves it once more."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret


class OwnSecretAsked(Message):
    """Somebody wants to choose an own PIN or password."""


class SecretChosen(Message):
    """A new PIN or password, typed twice, with the old one or the one-time code."""

    def __init__(self, staff: str, old: str, new: str, again: str) -> None:
        super().__init__()
        self.staff, self.old, self.new, self.again = staff, old, new, again


class SignOutAsked(Message):
    """The sign-in of whoever left the terminal alone is to end."""


class Wiped(Message):
    """Nobody went on typing: nothing is left in the form."""


class SignInForm(Widget):
    """See above. `look` is called from time to time by whoever has a clock."""

    DEFAULT_CSS = """
    SignInForm { width: 100%; height: 100%; align: center middle; overflow: hidden; }
    SignInForm #form { width: 64; max-width: 100%; height: auto; padding: 0 1; }
    SignInForm .place { width: 100%; height: auto; text-align: center; color: $quiet; }
    SignInForm .heading {
        width: 100%; height: auto; padding: 0 0 1 0; text-align: center;
        text-style: bold; color: $primary;
    }
    SignInForm .field { height: 3; }
    SignInForm .label { width: 18; height: 3; padding: 1 1; text-align: right; }
    SignInForm .told { width: 100%; height: auto; min-height: 2; padding: 0 1; color: $error; }
    SignInForm #form_keys { height: 3; }
    SignInForm .hint {
        width: 100%; height: auto; padding: 0 1; text-align: center; color: $quiet;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down", "mark(1)", show=False),
        Binding("shift+tab,up", "mark(-1)", show=False),
        Binding("f2", "give(False)", show=False),
        Binding("f3", "other", show=False),
        Binding("f4", "own_secret", show=False),
        Binding("escape", "wipe", show=False),
    ]

    asked: reactive[Asked] = reactive(Asked())

    def __init__(self, asked: Asked, *, now: Callable[[], float]) -> None:
        super().__init__()
        self.set_reactive(SignInForm.asked, asked)
        self._now = now
        self._touched_at = now()

    def compose(self) -> ComposeResult:
        """From the top: where, what, the fields, what was wrong, the keys."""
        asked = self.asked
        with Vertical(id="form"):
            yield Static(Content(asked.place), classes="place")
            yield Static(Content(self.heading), classes="heading")
            for field in asked.fields:
                with Horizontal(classes="field"):
                    yield Static(Content(self._say(field)), classes="label")
                    yield Line(field, length_max=LENGTHS_MAX[field], masked=field != "staff")
            yield Static(Content(self.told), classes="told")
            with Horizontal(id="form_keys"):
                for shown in self._keys():
                    yield Key(shown)
            if asked.purpose != "unlock":
                yield Static(Content(self._say(f"hint.{asked.purpose}")), classes="hint")

    def on_mount(self) -> None:
        """Ready to type."""
        self._focus_empty()

    @property
    def heading(self) -> str:
        """What it wants, in a sentence."""
        if self.asked.purpose == "unlock":
            return self._say("locked", staff=self.asked.staff)
        return self._say("choose" if self.asked.purpose == "choose" else "heading")

    @property
    def told(self) -> str:
        """What became of the last try."""
        return self._say("busy") if self.asked.busy else self.asked.told

    def sentences(self) -> Iterator[str]:
        """The form in words, for whoever cannot see it. Never what was typed."""
        yield self.heading
        if self.told:
            yield self.told
        elif self.asked.purpose == "choose":
            yield self._say("hint.choose")
        focused = self.screen.focused
        if isinstance(focused, Line):
            yield self._say("typing", field=self._say(focused.name or "secret"))
        elif isinstance(focused, Key):
            yield focused.shown.words

    async def watch_asked(self, before: Asked, asked: Asked) -> None:
        """Asked for something else, everything is typed anew; what was wrong stands below."""
        if not self.is_mounted:
            return
        if before.busy and not asked.busy and not asked.instead_of:
            self._empty(*(NEW if asked.only_new else SECRETS))
        told = replace(before, busy=asked.busy, told=asked.told, only_new=asked.only_new)
        if told == asked:
            self.query_one(".told", Static).update(Content(self.told))
            self._focus_empty()
            return
        kept = {line.name: line.value for line in self.query(Line)}
        if (before.purpose, before.staff) != (asked.purpose, asked.staff):
            kept = {}
        await self.recompose()
        for line in self.query(Line):
            line.value = kept.get(line.name, "")
        self._focus_empty()

    # --- Time --------------------------------------------------------------------------------

    def look(self) -> None:
        """Wipe what somebody has begun to type and left."""
        typed = any(line.value for line in self.query(Line))
        left = self._now() - self._touched_at >= WIPED_AFTER_SECONDS
        idle = typed or self.asked.purpose == "choose" or (self.asked.told and not self.asked.lasts)
        if left and idle and not self.asked.busy:
            self.action_wipe()

    # --- What is typed and pressed -----------------------------------------------------------

    @on(Line.Changed)
    def _on_typed(self, message: Line.Changed) -> None:
        message.stop()
        self._touched_at = self._now()

    @on(Line.Submitted)
    def _on_entered(self, message: Line.Submitted) -> None:
        message.stop()
        empty = self._first_empty()
        if empty is not None and empty is not message.input and empty.name != "otp":
            empty.focus()
        elif message.input.name == "secret" and self.asked.with_code and not self._value("otp"):
            self._line("otp").focus()
        else:
            self.action_give(hand_over=False)

    @on(Pressed)
    def _on_pressed(self, message: Pressed) -> None:
        message.stop()
        match message.word:
            case "give":
                self.action_give(hand_over=False)
            case "other":
                self.action_other()
            case "own_secret":
                self.action_own_secret()
            case _:
                self.action_wipe()

    def action_give(self, hand_over: bool) -> None:
        """Hand out what was typed, once."""
        self._touched_at = self._now()
        empty = self._first_empty()
        if self.asked.busy or (empty is not None and empty.name != "otp"):
            if empty is not None:
                empty.focus()
            return
        secret = self._value("secret")
        if self.asked.purpose == "unlock":
            self.post_message(SecretGiven(secret))
        elif self.asked.purpose == "choose":
            typed = (self._value("old"), self._value("new"), self._value("again"))
            self.post_message(SecretChosen(self._value("staff").strip(), *typed))
            if typed[1] != typed[2]:
                self._empty(*NEW)
                self._focus_empty()
        else:
            staff, otp = self._value("staff").strip(), self._value("otp").strip()
            self.post_message(SignInGiven(staff, secret, otp, hand_over=hand_over))

    def action_other(self) -> None:
        """Hand over, where somebody else is signed in; on a locked terminal, sign that one out."""
        if self.asked.purpose == "unlock":
            self.post_message(SignOutAsked())
        elif self.asked.instead_of:
            self.action_give(hand_over=True)

    def action_own_secret(self) -> None:
        """Choose an own PIN or password instead of signing in."""
        if self.asked.purpose == "sign_in" and not self.asked.busy:
            self.post_message(OwnSecretAsked())

    def action_wipe(self) -> None:
        """Leave nothing of what was typed."""
        self._empty(*LENGTHS_MAX)
        self._focus_empty()
        self._touched_at = self._now()
        self.post_message(Wiped())

    def action_mark(self, step: int) -> None:
        """The next field or key, or the one before; round and round."""
        (self.screen.focus_next if step > 0 else self.screen.focus_previous)()

    def on_key(self, _event: events.Key) -> None:
        """Somebody is there."""
        self._touched_at = self._now()

    # --- Details -----------------------------------------------------------------------------

    def _keys(self) -> Iterator[KeyShown]:
        if self.asked.purpose == "unlock":
            yield KeyShown("give", self._say("unlock"), "F2", "main")
            yield KeyShown("other", self._say("sign_out", staff=self.asked.staff), "F3")
            return
        if self.asked.purpose == "choose":
            yield KeyShown("give", self._say("keep"), "F2", "main")
            yield KeyShown("wipe", self._say("back"), "Esc")
            return
        handing = bool(self.asked.instead_of)
        yield KeyShown("give", self._say("sign_in"), "F2", "plain" if handing else "main")
        if handing:
            yield KeyShown("other", self._say("hand_over"), "F3", "main")
        else:
            yield KeyShown("own_secret", self._say("own_secret"), "F4")
        yield KeyShown("wipe", self._say("wipe"), "Esc")

    def _empty(self, *fields: Field) -> None:
        for line in self.query(Line):
            if line.name in fields:
                line.value = ""

    def _line(self, field: Field) -> Line:
        return next(line for line in self.query(Line) if line.name == field)

    def _value(self, field: Field) -> str:
        return self._line(field).value if field in self.asked.fields else ""

    def _first_empty(self) -> Line | None:
        return next((line for line in self.query(Line) if not line.value), None)

    def _focus_empty(self) -> None:
        empty = self._first_empty()
        if empty is not None:
            empty.focus()
        elif keys := list(self.query(Key)):
            keys[-2 if self.asked.instead_of else 0].focus()

    def _say(self, key: str, **values: object) -> str:
        return text(self.asked.language, f"sign_in.{key}", **values)
