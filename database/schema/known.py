"""Which live objects are ours: what migration history and the push journal know to have made."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import strip_quotes, truncate_name
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from database.fields import enum_fields
from database.operations import DatabaseObject, RemoveObject

from . import declared, diff, journal, stale
from .differences import ColumnUnknown, ConstraintUnknown, IndexUnknown
from .normalize import identifier, identifiers
from .state import Schema, Table, TableName

type Members = tuple[tuple[str, str], ...]
"""Names and values of the members of an enumeration."""


@dataclass
class KnownTable:
    """What is known of a table.

    Attributes:
        model: ``app_label.Model``, as it was called when the table was made.
        field: For the table of a many-to-many field ``app_label.Model.field``, else None.
        columns: The name of the field by the name of the column.
        objects: Names of indexes and constraints.
        enums: By the name of an enum type the names and values of its members.
    """

    model: str
    field: str | None = None
    columns: dict[str, str] = dataclasses.field(default_factory=dict)
    objects: set[str] = dataclasses.field(default_factory=set)
    enums: dict[str, Members] = dataclasses.field(default_factory=dict)

    @property
    def app_label(self) -> str:
        """The application it belongs to."""
        return self.model.split(".", 1)[0]


class History:
    """The state that the applied migrations declare."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        loader = MigrationLoader(connection)
        graph: Any = loader.graph
        self.state: ProjectState = stale.TrackingState(real_apps=loader.unmigrated_apps)
        self.migrations: list[Any] = []
        for key in graph._generate_plan(graph.leaf_nodes(), True):
            self.migrations.append(graph.nodes[key])
            if key in loader.applied_migrations:
                graph.nodes[key].mutate_state(self.state, preserve=False)

    def tables(self, app_labels: Collection[str]) -> dict[TableName, KnownTable]:
        """Return the tables of these apps by their declared name, without rendering a model."""
        tables: dict[TableName, KnownTable] = {}
        for (app_label, _), model in self.state.models.items():
            options = model.options
            if (
                app_label not in app_labels
                or options.get("proxy")
                or options.get("abstract")
                or not options.get("managed", True)
            ):
                continue
            label = f"{app_label}.{model.name}"
            name = self._db_table(model)
            known = KnownTable(label)
            tables[_table_name(name)] = known
            for field_name, item in model.fields.items():
                if item.many_to_many:
                    through = self._through(model, field_name, item, name)
                    if through is not None:
                        tables[through[0]] = through[1]
                else:
                    known.columns[_column(field_name, item)] = field_name
                    known.enums |= {found.type: found.members for found in enum_fields([item])}
        return tables

    def _db_table(self, model: ModelState) -> str:
        length = self.connection.ops.max_name_length()
        name = model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"
        return truncate_name(str(name), length)

    def _through(
        self, model: ModelState, field_name: str, item: Any, db_table: str
    ) -> tuple[TableName, KnownTable] | None:
        if item.remote_field.through is not None:
            return None
        name = item.db_table or truncate_name(
            f"{strip_quotes(db_table)}_{field_name}", self.connection.ops.max_name_length()
        )
        target = item.remote_field.model
        target = target if isinstance(target, str) else target._meta.object_name
        mine, theirs = model.name_lower, target.rpartition(".")[2].lower()
        if target == "self" or theirs == mine:
            mine, theirs = f"from_{mine}", f"to_{mine}"
        label = f"{model.app_label}.{model.name}"
        columns = {"id": "id", f"{mine}_id": mine, f"{theirs}_id": theirs}
        return _table_name(name), KnownTable(label, f"{label}.{field_name}", columns)

    def declares(self, live: Iterable[Table], schema: Schema) -> dict[int, set[str]]:
        """Tell which indexes and constraints of live tables the history declares.

        Args:
            live: The tables, as they are in the database.
            schema: The live schema that they are from.

        Returns:
            By the oid of the table the names of its live indexes and constraints.
        """
        wanted = list(live)
        names = {TableName("", table.name.name) for table in wanted} | {
            table.name for table in wanted
        }
        models = [
            key
            for key, model in self.state.models.items()
            if _table_name(self._db_table(model)) in names
            or any(
                item.many_to_many
                and (through := self._through(model, name, item, self._db_table(model)))
                and through[0] in names
                for name, item in model.fields.items()
            )
        ]
        part = subset(self.state, models)
        declares = declared.read(
            part.apps, self.connection, app_labels={app_label for app_label, _ in models}
        )
        tables = tuple(table for table in declares.tables if table.name in names)
        compared = diff.compare(
            Schema(
                tuple(wanted),
                schema.enums,
                schema.search_path,
                schema.server_version,
                schema.can_create_temporary,
            ),
            Schema(tables),
            connection=self.connection,
        )
        found = {
            table.oid: {item.name for item in (*table.indexes, *table.constraints)}
            for table in wanted
            if any(identifier(name.name) == table.name.name for name in (t.name for t in tables))
        }
        for difference in compared.differences:
            live_table = difference.live
            if live_table is None or live_table.oid not in found:
                continue
            if isinstance(difference, ConstraintUnknown):
                found[live_table.oid].discard(difference.live_constraint.name)
            elif isinstance(difference, IndexUnknown):
                found[live_table.oid].discard(difference.live_index.name)
            elif isinstance(difference, ColumnUnknown):
                continue
        return found


def subset(state: ProjectState, keys: Iterable[tuple[str, str]]) -> ProjectState:
    """Return a state of these models that renders fast.

    What they refer to is there as far as it decides their columns: a model referred to has its
    keys and plain columns, but no relations, indexes and constraints of its own.
    """
    models: dict[tuple[str, str], ModelState] = {}
    unmigrated: set[str] = set()
    whole = list(keys)
    while whole:
        key = whole.pop()
        if key not in state.models:
            unmigrated.add(key[0])
        if key in models or key not in state.models:
            continue
        model = models[key] = state.models[key].clone()
        stale.settle(model)
        whole += [_key(base, key) for base in model.bases if isinstance(base, str)]
    outlines = [target for key, model in models.items() for target in _targets(key, model)]
    while outlines:
        key = outlines.pop()
        if key not in state.models:
            unmigrated.add(key[0])
        if key in models or key not in state.models:
            continue
        model = models[key] = _outline(state.models[key])
        outlines += _targets(key, model)
        outlines += [_key(base, key) for base in model.bases if isinstance(base, str)]
    # Apps without migrations are rendered whole, but for what they refer to: only those needed.
    return ProjectState(models, real_apps=unmigrated & set(state.real_apps))


def _targets(key: tuple[str, str], model: ModelState) -> list[tuple[str, str]]:
    return [
        _key(target, key)
        for item in model.fields.values()
        if item.remote_field is not None
        for target in (item.remote_field.model, getattr(item.remote_field, "through", None))
        if target is not None
    ]


def _outline(model: ModelState) -> ModelState:
    composite = {
        name
        for item in model.fields.values()
        for name in getattr(item, "field_names", ())
        if getattr(item, "primary_key", False)
    }
    outline = model.clone()
    outline.fields = {
        name: item
        for name, item in outline.fields.items()
        if item.primary_key
        or name in composite
        or not (item.remote_field or item.many_to_many or item.generated)
    }
    kept = ("db_table", "abstract", "proxy", "managed", "swappable", "app_label")
    outline.options = {name: value for name, value in outline.options.items() if name in kept} | {
        "indexes": [],
        "constraints": [],
    }
    outline.managers = []
    return outline


def _key(target: Any, within: tuple[str, str]) -> tuple[str, str]:
    if not isinstance(target, str):
        return target._meta.app_label, target._meta.model_name
    if target == "self":
        return within
    app_label, dot, name = target.rpartition(".")
    return (app_label if dot else within[0]), name.lower()


def _column(field_name: str, item: Any) -> str:
    if item.db_column:
        return identifier(item.db_column)
    return identifier(f"{field_name}_id" if item.remote_field else field_name)


def _table_name(db_table: str) -> TableName:
    parts = identifiers(db_table)
    return TableName(parts[-2] if len(parts) > 1 else "", parts[-1])


class Known:
    """What history and the journal know, read when first asked for.

    Args:
        connection: The connection of the live schema.
        live: All live tables.
        app_labels: The apps that are pushed.
    """

    def __init__(
        self, connection: BaseDatabaseWrapper, live: Schema, app_labels: Collection[str]
    ) -> None:
        self.connection = connection
        self.live = live
        self.app_labels = app_labels
        self._history: History | None = None
        self._tables: dict[int, KnownTable] | None = None
        self._declared: dict[int, set[str]] | None = None
        self._carried: set[str] | None = None

    @property
    def history(self) -> History:
        """The state of the applied migrations."""
        if self._history is None:
            self._history = History(self.connection)
        return self._history

    @property
    def tables(self) -> dict[int, KnownTable]:
        """What is known of live tables, by their oid."""
        if self._tables is None:
            by_name = self.live.by_name()
            self._tables = {}
            for name, table in self.history.tables(self.app_labels).items():
                found = by_name.get(name)
                if found is not None:
                    self._tables[found.oid] = table
            if journal.exists(self.live):
                self._add_journal(by_name)
        return self._tables

    def _add_journal(self, by_name: dict[TableName, Table]) -> None:
        assert self._tables is not None
        for name, content in journal.read_objects(self.connection).items():
            found = by_name.get(name)
            if found is None or content["model"].split(".", 1)[0] not in self.app_labels:
                continue
            # The journal is of later date than the history of a database that is pushed to; what
            # history alone knows was there before, and is ours too.
            table = self._tables.get(found.oid)
            if table is None:
                table = self._tables[found.oid] = KnownTable(content["model"], content["field"])
            else:
                table.model, table.field = content["model"], content["field"]
            table.columns |= content["columns"]
            table.objects |= set(content["objects"])
            table.enums |= {
                name: tuple((member, value) for member, value in members)
                for name, members in content.get("enums", {}).items()
            }

    def enum_members(self, type_: str, labels: tuple[str, ...]) -> Members | None:
        """Return the members of which an enum type has got its labels, or None if nobody knows.

        Args:
            type_: The name of the type, as fields give it.
            labels: The labels that it has now.
        """
        for table in self.tables.values():
            members = table.enums.get(type_)
            if members is not None and tuple(value for _, value in members) == labels:
                return members
        return None

    def carries(self, table: TableName, name: str) -> bool:
        """Tell whether a migration makes an index or a constraint of a table by SQL.

        It need not be applied: after a pull the database has what its migrations make.
        """
        if self._carried is None:
            self._carried = set()
            for migration in self.history.migrations:
                if migration.app_label in self.app_labels:
                    for operation in migration.operations:
                        if isinstance(operation, DatabaseObject):
                            self._carried.add(operation.name)
                        elif isinstance(operation, RemoveObject):
                            self._carried.discard(operation.name)
        return f"{name} of {table}" in self._carried

    def knows_object(self, table: Table, name: str, asked: Iterable[Table]) -> bool:
        """Tell whether an index or a constraint is ours.

        Args:
            table: The live table.
            name: The name of the index or constraint in the database.
            asked: All tables that will be asked for, so that history is compared with them once.
        """
        known = self.tables.get(table.oid)
        if known is not None and name in known.objects:
            return True
        if self._declared is None:
            self._declared = self.history.declares(asked, self.live)
        return name in self._declared.get(table.oid, ())
