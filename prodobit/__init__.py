"""The Django project: settings, addresses, servers."""

__version__ = "0.1.0"
