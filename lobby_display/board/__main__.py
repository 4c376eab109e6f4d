"""`python -m lobby_display.board`: the same as `lobby board`."""

import argparse
import sys

from lobby_display.board import arguments, program

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lobby_display.board")
    arguments.add(parser.add_subparsers(required=True), program.run)
    sys.exit(program.run(parser.parse_args(["board", *sys.argv[1:]])))
