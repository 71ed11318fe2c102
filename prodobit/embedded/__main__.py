"""Say by exit code whether this machine has a PostgreSQL for the project: 0 yes, 1 no.

``python -m prodobit.embedded`` is asked by the Makefile, which fetches server programs only where
neither a server is configured nor programs are installed.
"""

import sys

from prodobit.embedded import binaries
from prodobit.embedded.account import Account
from prodobit.embedded.errors import EmbeddedError
from prodobit.settings import BASE_DIR, ENVIRONMENT

try:
    if ENVIRONMENT.embedded:
        binaries.find(BASE_DIR / ".postgres", Account.of_server(), None)
except EmbeddedError:
    sys.exit(1)
