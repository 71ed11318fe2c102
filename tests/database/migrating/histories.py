"""Random histories of migrations that are valid, with functions that go through relations."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import migrations, models
from django.db.migrations.migration import Migration
from hypothesis import strategies as st

from tests.database.migrating import fingerprints

Operations = list[Any]
LABELS = ("alpha", "beta")


class EvenManager(models.Manager):  # type: ignore[type-arg]
    use_in_migrations = True


class LookAround(migrations.operations.base.Operation):
    """An operation of somebody else's, which looks at both states whole."""

    reversible = True

    def __init__(self, seen: list[Any]) -> None:
        self.seen = seen

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for state in (from_state, to_state):
            # Django leaves the tables between models that are gone, until it renders anew.
            state.is_delayed = True
            state.clear_delayed_apps_cache()
            self.seen.append(fingerprints.of_registry(state.apps))

    database_backwards = database_forwards

    def describe(self) -> str:
        return "Look around"


@dataclass
class Table:
    """What a history knows of a model it made."""

    label: str
    name: str
    plain: list[str] = field(default_factory=list)
    relations: dict[str, str] = field(default_factory=dict)
    many: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)
    parent: str | None = None
    proxy_of: str | None = None
    fixed: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"{self.label}.{self.name}"


class History:
    """A history that grows by drawing operations that are possible at its end."""

    def __init__(self, draw: Callable[[Any], Any], without: frozenset[str] = frozenset()) -> None:
        self.draw = draw
        self.kinds = sorted(set(self.KINDS) - without)
        self.tables: dict[str, Table] = {}
        self.number = 0
        self.seen: list[Any] = []
        self.migrations: dict[tuple[str, str], Migration] = {}
        self.last: tuple[str, str] | None = None

    def grow(self, migrations_wanted: int) -> None:
        """Draw migrations, each depending on the one before it."""
        for number in range(1, migrations_wanted + 1):
            label = self.draw(st.sampled_from(LABELS))
            if number == 1:
                kinds = ["create", "create"]
            else:
                kinds = self.draw(st.lists(st.sampled_from(self.kinds), min_size=1, max_size=4))
            operations: Operations = []
            for kind in kinds:
                operations += self.KINDS[kind](self, label)
            name = f"{number:04}_step"
            migration = type("Migration", (Migration,), {"operations": operations})(name, label)
            migration.dependencies = [self.last] if self.last else []
            self.last = (label, name)
            self.migrations[self.last] = migration

    def _new(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    def _table(self, label: str, *, real: bool = True) -> Table | None:
        found = [t for t in self.tables.values() if t.label == label and not (real and t.proxy_of)]
        return self.draw(st.sampled_from(found)) if found else None

    def _any_path(self) -> str | None:
        paths = [t.path for t in self.tables.values()]
        return self.draw(st.sampled_from(paths)) if paths else None

    def _plain_field(self) -> models.Field[Any, Any]:
        return self.draw(
            st.sampled_from(
                [
                    lambda: models.IntegerField(default=0),
                    lambda: models.CharField(max_length=30, default="x", db_index=True),
                    lambda: models.TextField(null=True),
                    lambda: models.DateField(null=True),
                    lambda: models.BooleanField(default=False, db_default=True),
                ]
            )
        )()

    def create(self, label: str) -> Operations:
        """Make a table, maybe one that inherits, or a proxy."""
        table = Table(label, self._new("Model"))
        bases: tuple[Any, ...] = (models.Model,)
        options: dict[str, Any] = {}
        kind = self.draw(st.sampled_from(["plain", "plain", "plain", "child", "proxy"]))
        base = self._any_path() if kind != "plain" else None
        if base and kind == "proxy":
            bases, table.proxy_of, options = (base.lower(),), base, {"proxy": True, "indexes": []}
            self.tables[table.path] = table
            return [migrations.CreateModel(table.name, [], options, bases)]
        fields: list[tuple[str, Any]] = []
        if base and self.tables[base].proxy_of is None:
            bases, table.parent = (base.lower(),), base
            link = models.OneToOneField(
                base, models.CASCADE, parent_link=True, auto_created=True, primary_key=True,
                serialize=False,
            )  # fmt: skip
            fields.append((f"{base.split('.')[1].lower()}_ptr", link))
        else:
            fields.append(("id", models.AutoField(primary_key=True, serialize=False)))
        for _ in range(self.draw(st.integers(1, 3))):
            name = self._new("plain")
            table.plain.append(name)
            fields.append((name, self._plain_field()))
        self.tables[table.path] = table
        if self.draw(st.booleans()):
            name, relation = self._relation(table)
            fields.append((name, relation))
        if self.draw(st.booleans()):
            options["ordering"] = [table.plain[0]]
        if self.draw(st.booleans()):
            index = self._new("idx")
            table.indexes[index] = table.plain[0]
            options["indexes"] = [models.Index(fields=[table.plain[0]], name=index)]
        managers = [("evens", EvenManager())] if self.draw(st.booleans()) else []
        return [migrations.CreateModel(table.name, fields, options, bases, managers)]

    def _relation(self, table: Table) -> tuple[str, Any]:
        target = self._any_path() or table.path
        name = self._new("rel")
        kind = self.draw(st.sampled_from(["fk", "fk", "hidden", "one", "many"]))
        if kind == "many":
            table.many[name] = target
            return name, models.ManyToManyField(target, related_name=f"{name}_back")
        table.relations[name] = target
        arguments: dict[str, Any] = {"null": True, "related_name": f"{name}_back"}
        if kind == "hidden":
            arguments["related_name"] = "+"
        make = models.OneToOneField if kind == "one" else models.ForeignKey
        return name, make(target, models.SET_NULL, **arguments)

    def add(self, label: str) -> Operations:
        """Add a plain field."""
        table = self._table(label)
        if not table:
            return []
        name = self._new("plain")
        table.plain.append(name)
        made = self._plain_field()
        preserve = self.draw(st.booleans()) or made.null
        return [migrations.AddField(table.name, name, made, preserve_default=preserve)]

    def relate(self, label: str) -> Operations:
        """Add a relation."""
        table = self._table(label)
        if not table:
            return []
        name, relation = self._relation(table)
        return [migrations.AddField(table.name, name, relation)]

    def unrelate(self, label: str) -> Operations:
        """Remove a relation."""
        table = self._table(label)
        if not table or not (table.relations or table.many):
            return []
        name = self.draw(st.sampled_from(sorted([*table.relations, *table.many])))
        if name in table.fixed:
            return []
        table.relations.pop(name, None)
        table.many.pop(name, None)
        return [migrations.RemoveField(table.name, name)]

    def retype(self, label: str) -> Operations:
        """Change the type of a primary key, which changes all keys that point to it."""
        table = self._table(label)
        if not table or table.parent:
            return []
        kind = self.draw(st.sampled_from([models.BigAutoField, models.AutoField]))
        made = kind(primary_key=True, serialize=False)
        return [migrations.AlterField(table.name, "id", made)]

    def alter(self, label: str) -> Operations:
        """Change a plain field."""
        table = self._table(label)
        free = [n for n in (table.plain if table else []) if n not in table.fixed]
        if not table or not free:
            return []
        name = self.draw(st.sampled_from(free))
        made = models.TextField(null=True, db_column=self.draw(st.sampled_from([None, f"{name}c"])))
        return [migrations.AlterField(table.name, name, made)]

    def remove(self, label: str) -> Operations:
        """Remove a plain field that nothing names."""
        table = self._table(label)
        if not table or len(table.plain) < 2:
            return []
        used = {*table.indexes.values(), *table.constraints.values(), *table.fixed, table.plain[0]}
        free = [name for name in table.plain if name not in used]
        if not free:
            return []
        name = self.draw(st.sampled_from(free))
        table.plain.remove(name)
        return [migrations.RemoveField(table.name, name)]

    def rename_field(self, label: str) -> Operations:
        """Rename a field."""
        table = self._table(label)
        if not table:
            return []
        free = [n for n in [*table.plain[1:], *table.relations] if n not in table.fixed]
        free = [n for n in free if n not in {*table.indexes.values(), *table.constraints.values()}]
        if not free:
            return []
        old, new = self.draw(st.sampled_from(free)), self._new("renamed")
        if old in table.relations:
            table.relations[new] = table.relations.pop(old)
        else:
            table.plain[table.plain.index(old)] = new
        return [migrations.RenameField(table.name, old, new)]

    def key(self, label: str) -> Operations:
        """Make a field unique, point a foreign key to it, and rename it."""
        table = self._table(label)
        owner = self._table(label)
        if not table or not owner:
            return []
        name, later, relation = self._new("code"), self._new("code"), self._new("rel")
        table.fixed.add(later)
        table.plain.append(later)
        owner.relations[relation] = table.path
        return [
            migrations.AddField(table.name, name, models.CharField(max_length=9, null=True, unique=True)),  # noqa: E501
            migrations.AddField(
                owner.name,
                relation,
                models.ForeignKey(table.path, models.CASCADE, to_field=name, null=True, related_name=f"{relation}_back"),  # noqa: E501
            ),
            migrations.RenameField(table.name, name, later),
            migrations.AlterField(table.name, later, models.CharField(max_length=12, null=True, unique=True)),  # noqa: E501
        ]  # fmt: skip

    def rename(self, label: str) -> Operations:
        """Rename a table."""
        table = self._table(label, real=False)
        if not table:
            return []
        old, new = table.path, self._new("Renamed")
        if table.parent or any(t.parent == old or t.proxy_of == old for t in self.tables.values()):
            return []  # Django does not rename the bases of other models.
        operation = migrations.RenameModel(table.name, new)
        table.name = new
        self.tables[table.path] = self.tables.pop(old)
        for other in self.tables.values():
            for targets in (other.relations, other.many):
                targets.update({k: table.path for k, v in targets.items() if v == old})
        return [operation]

    def delete(self, label: str) -> Operations:
        """Delete a table that nothing points to."""
        table = self._table(label, real=False)
        if not table:
            return []
        for other in self.tables.values():
            named = {other.parent, other.proxy_of, *other.relations.values(), *other.many.values()}
            if table.path in named:
                return []
        del self.tables[table.path]
        return [migrations.DeleteModel(table.name)]

    def index(self, label: str) -> Operations:
        """Add an index, rename one, or remove one."""
        table = self._table(label)
        if not table:
            return []
        if table.indexes and self.draw(st.booleans()):
            name = self.draw(st.sampled_from(sorted(table.indexes)))
            column = table.indexes.pop(name)
            if self.draw(st.booleans()):
                return [migrations.RemoveIndex(table.name, name)]
            new = self._new("idx")
            table.indexes[new] = column
            return [migrations.RenameIndex(table.name, new, old_name=name)]
        name = self._new("idx")
        table.indexes[name] = table.plain[0]
        return [migrations.AddIndex(table.name, models.Index(fields=[table.plain[0]], name=name))]

    def constrain(self, label: str) -> Operations:
        """Add a constraint, or remove one."""
        table = self._table(label)
        if not table:
            return []
        if table.constraints and self.draw(st.booleans()):
            name = self.draw(st.sampled_from(sorted(table.constraints)))
            del table.constraints[name]
            return [migrations.RemoveConstraint(table.name, name)]
        name, column = self._new("con"), table.plain[0]
        table.constraints[name] = column
        made: Any = models.CheckConstraint(
            condition=models.Q(**{f"{column}__isnull": True}) | models.Q(**{f"{column}__isnull": False}),  # noqa: E501
            name=name,
        )  # fmt: skip
        if self.draw(st.booleans()) and not table.parent:
            made = models.UniqueConstraint(fields=[column, "id"], name=name)
        return [migrations.AddConstraint(table.name, made)]

    def option(self, label: str) -> Operations:
        """Change an option of a table."""
        table = self._table(label)
        if not table:
            return []
        own = [] if table.parent else ["id"]
        columns = [*table.plain[:1], *own]
        together = {tuple(columns)} if len(columns) > 1 else set()
        if together and table.plain[0] not in table.constraints.values():
            table.fixed.add(table.plain[0])
        choices: list[Callable[[], Any]] = [
            lambda: migrations.AlterModelOptions(table.name, {"verbose_name": self._new("v")}),
            lambda: migrations.AlterModelTable(table.name, self._new("table")),
            lambda: migrations.AlterModelTableComment(table.name, self._new("comment ")),
            lambda: migrations.AlterModelManagers(table.name, [("evens", EvenManager())]),
            lambda: migrations.AlterUniqueTogether(table.name, together),
        ]
        return [self.draw(st.sampled_from(choices))()]

    def order(self, label: str) -> Operations:
        """Order a table by the one it points to, and stop that again."""
        table = self._table(label)
        if not table or not table.relations or table.parent:
            return []
        name = sorted(table.relations)[0]
        if self.tables[table.relations[name]].proxy_of:
            return []
        steps: Operations = [
            migrations.AlterModelOptions(table.name, {}),
            migrations.AlterOrderWithRespectTo(table.name, name),
        ]
        if self.draw(st.booleans()):
            steps += [migrations.RunPython(self._exercise, migrations.RunPython.noop)]
        return [*steps, migrations.AlterOrderWithRespectTo(table.name, None)]

    def separate(self, label: str) -> Operations:
        """Do something to the database and to the state apart."""
        both = self.add(label)
        return [migrations.SeparateDatabaseAndState(both, both)] if both else []

    def sql(self, label: str) -> Operations:
        """Run SQL."""
        return [migrations.RunSQL("SELECT 1", migrations.RunSQL.noop)]

    def look(self, label: str) -> Operations:
        """Look at the states whole."""
        return [LookAround(self.seen)]

    def python(self, label: str) -> Operations:
        """Write and read rows through relations."""
        return [migrations.RunPython(self._exercise, migrations.RunPython.noop)]

    def _exercise(self, apps: Any, schema_editor: Any) -> None:
        self.seen.append(exercise(apps))
        # PostgreSQL alters no table with deferred checks still to be done.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")

    KINDS = {
        "create": create, "add": add, "relate": relate, "unrelate": unrelate, "retype": retype,
        "alter": alter, "remove": remove, "rename_field": rename_field, "key": key,
        "rename": rename, "delete": delete, "index": index, "constrain": constrain,
        "option": option, "order": order, "separate": separate, "sql": sql, "look": look,
        "python": python,
    }  # fmt: skip


def exercise(apps: Any) -> list[Any]:
    """Write a row to every table, and read rows through every relation in both directions."""
    seen: list[Any] = []
    mine = [
        model
        for label in LABELS
        if label in apps.app_configs
        for model in sorted(apps.get_app_config(label).get_models(), key=lambda m: m.__name__)
    ]
    for model in mine:
        if model._meta.proxy:
            continue
        values = {
            each.name: each.related_model._base_manager.order_by("pk").first()
            for each in model._meta.local_fields
            if each.many_to_one
        }
        row = model._base_manager.create(**values)
        for each in model._meta.local_many_to_many:
            other = each.related_model._base_manager.order_by("pk").first()
            if other is not None:
                getattr(row, each.name).add(other)
    for model in mine:
        # First what is read by its name alone, as a function that somebody has written reads it.
        for name in fingerprints.of_accessors(model):
            for row in model._base_manager.order_by("pk")[:2]:
                found = getattr(row, name, None)
                keys = (
                    found.order_by("pk").values_list("pk", flat=True)
                    if hasattr(found, "order_by")
                    else [found and found.pk]
                )
                seen.append((model.__name__, name, list(keys)))
        for row in model._base_manager.order_by("pk")[:2]:
            # Django renders in the order of a set, so that relations to a model come in any order.
            for each in sorted(model._meta.get_fields(), key=lambda f: (f.name, repr(f))):
                if each.concrete and not each.is_relation:
                    seen.append((model.__name__, each.name, str(getattr(row, each.name))))
                elif each.one_to_many or each.many_to_many:
                    name = each.get_accessor_name() if each.auto_created else each.name
                    keys = getattr(row, name).order_by("pk").values_list("pk", flat=True)
                    seen.append((model.__name__, name, list(keys)))
                elif each.is_relation:
                    name = each.get_accessor_name() if each.auto_created else each.name
                    other = getattr(row, name, None)
                    seen.append((model.__name__, name, other and other.pk))
    return sorted(seen, key=repr)
