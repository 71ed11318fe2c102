"""Settings of the test suite: the project's, on a throwaway server.

Whoever imports them first, which is pytest's main process, starts that server.
"""

import os

from tests import cluster

os.environ.update(cluster.variables(cluster.provide()))

from prodobit.settings import *
