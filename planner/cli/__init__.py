"""The command line: parse, one public call, print or write; loads nothing heavy before a command runs."""

import errno
import logging
import sys

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What a system says where there is no room for a file, without its name."""


def main() -> None:
    """Runs the command line; a PlannerError becomes its message on stderr and its exit code, a full disk its message and 1."""
    try:
        _run()
    except KeyboardInterrupt:  # while commands are loaded
        print("interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _run() -> None:
    from planner.cli.app import app
    from planner.errors import PlannerError

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    try:
        app()
    except PlannerError as error:
        print(str(error), file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BrokenPipeError:
        raise
    except OSError as error:  # a disk that is full, a file that went away: checks at the door cannot foresee it
        if error.filename is None and error.errno not in FULL:
            raise
        print(f"{error.filename or 'a file cannot be written'}: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
