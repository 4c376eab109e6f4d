"""Carries out `lobby demo` and `lobby play`."""

from __future__ import annotations

import argparse
import logging


def run(options: argparse.Namespace) -> int:
    """Carry out one order; the exit code."""
    # What a link has to say of a server that comes and goes is in the sentences already.
    logging.getLogger("shared").addHandler(logging.NullHandler())
    if options.order == "demo":
        from play import demo

        return demo.run(demo.Plan(stay=options.stay, language=options.language))
    from play import command

    return command.run(options)
