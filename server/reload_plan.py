"""What the configuration files say against what is in force: the plan of a reload, and its words.

Changes nothing and reads nothing; `reloading` does both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from server.config import DataFolder, ServerConfig
from server.differences import Difference, differences
from server.domain.configuration import BranchConfig
from server.house.events import ChangedKey
from shared.i18n import text
from shared.protocol import ChangeShown, Language, Words

AT_ONCE: Final = frozenset({"require_totp", "idle_lock_minutes"})
"""What of `lobby.toml` can be put in force; for the rest the server is started again."""

PART: Final = re.compile(r"(services|counters|machines)\[([^\]]+)\]\.?(.*)")


class Plan(Struct, frozen=True):
    """What the files say. `before` and `configured` are the changed branches that run, `stopped`
    those that do not; `new` have no runner yet, `gone` no file any more."""

    digest: str
    server: ServerConfig
    of_server: list[Difference]
    before: dict[str, BranchConfig]
    configured: dict[str, BranchConfig]
    new: dict[str, BranchConfig]
    stopped: list[str]
    gone: list[str]


def plan_of(
    files: DataFolder,
    server: ServerConfig,
    in_force: Mapping[str, BranchConfig],
    stopped: frozenset[str],
) -> Plan:
    """The files against what is in force."""
    changed = {b: c for b, c in files.branches.items() if b in in_force and c != in_force[b]}
    return Plan(
        digest=_digest(files),
        server=files.server,
        of_server=differences(server, files.server),
        before={branch: in_force[branch] for branch in changed},
        configured={branch: c for branch, c in changed.items() if branch not in stopped},
        new={branch: c for branch, c in files.branches.items() if branch not in in_force},
        stopped=[branch for branch in changed if branch in stopped],
        gone=[branch for branch in in_force if branch not in files.branches],
    )


def is_at_once(one: Difference) -> bool:
    """Whether a key of `lobby.toml` can be put in force while the server runs."""
    return one.key.partition(".")[0] in AT_ONCE


def with_at_once(before: ServerConfig, after: ServerConfig) -> ServerConfig:
    """What of it can be put in force; the rest as it is."""
    return msgspec.structs.replace(before, **{key: getattr(after, key) for key in AT_ONCE})


def changed_keys(plan: Plan) -> list[ChangedKey]:
    """What is put in force, for the record."""
    found = [("", one) for one in plan.of_server if is_at_once(one)]
    for branch, config in plan.configured.items():
        found += [(branch, one) for one in differences(plan.before[branch], config)]
    found += [(branch, Difference("", after=branch)) for branch in plan.new]
    return [ChangedKey(branch, one.key, one.before, one.after) for branch, one in found]


def _digest(files: DataFolder) -> str:
    said = msgspec.to_builtins((files.server, files.branches))
    return sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


# --- In words --------------------------------------------------------------------------------


def told(plan: Plan, language: Language) -> Iterator[ChangeShown]:
    """Every change in a line: the server's, then branch by branch."""
    for one in plan.of_server:
        said, later = _said(language, one, one.key), not is_at_once(one)
        yield ChangeShown(branch="", key=one.key, text=said, on_restart=later)
    for branch, config in plan.configured.items():
        before = plan.before[branch]
        for one in differences(before, config):
            said = _said(language, one, _what(language, one.key, before, config))
            yield ChangeShown(branch=branch, key=one.key, text=said)
    for branch, config in plan.new.items():
        name = _in_language(config.name, language)
        said = text(language, "reload.new_branch", branch=branch, name=name)
        yield ChangeShown(branch=branch, key="", text=said)
    for key, branches in (("stopped_branch", plan.stopped), ("gone_branch", plan.gone)):
        for branch in branches:
            said = text(language, f"reload.{key}", branch=branch)
            yield ChangeShown(branch=branch, key="", text=said, on_restart=True)


def _said(language: Language, one: Difference, what: str) -> str:
    whole = PART.fullmatch(one.key)
    if whole is not None and not whole[3] and None in (one.before, one.after):
        kind = "added" if one.before is None else "removed"
        return text(language, f"reload.{kind}", what=what)
    nothing = text(language, "reload.nothing")
    before, after = one.before or nothing, one.after or nothing
    return text(language, "reload.changed", what=what, before=before, after=after)


def _what(language: Language, key: str, before: BranchConfig, after: BranchConfig) -> str:
    """A service, counter or machine by its name, and the key within it; else the key."""
    part = PART.fullmatch(key)
    if part is None:
        return key
    kind, part_id, rest = part.groups()
    there = (*getattr(after, kind), *getattr(before, kind))
    name = next((one.name for one in there if str(one.id) == part_id), Words())
    named = text(language, f"reload.{kind}", id=part_id, name=_in_language(name, language))
    return f"{named} {rest}".rstrip()


def _in_language(name: Words, language: Language) -> str:
    return name.zh if language == "zh" else name.en
