#!/usr/bin/env python
"""Run the project's commands."""

import os
import sys


def main() -> None:
    """Hand the command line to Django.

    A server that cannot be reached is one sentence and exit code 1, a question that nobody is
    there to answer one and exit code 4, Ctrl-C is exit code 130, output that nobody reads 1.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodobit.settings")
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        from prodobit.connection import explain

        explanation = explain(error)
        if explanation is None or "--traceback" in sys.argv:
            raise
        sys.exit(f"prodobit: {explanation}")
    except EOFError:
        if "--traceback" in sys.argv:
            raise
        sys.stderr.write("\nprodobit: a question was asked, and no terminal is there to answer.\n")
        sys.exit(4)
    except BrokenPipeError:
        # What is left to be written has nowhere to go; Python would try again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.stderr.write("prodobit: stopped, as nobody reads the output any more.\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("\nprodobit: interrupted.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
