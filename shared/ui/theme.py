"""The colours of all terminals: by day, by night, and with the most contrast there is.

Every pair that is shown together reaches the contrast that `tests/shared/ui` holds it to; nothing
is told by colour alone.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DAY: Final = "lobby-day"
NIGHT: Final = "lobby-night"
CONTRAST: Final = "lobby-contrast"


def _theme(name: str, *, dark: bool, **colours: str) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        warning=colours["warning"],
        error=colours["error"],
        success=colours["success"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        # Textual would mix these from the others, and come out too pale to read at a distance.
        variables={
            "on-primary": colours["on_primary"],
            "on-accent": colours["on_accent"],
            "on-warning": colours["on_warning"],
            "on-error": colours["on_error"],
            "quiet": colours["quiet"],
            "line": colours["line"],
        },
    )


THEMES: Final = (
    _theme(
        DAY,
        dark=False,
        foreground="#16211f",
        background="#f6f4ee",
        surface="#ffffff",
        panel="#e6e2d6",
        primary="#0b4a4f",
        on_primary="#ffffff",
        secondary="#4a3f6b",
        accent="#8a2d0f",
        on_accent="#ffffff",
        warning="#ffd166",
        on_warning="#16211f",
        error="#8c1420",
        on_error="#ffffff",
        success="#10512b",
        quiet="#414b49",
        line="#6f7a77",
    ),
    _theme(
        NIGHT,
        dark=True,
        foreground="#f3f1ea",
        background="#0d1414",
        surface="#162020",
        panel="#22302f",
        primary="#8fd6cf",
        on_primary="#06201e",
        secondary="#cdbdf5",
        accent="#ffb38f",
        on_accent="#2a0d02",
        warning="#ffd166",
        on_warning="#1d1500",
        error="#ffb3b3",
        on_error="#2b0003",
        success="#a5e3b5",
        quiet="#b9c4c1",
        line="#7f8c89",
    ),
    _theme(
        CONTRAST,
        dark=True,
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        primary="#ffff00",
        on_primary="#000000",
        secondary="#ffffff",
        accent="#ffff00",
        on_accent="#000000",
        warning="#ffff00",
        on_warning="#000000",
        error="#ffffff",
        on_error="#000000",
        success="#ffffff",
        quiet="#ffffff",
        line="#ffffff",
    ),
)

TOGETHER: Final = (
    ("foreground", "background"),
    ("foreground", "surface"),
    ("foreground", "panel"),
    ("quiet", "background"),
    ("quiet", "surface"),
    ("primary", "background"),
    ("primary", "surface"),
    ("accent", "background"),
    ("accent", "surface"),
    ("error", "background"),
    ("success", "background"),
    ("on-primary", "primary"),
    ("on-accent", "accent"),
    ("on-warning", "warning"),
    ("on-error", "error"),
)
"""Text and what is behind it."""

BORDERS: Final = (("line", "background"), ("line", "surface"), ("primary", "panel"))
"""Edges and what is beside them: a third of that contrast is enough."""
