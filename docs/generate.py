"""Writes the generated pages: `python -m docs.generate`; `--check` only says what is stale.

Prose lives in templates (`*.intro.md`) with gaps such as `{{commands}}`. What fills them is told
by the code itself: the protocol's structs (`reference`), a conversation that is really held
(`example`), the life of a ticket (`life`), who may do what (`rights`), what can be wrong with a
server (`doctor`), what can be guessed how often (`security`). The units for systemd come from a
template too (`services`), and what a terminal in a hall needs (`lockdown`). The same code always
gives the same pages.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args

from docs import doctor, example, life, lockdown, reference, reliability, rights, security, services
from docs.wire import table
from server.domain import order
from server.domain.configuration import BALANCED, SIMPLE
from shared.protocol import Lane

DOCS: Final = Path(__file__).parent
WINDOWS_PAGE: Final = DOCS / "decisions" / "0003-accumulating-priority.md"

MADE: Final = (
    "<!-- Made by `python -m docs.generate` from {template} and the code: change those. -->"
)
GAP: Final = re.compile(r"\{\{([a-z_]+)\}\}")
BLOCK: Final = re.compile(r"(<!-- generated: windows -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    """Write what is stale; with `--check` only name it, and return 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")
    check = parser.parse_args(arguments).check
    found = stale(pages())
    for page, text in found.items():
        if not check:
            page.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{'stale' if check else 'written'}: {page.relative_to(DOCS.parent)}\n")
    return 1 if check and found else 0


def stale(wanted: Mapping[Path, str]) -> dict[Path, str]:
    """The pages whose file does not say what it should, and what it should say."""
    return {page: text for page, text in wanted.items() if _read(page) != text}


def pages() -> dict[Path, str]:
    """Every generated page as it should be."""
    return {
        DOCS / "protocol.md": _filled("protocol", reference.gaps() | example.gaps()),
        DOCS / "doctor.md": _filled("doctor", doctor.gaps()),
        DOCS / "lockdown.md": _filled("lockdown", lockdown.gaps()),
        DOCS / "ticket.md": _filled("ticket", life.gaps()),
        DOCS / "rights.md": _filled("rights", rights.gaps()),
        DOCS / "security.md": _filled("security", security.gaps()),
        DOCS / "reliability.md": _filled("reliability", reliability.gaps()),
        **services.units(),
        WINDOWS_PAGE: BLOCK.sub(rf"\g<1>\n{_windows()}\n\n\g<2>", _read(WINDOWS_PAGE)),
    }


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.exists() else ""


def _filled(name: str, gaps: Mapping[str, str]) -> str:
    """The template with its gaps filled: each gap has a filling, each filling a gap."""
    template = DOCS / f"{name}.intro.md"
    text = _read(template)
    unmatched = set(GAP.findall(text)) ^ gaps.keys()
    assert not unmatched, f"{template.name}: {', '.join(sorted(unmatched))}"
    return f"{MADE.format(template=template.name)}\n\n{GAP.sub(lambda gap: gaps[gap[1]], text)}"


def _windows() -> str:
    """The overtaking windows of both presets, in minutes, in one table."""
    lanes: tuple[Lane, ...] = get_args(Lane)
    rows = ((f"*{behind}*", *(_window(ahead, behind) for ahead in lanes)) for behind in lanes)
    return table(("behind ↓ ahead →", *(f"*{lane}*" for lane in lanes)), rows)


def _window(ahead: Lane, behind: Lane) -> str:
    presets = (SIMPLE, BALANCED)
    return " · ".join(_minutes(order.overtaking_window(p, ahead, behind)) for p in presets)


def _minutes(minutes: float) -> str:
    return f"{minutes:.1f}".removesuffix(".0")


if __name__ == "__main__":
    sys.exit(main())
