"""`python -m lobby_display`: the same as `lobby display`."""

import argparse
import sys

from lobby_display import arguments, program

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="lobby_display")
    arguments.add(parser.add_subparsers(required=True), program.run)
    sys.exit(program.run(parser.parse_args(["display", *sys.argv[1:]])))
