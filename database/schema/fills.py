"""The values of ``--fill``: text → what the field keeps."""

from __future__ import annotations

import json
from typing import Any

from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, DateField, DateTimeField, Field, JSONField, TimeField
from django.utils import timezone

from .answers import AnswerError, Fill, closest

NOW = "now"


def value_of(apps: Apps, fill: Fill) -> tuple[tuple[str, str, str], Any]:
    """Turn the text of ``--fill`` into a value of its field.

    ``now`` is the present time for fields of dates and times; JSON is parsed; for a foreign key
    the text is a value of the field referred to.

    Raises:
        AnswerError: There is no such field, or the value does not fit.
    """
    shown = f"--fill {fill.app_label}.{fill.model}.{fill.field}={fill.value}"
    try:
        model = apps.get_model(fill.app_label, fill.model)
    except LookupError:
        names = [
            item.__name__ for item in apps.get_models() if item._meta.app_label == fill.app_label
        ]
        raise AnswerError(
            "prodobit.E622",
            f"{shown}: there is no model {fill.app_label}.{fill.model}."
            f"{closest(fill.model, names)}",
        ) from None
    try:
        field = model._meta.get_field(fill.field)
    except FieldDoesNotExist:
        names = [item.name for item in model._meta.get_fields()]
        raise AnswerError(
            "prodobit.E622",
            f"{shown}: {model._meta.label} has no field {fill.field}.{closest(fill.field, names)}",
        ) from None
    if not isinstance(field, Field) or field.many_to_many or field.generated:
        raise AnswerError("prodobit.E622", f"{shown}: the field takes no value.")
    try:
        return fill.target, _clean(field, fill.value)
    except (ValidationError, ValueError, TypeError) as error:
        reason = "; ".join(getattr(error, "messages", None) or [str(error)])
        raise AnswerError(
            "prodobit.E622",
            f"{shown}: the value does not fit a {type(field).__name__}: {reason}",
        ) from None


def _clean(field: Field[Any, Any], text: str) -> Any:
    if field.is_relation:
        return _clean(field.target_field, text)  # type: ignore[attr-defined]
    if text == NOW and isinstance(field, DateField | DateTimeField | TimeField):
        now = timezone.now() if isinstance(field, DateTimeField) else timezone.localtime()
        if isinstance(field, DateTimeField):
            return now
        return now.time() if isinstance(field, TimeField) else now.date()
    if isinstance(field, JSONField):
        return _not_none(json.loads(text))
    if isinstance(field, BooleanField):
        # PostgreSQL and JSON write true, Django reads True.
        text = text.capitalize()
    value = _not_none(field.to_python(text))
    # An empty text or list is a value here, even if forms refuse it.
    return value if value in field.empty_values else field.clean(text, None)


def _not_none(value: Any) -> Any:
    if value is None:
        raise ValueError("it is NULL.")
    return value
