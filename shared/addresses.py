"""What of a ticket's link can be typed: the short address of the page, and the code in two halves.

For whoever cannot scan. What the page then asks for is left to the page.
"""

from __future__ import annotations

from typing import Final

TICKET_PATH: Final = "/t/"

HALF: Final = 3
"""Digits that are read, kept in mind and typed at once."""


def short_address(link: str) -> str:
    """Where the ticket's page is reached by typing: "lobby.example" of a ticket's whole link.

    A browser finds https by itself; what is not encrypted has to be said.
    """
    return link.partition(TICKET_PATH)[0].removeprefix("https://")


def spaced(code: str) -> str:
    """Six digits as they are read: "123 456"."""
    return f"{code[:HALF]} {code[HALF:]}"
