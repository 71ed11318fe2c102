#!/usr/bin/env python
"""Run the project's commands."""

import os
import sys


def main() -> None:
    """Hand the command line to Django; a server that cannot be reached is one sentence, exit 1."""
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


if __name__ == "__main__":
    main()
