"""The `lobby` command: the only file that knows every program. It imports them when asked for.

Exit codes: 0 fine, 1 refused or faults found, 2 wrong usage, 3 a fault of ours.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.util
import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import Final

from shared.arguments import FAULT, FINE, WRONG_USAGE, Commands

ABOUT: Final = """\
Lobby, a queue system for bank branches: numbers, calls, screens, waits.

Everything of a server lies in one data folder, which `lobby init` makes. Nothing has to be there:
a first start makes what is missing and runs an example branch.

  lobby.toml          where to listen, the address for phones, TLS
  branches/<id>.toml  one file for each branch: services, counters, hours
  keys/               the keys of ticket links, of passwords, of the vault; keep a copy elsewhere
  credentials.json    hashes of passwords, PINs and one-time codes; keep a copy elsewhere
  lobby.sqlite        the journal: all that ever happened
  waits.sqlite        what people were told of their waits; nothing else needs it
  backups/            its copies, as `lobby backup` makes them; better on another disk

`lobby init`, or the first start, prints a set-up code: `lobby setup` makes the first administrator
with it, who then adds accounts (`lobby staff`) and terminals (`lobby station`, `lobby pair`).
"""

SHELLS: Final = ("bash", "zsh", "fish", "tcsh")

ENDINGS: Final = "Ends with 0 when all is well, 1 when refused, 2 on wrong usage, 3 on a fault."


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        _parser().print_help(sys.stderr)
        return WRONG_USAGE
    # A terminal that is switched on waits for no other command's options.
    parser = _parser_of(words[0]) if words and words[0] in TERMINALS else _parser()
    options = parser.parse_args(words)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return FINE
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception:
        logging.getLogger("lobby").exception("lobby has met a fault of its own; please report it")
        return FAULT
    return code


class Version(argparse.Action):
    """Says which Lobby this is. Looked up when it is asked for: it costs a start some time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Say it and end."""
        from importlib.metadata import version

        print(f"lobby {version('lobby')}")
        parser.exit(FINE)


def _empty() -> tuple[argparse.ArgumentParser, Commands]:
    parser = argparse.ArgumentParser(
        prog="lobby",
        description=ABOUT,
        epilog=ENDINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    about = "say which Lobby this is, and exit"
    parser.add_argument("--version", action=Version, nargs=0, help=about)
    return parser, parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _parser_of(terminal: str) -> argparse.ArgumentParser:
    parser, commands = _empty()
    _add_terminal(commands, TERMINALS[terminal])
    return parser


def _parser() -> argparse.ArgumentParser:
    from desk import arguments as desk_arguments
    from lobby_display.voice import arguments as voice_arguments
    from server import arguments as server_arguments
    from server.upkeep import arguments as upkeep_arguments
    from server.upkeep.doctor import arguments as doctor_arguments
    from web import arguments as web_arguments

    parser, commands = _empty()
    upkeep_arguments.add(commands, _upkeep)
    server_arguments.add(commands, serve=_serve, run=_server)
    doctor_arguments.add(commands, _doctor)
    if importlib.util.find_spec("play") is not None:
        from play import arguments as play_arguments

        play_arguments.add(commands, _play)
    desk_arguments.add(commands, _desk)
    for package in TERMINALS.values():
        _add_terminal(commands, package)
    voice_arguments.add(commands, _voice)
    web_arguments.add(commands, _web)
    _add_completion(commands)
    return parser


def _add_completion(commands: Commands) -> None:
    completion = commands.add_parser(
        "completion", help="print what lets a shell complete commands and options"
    )
    completion.add_argument("shell", choices=SHELLS)
    completion.set_defaults(run=_completion)


# --- The programs, each loaded when it is asked for ------------------------------------------


def _serve(options: argparse.Namespace) -> int:
    from server import serve

    return serve.carry_out(options)


def _server(options: argparse.Namespace) -> int:
    from server import orders

    return orders.run(options)


def _doctor(options: argparse.Namespace) -> int:
    from server.upkeep.doctor import orders

    return orders.run(options)


def _upkeep(options: argparse.Namespace) -> int:
    from server.upkeep import orders

    return orders.run(options)


def _desk(options: argparse.Namespace) -> int:
    from desk import orders

    logging.getLogger("shared").addHandler(logging.NullHandler())
    return orders.run(options)


def _web(options: argparse.Namespace) -> int:
    from web import program

    return program.run(options)


TERMINALS: Final = {
    "kiosk": "kiosk",
    "counter": "counter",
    "rate": "counter.rating",
    "board": "lobby_display.board",
    "display": "lobby_display",
}
"""The programs with a screen: each has its options, and is carried out, in a package of its own."""


def _add_terminal(commands: Commands, package: str) -> None:
    arguments = importlib.import_module(f"{package}.arguments")
    arguments.add(commands, partial(_terminal, package))


def _terminal(package: str, options: argparse.Namespace) -> int:
    # What a program loads is no garbage: its frame collects again when its first picture stands.
    gc.disable()
    code: int = importlib.import_module(f"{package}.program").run(options)
    return code


def _voice(options: argparse.Namespace) -> int:
    from lobby_display.voice import build

    return build.run(options)


def _play(options: argparse.Namespace) -> int:
    from play import orders

    return orders.run(options)


def _completion(options: argparse.Namespace) -> int:
    import shtab

    parser = _parser()
    _complete_paths(parser, shtab.FILE, shtab.DIRECTORY)
    print(shtab.complete(parser, shell=options.shell))
    return FINE


def _complete_paths(parser: argparse.ArgumentParser, file: object, folder: object) -> None:
    """Say which options take the name of a file, and which that of a folder."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete_paths(command, file, folder)
        elif action.type is Path or "FILE" in str(action.metavar):
            vars(action)["complete"] = folder if action.metavar == "FOLDER" else file


if __name__ == "__main__":
    sys.exit(main())
