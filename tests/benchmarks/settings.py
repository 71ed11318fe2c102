"""The project's settings, with the generated app in it."""

import os
import sys

from prodobit.settings import *
from prodobit.settings import INSTALLED_APPS

from .shapes import APP

sys.path.insert(0, os.environ["BENCHMARK_FOLDER"])
INSTALLED_APPS = [*INSTALLED_APPS, APP]
