"""`python -m counter`: the same as `lobby counter`."""

import argparse
import sys

from counter import arguments, program

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="counter")
    arguments.add(parser.add_subparsers(required=True), program.run)
    sys.exit(program.run(parser.parse_args(["counter", *sys.argv[1:]])))
