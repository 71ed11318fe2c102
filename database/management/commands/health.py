"""The command ``manage.py health``."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.json import DjangoJSONEncoder

from database.health import SHARED


class Command(BaseCommand):
    """Asks the database what /health asks it, and exits 1 where the answer is bad."""

    help = (
        "Print what GET /health answers, and exit 1 if the database does not answer within two "
        "seconds, else 0; reasons are printed to standard error. For a container's health check."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --ready."""
        parser.add_argument(
            "--ready",
            action="store_true",
            help="exit 1 also if migrations are pending, as /health/ready does",
        )

    def handle(self, *args: Any, ready: bool, **options: Any) -> None:
        """Print the document; exit 1 where the status is not good enough."""
        finding = SHARED.finding()
        self.stdout.write(json.dumps(finding.document(), cls=DjangoJSONEncoder))
        if finding.status == "unhealthy" or (ready and finding.status != "healthy"):
            sys.exit(1)
