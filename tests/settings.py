"""Settings of the test suite."""

from prodobit.settings import *
