"""The reference part of `protocol.md`: every command, answer, view, word and refusal."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, get_args

from docs.wire import (
    StructType,
    Undescribed,
    doc,
    field_table,
    first_sentence,
    named_types,
    parts,
    structs,
    table,
    unused_words,
    word_lists,
)
from server.app import FRAME_BYTES_MAX
from server.auth import NEEDS_PROOF, VIEWS_OF_ROLE
from server.config import Listen, RateLimits, ServerConfig
from server.domain.refusals import REFUSALS, Refusal
from server.house.refusals import HOUSE_REFUSALS
from server.hub import REPLIES_MAX
from server.reception import Deadlines
from shared import protocol
from shared.i18n import catalogue
from shared.protocol import Language, Role
from shared.rights import PERMISSIONS

WORDS_FILE: Final = Path(__file__).with_name("words.toml")

ANSWERS: Final = (
    protocol.Welcome,
    protocol.Paired,
    protocol.Accepted,
    protocol.HouseAccepted,
    protocol.PersonFound,
    protocol.SlotsFound,
    protocol.AppointmentFound,
    protocol.SignedIn,
    protocol.SignInEnded,
    protocol.ReloadPreview,
    protocol.ExportReady,
    protocol.Refused,
    protocol.Heartbeat,
)
ON_THE_FLOOR: Final[tuple[StructType, ...]] = (
    *structs(protocol.Command),
    *structs(protocol.Query),
)
RATES: Final = RateLimits()
COMMANDS_OF: Final = (*get_args(protocol.StationKind), "phone", "ticket")

ALL_REFUSALS: Final = {**REFUSALS, **HOUSE_REFUSALS}


def gaps() -> dict[str, str]:
    """What the reference puts into the template."""
    refuse_unused_words()
    return {
        "version": str(protocol.VERSION),
        **_limits(),
        "feeds": feeds(),
        "hello_fields": field_table(protocol.Hello),
        "pair_fields": field_table(protocol.Pair),
        "set_up_fields": field_table(protocol.SetUp),
        "command_overview": command_overview(ON_THE_FLOOR),
        "needs_proof": ", ".join(_link(c) for c in structs(protocol.Request) if c in NEEDS_PROOF),
        "house_overview": command_overview(structs(protocol.House)),
        "house_commands": _sections(structs(protocol.House), protocol.HouseCommand),
        "command_fields": field_table(protocol.BranchCommand),
        "commands": _sections(ON_THE_FLOOR, protocol.BranchCommand),
        "answers": _sections(ANSWERS),
        "view_fields": field_table(protocol.BranchView),
        "views": _sections(structs(protocol.View), protocol.BranchView),
        "parts": _sections(parts()),
        "simple_types": simple_types(),
        "words": words(),
        "refusals": refusals(),
    }


def _limits() -> dict[str, str]:
    return {
        "port": str(Listen().port),
        "message_bytes_max": _grouped(protocol.MESSAGE_BYTES_MAX),
        "frame_bytes_max": _grouped(FRAME_BYTES_MAX),
        "view_bytes_max": _grouped(protocol.VIEW_BYTES_MAX),
        "replies_max": str(REPLIES_MAX),
        "hello_seconds": f"{Deadlines().hello_seconds:g}",
        "send_seconds": f"{Deadlines().send_seconds:g}",
        "rate_limits": ", ".join(f"{name} {getattr(RATES, name)}" for name in COMMANDS_OF),
        "handshakes_per_second": str(RATES.handshakes_per_second),
        "handshakes_per_address": _grouped(RATES.handshakes_per_address),
        "connections_max": _grouped(ServerConfig().connections_max),
        "connections_per_address_max": str(ServerConfig().connections_per_address_max),
        "wrong_credentials": str(RATES.wrong_credentials_per_address),
        "wrong_codes_address": str(RATES.wrong_short_codes_per_address),
        "wrong_codes_branch": str(RATES.wrong_short_codes_per_branch),
        "minutes_at_once": f"{RATES.minutes_at_once:g}",
    }


def refuse_unused_words() -> None:
    """Raise Undescribed when a field or word is described that is not there any more."""
    on_the_wire = (*structs(protocol.FromClient), *structs(protocol.FromServer), *parts())
    unused = unused_words(on_the_wire)
    for name, meanings in _word_meanings().items():
        unused += [f"{name}.{word}" for word in meanings if word not in word_lists().get(name, ())]
    if unused:
        raise Undescribed(f"what is described is not there: {', '.join(unused)}")


# --- Commands ----------------------------------------------------------------------------------


def command_overview(commands: Iterable[StructType]) -> str:
    """Each of these commands in a line, with who may send it."""
    return table(
        ("command", "on screens", "what it does", "who may send it"),
        (
            (_link(command), _on_screens(command), first_sentence(command), _senders(command))
            for command in commands
        ),
    )


def _on_screens(command: StructType) -> str:
    languages: tuple[Language, ...] = get_args(Language)
    named = (catalogue(language).get(f"command.{command.__name__}") for language in languages)
    return " · ".join(filter(None, named))


def feeds() -> str:
    """Which role may watch what."""
    return table(
        ("role", "feeds it may watch; the first is the one it gets by itself"),
        (
            (f"`{role}`", ", ".join(f"`{view}`" for view in views) or "none")
            for role, views in VIEWS_OF_ROLE.items()
            if role not in ("clock", "stranger")
        ),
    )


def _senders(command: StructType) -> str:
    roles = [role for role in get_args(Role) if command in PERMISSIONS.get(role, ())]
    assert roles, f"nobody may send {command.__name__}"
    return ", ".join(f"`{role}`" for role in roles)


# --- Structs -----------------------------------------------------------------------------------


def _sections(described: Iterable[StructType], base: StructType | None = None) -> str:
    """A section for each struct; the fields of their base are told once, elsewhere."""
    return "\n\n".join(
        "\n\n".join(filter(None, (f"### {s.__name__}", doc(s), field_table(s, _above(s, base)))))
        for s in described
    )


def _above(struct: StructType, base: StructType | None) -> StructType | None:
    return base if base is not None and issubclass(struct, base) else None


def _link(struct: StructType) -> str:
    return f"[{struct.__name__}](#{struct.__name__.lower()})"


# --- Words -------------------------------------------------------------------------------------


def simple_types() -> str:
    """The named strings and numbers, with their bounds."""
    return table(("name", "what it is"), ((f"`{n}`", text) for n, text in named_types().items()))


def words() -> str:
    """Every list of words, with what they are called on screens, and what they mean."""
    return "\n\n".join(
        f"### {name}\n\n{_word_list(name, all_)}" for name, all_ in word_lists().items()
    )


def _word_list(name: str, all_words: tuple[str, ...]) -> str:
    meanings = _word_meanings().get(name, {})
    head = ("word", "中文", "English", *(("meaning",) if meanings else ()))
    rows = []
    for word in all_words:
        cells = [f"`{word}`", _translated("zh", name, word), _translated("en", name, word)]
        rows.append([*cells, meanings.get(word, "")] if meanings else cells)
    return table(head, rows)


def _translated(language: Language, name: str, word: str) -> str:
    """The word as screens show it; "" where none does."""
    vocabulary = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    for key in (f"{vocabulary}.{word}", f"{vocabulary.rsplit('_')[-1]}.{word}"):
        if found := catalogue(language).get(key):
            return found
    return ""


@cache
def _word_meanings() -> dict[str, dict[str, str]]:
    return tomllib.loads(WORDS_FILE.read_text(encoding="utf-8"))


# --- Refusals ----------------------------------------------------------------------------------


def refusals() -> str:
    """Every refusal by its code."""
    return table(
        ("code", "meaning", "field", "values"),
        (
            (
                f"`{code}`",
                first_sentence(refusal),
                f"`{refusal.at}`" if refusal.at else "",
                ", ".join(_values(refusal)),
            )
            for code, refusal in ALL_REFUSALS.items()
        ),
    )


def _values(refusal: type[Refusal]) -> Iterator[str]:
    return (f"`{name}`" for name in refusal.__struct_fields__)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
