"""Forms and widgets that know what the database does by itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.db import models
from django.db.models.expressions import Value

FILLED_IN = "Left empty, the database fills it in."


def literal_default(field: models.Field[Any, Any]) -> Any:
    """The value the database writes where none is given; None where it computes one."""
    if not field.has_db_default() or is_computed_default(field):
        return None
    default = field.db_default
    return default.value if isinstance(default, Value) else default


def is_computed_default(field: models.Field[Any, Any]) -> bool:
    """Whether the database computes a value where none is given, such as the time."""
    if not field.has_db_default() or isinstance(field.db_default, Value):
        return False
    return hasattr(field.db_default, "resolve_expression")


class KnownAutocompleteSelect(AutocompleteSelect):
    """An autocomplete that does not ask the database for a row that came with the form.

    Django's own sends one query per widget, which is one per line of an order.
    """

    known: models.Model | None = None

    def optgroups(
        self, name: str, value: Any, attr: Any = None
    ) -> list[tuple[str | None, list[dict[str, Any]], int | None]]:
        """The chosen row as the only option; the others come by search."""
        known = self.known
        if known is None:
            return super().optgroups(name, value, attr)
        key = str(getattr(known, self.choices.field.to_field_name or "pk"))
        if value != [key]:
            return super().optgroups(name, value, attr)
        options = []
        if not self.is_required:
            options.append(self.create_option(name, "", "", False, 0))
        label = self.choices.field.label_from_instance(known)
        options.append(self.create_option(name, key, label, True, len(options)))
        return [(None, options, 0)]


class StudioForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form for a row, in which the database's own defaults need not be typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            for field in self._computed_defaults():
                formfield = self.fields[field.name]
                formfield.required = False
                formfield.help_text = f"{formfield.help_text} {FILLED_IN}".strip()
        for name, formfield in self.fields.items():
            self._hand_over(name, formfield.widget)

    def _hand_over(self, name: str, widget: forms.Widget) -> None:
        if isinstance(widget, RelatedFieldWidgetWrapper):
            widget = widget.widget
        if isinstance(widget, KnownAutocompleteSelect):
            field = self._meta.model._meta.get_field(name)
            widget.known = field.get_cached_value(self.instance, default=None)

    def _computed_defaults(self) -> list[models.Field[Any, Any]]:
        return [
            field
            for field in self._meta.model._meta.concrete_fields
            if field.name in self.fields and is_computed_default(field)
        ]

    def _post_clean(self) -> None:
        if self.instance._state.adding:
            for field in self._computed_defaults():
                # Without a value here the new row keeps Django's DatabaseDefault, for which
                # the INSERT says DEFAULT.
                if self.cleaned_data.get(field.name) in self.fields[field.name].empty_values:
                    self.cleaned_data.pop(field.name, None)
        super()._post_clean()  # type: ignore[misc]
