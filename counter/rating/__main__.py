"""`python -m counter.rating`: the same as `lobby rate`."""

import argparse
import sys

from counter.rating import arguments, program

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="counter.rating")
    arguments.add(parser.add_subparsers(required=True), program.run)
    sys.exit(program.run(parser.parse_args(["rate", *sys.argv[1:]])))
