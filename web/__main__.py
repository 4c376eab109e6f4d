"""`python -m web`: the same as `lobby web`."""

import argparse
import sys

from web import arguments, program

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="web")
    arguments.add(parser.add_subparsers(required=True), program.run)
    sys.exit(program.run(parser.parse_args(["web", *sys.argv[1:]])))
