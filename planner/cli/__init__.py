"""The command line: parse, one public call, print or write; loads nothing heavy before a command runs."""

import logging
import sys


def main() -> None:
    """Runs the command line; every PlannerError becomes its message on stderr and its exit code."""
    from planner.cli.app import app
    from planner.errors import PlannerError

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    try:
        app()
    except PlannerError as error:
        print(str(error), file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
