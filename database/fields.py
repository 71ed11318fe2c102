"""Fields for what PostgreSQL has and Django lacks: enum types, domains, any type by its name, …

Each of them makes exactly the column that it says; none creates a type on the side, except
:class:`EnumField`, whose type :mod:`database.enums` keeps in step with its values.
"""

# Django's fields are generic for type checkers, and not when the program runs.
# mypy: disable-error-code="type-arg, misc"

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable, Sequence
from typing import Any, override

from django.core import checks
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.deletion import CASCADE, DatabaseOnDelete
from django.db.models.expressions import DatabaseDefault, Value
from django.utils.deconstruct import deconstructible
from django.utils.functional import cached_property

__all__ = [
    "DB_RESTRICT",
    "BigIdentityField",
    "BigSerialField",
    "CITextField",
    "CharacterField",
    "DomainField",
    "EnumField",
    "ForeignKey",
    "IdentityColumnField",
    "IdentityField",
    "IntervalField",
    "JSONTextField",
    "KeyCharField",
    "KeyTextField",
    "LocalDateTimeField",
    "OneToOneField",
    "PreciseDateTimeField",
    "PreciseTimeField",
    "RealField",
    "ReferenceAction",
    "RowIdField",
    "SerialField",
    "SmallIdentityField",
    "SmallSerialField",
    "TypeField",
]


# Enum types


class EnumField(models.Field):
    """A column of a PostgreSQL enum type, whose values are those of a ``TextChoices``.

    The type is created with the first column that has it and dropped with the last. A value that
    is added to the class is added to the type, and one whose member keeps its name is renamed.

    https://www.postgresql.org/docs/current/datatype-enum.html

    Args:
        enum: A ``TextChoices``; in migrations the pairs of member names and values.
        type: Name of the type, with its schema where the search path does not find it.
    """

    empty_strings_allowed = False
    description = "PostgreSQL enum type"

    def __init__(
        self, enum: type[enum.Enum] | Sequence[tuple[str, str]], type: str, **options: Any
    ) -> None:
        if isinstance(enum, Sequence):
            self.members = tuple((str(name), str(value)) for name, value in enum)
            choices: Any = [(value, name) for name, value in self.members]
        else:
            self.members = tuple((member.name, str(member.value)) for member in enum)
            choices = enum
        self.enum = enum
        self.type = type
        super().__init__(choices=choices, **options)

    @property
    def values(self) -> tuple[str, ...]:
        """The values of the type in their order."""
        return tuple(value for _, value in self.members)

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("choices", None)
        options["enum"] = list(self.members)
        options["type"] = self.type
        return name, path, args, options

    @override
    def clone(self) -> Any:
        options = self.deconstruct()[3]
        return self.__class__(**{**options, "enum": self.enum})

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        """Refuse what PostgreSQL would refuse: labels that are empty, repeated or too long."""
        found = super().check(**options)
        values = self.values
        if not values or len(set(values)) < len(values):
            found.append(
                checks.Error(
                    "An EnumField needs at least one value, and each only once.",
                    hint="Correct the values of the TextChoices.",
                    obj=self,
                    id="prodobit.E701",
                )
            )
        if any(len(value.encode()) > 63 for value in values):
            found.append(
                checks.Error(
                    "A value of an EnumField must have no more than 63 bytes.",
                    hint="Shorten the value, or use a CharField.",
                    obj=self,
                    id="prodobit.E702",
                )
            )
        return found

    @override
    def db_type(self, connection: Any) -> str:
        return self.type

    @override
    def get_internal_type(self) -> str:
        return "EnumField"

    @override
    def to_python(self, value: Any) -> Any:
        return value if value is None else str(value)

    @override
    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.value if isinstance(value, enum.Enum) else value

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> Any:
        """Tell PostgreSQL the type: an untyped parameter of an operator may be taken for text."""
        return _cast_placeholder(value, compiler, self.type)


def _cast_placeholder(value: Any, compiler: Any, type_: str) -> tuple[str, Any]:
    if hasattr(value, "as_sql"):
        return compiler.compile(value)  # type: ignore[no-any-return]
    return f"%s::{type_.replace('%', '%%')}", (value,)


# Types by their name


class TypeField(models.Field):
    """A column of any type, by the name that PostgreSQL knows it by, with its modifiers.

    Values are what the driver makes of them: text for types that it does not know. They are sent
    as text that PostgreSQL casts to the type.

    Args:
        type: For example ``macaddr``, ``bit(8)``, ``geometry(Point,4326)``, ``vector(3)``.
        db_collation: Name of the collation.
    """

    description = "%(type)s"

    def __init__(self, type: str, db_collation: str | None = None, **options: Any) -> None:
        self.type = type
        self.db_collation = db_collation
        super().__init__(**options)

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options["type"] = self.type
        if self.db_collation:
            options["db_collation"] = self.db_collation
        return name, path, args, options

    @override
    def db_type(self, connection: Any) -> str:
        return self.type

    @override
    def db_parameters(self, connection: Any) -> Any:
        return {**super().db_parameters(connection), "collation": self.db_collation}

    @override
    def get_internal_type(self) -> str:
        return "TypeField"

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> Any:
        """Cast the parameter, as its type is nothing that the driver could know."""
        return _cast_placeholder(value, compiler, self.type)


class CITextField(models.TextField):
    """Text of the type ``citext``, which compares without regard to case.

    https://www.postgresql.org/docs/current/citext.html
    """

    @override
    def db_type(self, connection: Any) -> str:
        return "citext"


class CharacterField(models.CharField):
    """Text of the type ``character(n)``, which PostgreSQL pads with spaces."""

    @override
    def db_type(self, connection: Any) -> str:
        return f"character({self.max_length})"


class KeyTextField(models.TextField):
    """Text without the second index for LIKE that Django gives to unique and indexed text."""

    @override
    def db_type(self, connection: Any) -> str:
        # Django tells by the first letters of the type; PostgreSQL does not mind their case.
        return "TEXT"


class KeyCharField(models.CharField):
    """A ``CharField`` without the second index for LIKE that Django gives to unique text."""

    @override
    def db_type(self, connection: Any) -> str:
        return "character varying" + (f"({self.max_length})" if self.max_length else "")


class RealField(models.FloatField):
    """A float of four bytes, ``real``."""

    @override
    def db_type(self, connection: Any) -> str:
        return "real"


class JSONTextField(models.JSONField):
    """JSON of the type ``json``, which keeps the text as it was written.

    https://www.postgresql.org/docs/current/datatype-json.html
    """

    @override
    def db_type(self, connection: Any) -> str:
        return "json"


class _Precision:
    """Adds ``precision``, the digits of a second, to a field of dates or times."""

    def __init__(self, *args: Any, precision: int | None = None, **options: Any) -> None:
        self.precision = precision
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        if self.precision is not None:
            options["precision"] = self.precision
        return name, path, args, options

    @property
    def modifier(self) -> str:
        """The precision as it stands behind the name of a type."""
        return "" if self.precision is None else f"({self.precision})"


class PreciseDateTimeField(_Precision, models.DateTimeField):
    """``timestamp(p) with time zone``."""

    @override
    def db_type(self, connection: Any) -> str:
        return f"timestamp{self.modifier} with time zone"


class LocalDateTimeField(_Precision, models.DateTimeField):
    """``timestamp without time zone``: naive values, exactly as they are stored.

    An aware value is stored as the wall clock of the connection's time zone, which is what
    PostgreSQL itself would make of it.
    """

    @override
    def db_type(self, connection: Any) -> str:
        return f"timestamp{self.modifier} without time zone"

    @override
    def to_python(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            return value
        value = super().to_python(value)
        return value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value

    @override
    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime) or hasattr(value, "resolve_expression"):
            return value
        return self.to_python(value)

    @override
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            value = value.astimezone(connection.timezone or datetime.UTC).replace(tzinfo=None)
        return value


class PreciseTimeField(_Precision, models.TimeField):
    """``time(p) without time zone``."""

    @override
    def db_type(self, connection: Any) -> str:
        return f"time{self.modifier} without time zone"


class IntervalField(_Precision, models.DurationField):
    """An interval with a precision, or restricted to some fields (``day to second``).

    https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-INTERVAL-INPUT
    """

    def __init__(self, *args: Any, fields: str = "", **options: Any) -> None:
        self.fields = fields
        super().__init__(*args, **options)

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        if self.fields:
            options["fields"] = self.fields
        return name, path, args, options

    @override
    def db_type(self, connection: Any) -> str:
        return f"interval {self.fields}".strip() + self.modifier


class DomainField(models.Field):
    """A column of a domain; its values are those of the type that the domain is based on.

    https://www.postgresql.org/docs/current/sql-createdomain.html

    Args:
        base_field: A field of the base type.
        domain: Name of the domain, with its schema where the search path does not find it.
    """

    def __init__(self, base_field: models.Field[Any, Any], domain: str, **options: Any) -> None:
        self.base_field = base_field
        self.domain = domain
        super().__init__(**options)

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options |= {"base_field": self.base_field.clone(), "domain": self.domain}
        return name, path, args, options

    @property
    def model(self) -> Any:
        """The model, which the base field belongs to as well."""
        try:
            return self.__dict__["model"]
        except KeyError:
            raise AttributeError("A field of no model yet.") from None

    @model.setter
    def model(self, model: Any) -> None:
        self.__dict__["model"] = model
        self.base_field.model = model

    @override
    def db_type(self, connection: Any) -> str:
        return self.domain

    @override
    def get_internal_type(self) -> str:
        return "DomainField"

    @override
    def set_attributes_from_name(self, name: str) -> None:
        super().set_attributes_from_name(name)
        self.base_field.set_attributes_from_name(name)

    @override
    def to_python(self, value: Any) -> Any:
        return self.base_field.to_python(value)

    @override
    def get_prep_value(self, value: Any) -> Any:
        return self.base_field.get_prep_value(super().get_prep_value(value))

    @override
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.base_field.get_db_prep_value(value, connection, prepared)

    @cached_property
    def _from_db_value(self) -> Any:
        return getattr(self.base_field, "from_db_value", None)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Convert as the field of the base type does."""
        convert = self._from_db_value
        return convert(value, expression, connection) if convert else value

    @override
    def formfield(self, **options: Any) -> Any:
        return self.base_field.formfield(**options)

    @override
    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        if value not in self.empty_values:
            self.base_field.validate(value, model_instance)


# Numbers that PostgreSQL gives


class _Identity:
    """Adds the kind and the sequence's options of an identity column.

    https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-GENERATED-IDENTITY
    """

    def __init__(self, *args: Any, always: bool = True, options: str = "", **kwargs: Any) -> None:
        self.always = always
        self.options = options
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if not self.always:
            kwargs["always"] = False
        if self.options:
            kwargs["options"] = self.options
        return name, path, args, kwargs

    def db_type_suffix(self, connection: Any) -> str:
        kind = "ALWAYS" if self.always else "BY DEFAULT"
        options = f" ({self.options})" if self.options else ""
        return f"GENERATED {kind} AS IDENTITY{options}"


class IdentityField(_Identity, models.AutoField):
    """An ``integer`` primary key, ``GENERATED ALWAYS AS IDENTITY`` or with options."""


class BigIdentityField(_Identity, models.BigAutoField):
    """A ``bigint`` primary key, ``GENERATED ALWAYS AS IDENTITY`` or with options."""


class SmallIdentityField(_Identity, models.SmallAutoField):
    """A ``smallint`` primary key, ``GENERATED ALWAYS AS IDENTITY`` or with options."""


class IdentityColumnField(_Identity, models.BigIntegerField):
    """An identity column that is not, or not alone, the primary key.

    Args:
        type: ``smallint``, ``integer`` or ``bigint``.
        always: Whether PostgreSQL refuses values that are given.
        options: Options of the sequence as SQL, ``START WITH 1000``.
    """

    db_returning = True

    def __init__(self, *args: Any, type: str = "bigint", **options: Any) -> None:
        self.type = type
        options.setdefault("editable", False)
        options.setdefault("blank", True)
        super().__init__(*args, **options)

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        options.pop("blank", None)
        if self.type != "bigint":
            options["type"] = self.type
        return name, path, args, options

    @override
    def db_type(self, connection: Any) -> str:
        return self.type

    @cached_property
    def _get_default(self) -> Any:
        return lambda: DatabaseDefault(Value(None), output_field=self)


class _Serial:
    """A number from a sequence of the column's own, as before there were identity columns."""

    def db_type_suffix(self, connection: Any) -> None:
        return None


class SerialField(_Serial, models.AutoField):
    """An ``integer`` primary key of the pseudo type ``serial``."""

    @override
    def db_type(self, connection: Any) -> str:
        return "serial"


class BigSerialField(_Serial, models.BigAutoField):
    """A ``bigint`` primary key of the pseudo type ``bigserial``."""

    @override
    def db_type(self, connection: Any) -> str:
        return "bigserial"


class SmallSerialField(_Serial, models.SmallAutoField):
    """A ``smallint`` primary key of the pseudo type ``smallserial``."""

    @override
    def db_type(self, connection: Any) -> str:
        return "smallserial"


class RowIdField(models.AutoField):
    """Stands in for the primary key of a table that has none: the place of the row, ``ctid``.

    It makes no column, so that the table stays as it is. The place of a row changes whenever the
    row is changed: read, filter, insert and delete with it; never keep it.

    https://www.postgresql.org/docs/current/ddl-system-columns.html
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        options |= {"primary_key": True, "db_column": "ctid"}
        super().__init__(*args, **options)

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("primary_key", None)
        options.pop("db_column", None)
        return name, path, args, options

    @override
    def db_type(self, connection: Any) -> None:
        return None

    @override
    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        raise ValidationError("The place of a row is written as (page,item).", code="invalid")

    @override
    def get_prep_value(self, value: Any) -> Any:
        return value

    @override
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> Any:
        """Cast the parameter to PostgreSQL's type of row addresses."""
        return _cast_placeholder(value, compiler, "tid")

    def validate(self, value: Any, model_instance: Any) -> None:
        """Accept everything: it is PostgreSQL that gives the value."""


# Relations


class _Typed:
    """Adds ``type``, for a foreign key whose column has another type than what it refers to."""

    def __init__(self, *args: Any, type: str = "", **options: Any) -> None:
        self.type = type
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        if self.type:
            options["type"] = self.type
        return name, path, args, options

    def db_type(self, connection: Any) -> Any:
        return self.type or super().db_type(connection)

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        return {**parameters, "type": self.db_type(connection)}


class ForeignKey(_Typed, models.ForeignKey):
    """A foreign key whose column has a type of its own: ``integer`` that refers to ``bigint``."""


class OneToOneField(_Typed, models.OneToOneField):
    """A one-to-one relation whose uniqueness is a constraint or an index of ``Meta.constraints``.

    Django's own makes a unique constraint whose name PostgreSQL chooses.
    """

    @override
    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("unique", None)
        return name, path, args, options

    @property
    def unique(self) -> bool:
        """Whether the column itself is declared UNIQUE, which only a primary key's is."""
        return bool(self.primary_key)


@deconstructible
class ReferenceAction(DatabaseOnDelete):
    """What a foreign key does, for all that Django's ``DB_`` constants do not say.

    https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES

    Args:
        on_delete: ``NO ACTION``, ``RESTRICT``, ``CASCADE``, ``SET NULL`` or ``SET DEFAULT``.
        on_update: The same.
        match: ``SIMPLE`` or ``FULL``.
    """

    # Django would else read the rows that refer to what it deletes, only to do nothing with them.
    lazy_sub_objs = True

    def __init__(
        self, on_delete: str = "NO ACTION", *, on_update: str = "NO ACTION", match: str = "SIMPLE"
    ) -> None:
        super().__init__(on_delete, "ReferenceAction", CASCADE if on_delete == "CASCADE" else None)
        self.on_update = on_update
        self.match = match

    def on_delete_sql(self, schema_editor: Any) -> str:
        """Return what follows the referenced column."""
        return (
            (" MATCH FULL" if self.match == "FULL" else "")
            + _clause("DELETE", self.operation)
            + _clause("UPDATE", self.on_update)
        )


def _clause(event: str, action: str) -> str:
    return "" if action == "NO ACTION" else f" ON {event} {action}"


DB_RESTRICT = ReferenceAction("RESTRICT")
"""ON DELETE RESTRICT: like DO_NOTHING, which is NO ACTION, but never put off until the commit."""


def enum_fields(fields: Iterable[Any]) -> list[EnumField]:
    """Return the enum fields among ``fields``, those inside of arrays and domains included."""
    found = []
    for field in fields:
        while field is not None and not isinstance(field, EnumField):
            field = getattr(field, "base_field", None)
        if field is not None:
            found.append(field)
    return found
