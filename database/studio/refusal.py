"""What the database refused, in words for the person at the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.messages.storage import default_storage
from django.db import DatabaseError, connections
from psycopg import Error as PsycopgError

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

ID = "prodobit.E402"
NOTHING_CHANGED = "Nothing was changed"
NOT_NULL, FOREIGN_KEY, UNIQUE, CHECK = "23502", "23503", "23505", "23514"
NO_PRIVILEGE, READ_ONLY = "42501", "25006"


def explain(error: DatabaseError, using: str = "default") -> str | None:
    """Say why PostgreSQL refused a change.

    Args:
        error: What Django raised, after the transaction was rolled back.
        using: The database it came from.

    Returns:
        One or two sentences and the id of their page, without any row's data; None where the
        error is not about the data or the rights of the user.

    Side effects:
        One look at the catalog, where a foreign key is concerned.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    cause = error.__cause__
    if not isinstance(cause, PsycopgError) or cause.sqlstate is None:
        return None
    reason = _reason(cause.sqlstate, cause.diag, using)
    return None if reason is None else f"{NOTHING_CHANGED}: {reason} ({ID})"


def forget_messages(request: HttpRequest) -> None:
    """Take back what this request said so far, such as that a row was changed successfully.

    The constraints are checked at COMMIT, after Django's views have announced their success.
    """
    # As django.contrib.messages.middleware does at the start of a request.
    request._messages = default_storage(request)  # type: ignore[attr-defined]


def _reason(sqlstate: str, diag: Any, using: str) -> str | None:
    model = _model_of(diag.table_name)
    table = str(model._meta.verbose_name_plural) if model else diag.table_name
    constraint = diag.constraint_name
    if sqlstate == FOREIGN_KEY and model is not None:
        return _foreign_key(model, constraint, using)
    if sqlstate == NOT_NULL:
        return f"{diag.column_name} of {table} must not be empty."
    if sqlstate.startswith("23"):
        declared = _declared_message(model, constraint)
        kind = "is taken already" if sqlstate == UNIQUE else "is not allowed"
        return declared or f"this value {kind} in {table} (constraint {constraint})."
    if sqlstate.startswith("22"):
        return "a value does not fit its column. Enter one that is smaller or of the right kind."
    if sqlstate.startswith("P0"):
        return str(diag.message_primary)
    if sqlstate == NO_PRIVILEGE:
        return (
            "the database user of this project lacks the right to do this. "
            "Ask whoever runs the database to grant it."
        )
    if sqlstate == READ_ONLY:
        return "the database is read-only. Try again when it takes changes, or on another server."
    return None


def _foreign_key(model: type[Model], constraint: str | None, using: str) -> str:
    # The same error stands for both directions: a row that is still referred to was to go, or
    # a row was to refer to one that is not there.
    rows = str(model._meta.verbose_name_plural)
    field = _field_of(model, constraint, using)
    if field is None:
        return f"{rows} refer to it (constraint {constraint}). Change or delete those first."
    target = field.related_model._meta
    return (
        f"{rows} refer to {target.verbose_name_plural} by their {field.verbose_name}, and would "
        f"be left without the {target.verbose_name} they name. "
        f"Change or delete those {rows} first, or name a {target.verbose_name} that exists."
    )


def _field_of(model: type[Model], constraint: str | None, using: str) -> Any:
    connection = connections[using]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    columns = found[constraint]["columns"] if constraint in found else []
    return next((f for f in model._meta.concrete_fields if [f.column] == columns), None)


def _declared_message(model: type[Model] | None, constraint: str | None) -> str | None:
    for declared in model._meta.constraints if model else ():
        if declared.name == constraint:
            return str(declared.get_violation_error_message())
    return None


def _model_of(table: str | None) -> type[Model] | None:
    models = apps.get_models(include_auto_created=True)
    return next((model for model in models if model._meta.db_table == table), None)
