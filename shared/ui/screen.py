"""What all our screens are: they follow the size of the terminal, and only the newest one."""

from __future__ import annotations

from textual.events import Event, Resize
from textual.screen import Screen


class ClientScreen(Screen[None], inherit_bindings=False):
    """A screen that takes no notice of a size the terminal has no longer.

    Textual's own sends itself the size again that it was just laid out for. Where a window changes
    twice before the first change was drawn, two sizes then follow each other for ever, each laid
    out anew (seen in Textual 8), and the processor is busy until the program ends.
    """

    async def on_event(self, event: Event) -> None:
        """See `MessagePump.on_event`."""
        if isinstance(event, Resize) and event.size != self.app.size:
            return
        await super().on_event(event)
