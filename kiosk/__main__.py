"""`python -m kiosk`: the same as `lobby kiosk`."""

import argparse
import sys

from kiosk import arguments, program

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="kiosk")
    arguments.add(parser.add_subparsers(required=True), program.run)
    sys.exit(program.run(parser.parse_args(["kiosk", *sys.argv[1:]])))
