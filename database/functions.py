"""Database functions that Django has no expression for."""

from django.db import models


class TransactionStart(models.Func):
    """PostgreSQL's ``now()``: the time at which the current transaction began.

    Django's own ``Now`` is ``STATEMENT_TIMESTAMP()`` on PostgreSQL, which differs between the
    statements of one transaction; a row's time of creation should not.

    https://www.postgresql.org/docs/current/functions-datetime.html
    """

    function = "now"
    arity = 0
    output_field = models.DateTimeField()
