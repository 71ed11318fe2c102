"""Tables → models: fields, choices and ``Meta``, as trees of code for a module or a migration."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from database.schema.state import (
    Check,
    Column,
    Exclusion,
    ForeignKey,
    IdentityKind,
    PrimaryKey,
    Table,
    Unique,
)

from . import columns, expressions, naming, types
from .layout import Call, Items, Name, Node, Text
from .model import Choices, Left, Model, Surroundings
from .objects import Objects
from .relations import FieldPlan, ModelPlan, Relation

POSITIVE = {
    "smallint": "models.PositiveSmallIntegerField",
    "integer": "models.PositiveIntegerField",
    "bigint": "models.PositiveBigIntegerField",
}
AUTO = {"smallint": "SmallAuto", "integer": "Auto", "bigint": "BigAuto"}
ACTIONS = {
    "CASCADE": "models.DB_CASCADE",
    "SET NULL": "models.DB_SET_NULL",
    "SET DEFAULT": "models.DB_SET_DEFAULT",
    "NO ACTION": "models.DO_NOTHING",
}
LIKE_TYPES = ("text", "character varying")
TITLES = ("name", "title", "label", "full_name", "display_name", "code", "number", "slug", "email")
"""Fields that say what a row is, the best first."""


class Writer:
    """Writes one model.

    Args:
        plan: The table and the names.
        around: What it has in common with others.
        migration: Whether the code is for a migration: relations and choices are written out.
        defined: Names of models that stand before this one in the same module.
    """

    def __init__(
        self,
        plan: ModelPlan,
        around: Surroundings,
        *,
        migration: bool = False,
        defined: Collection[str] = (),
    ) -> None:
        self.plan, self.around, self.migration = plan, around, migration
        self.table: Table = plan.table
        self.defined = defined
        self.key = plan.primary_key
        self.key_columns = self.key.columns if self.key else ()
        if any(f.column.generated and f.column.name in self.key_columns for f in plan.fields):
            # Django wants another one.
            self.key_columns = ()
        self.left: list[Left] = []
        self.done: set[str] = set()
        self.fields = {
            field.column.name: expressions.Field(
                field.name, field.column.type, field.column.type in around.types.enums
            )
            for field in plan.fields
        }
        self.objects = Objects(
            self.fields,
            self._referenced(),
            {name for table, name in around.exact if table == self.table.name},
        )
        self.choices: dict[str, Choices] = {}

    def write(self) -> Model:
        """Return all that is to be written."""
        self._find_choices()
        fields = []
        if len(self.key_columns) > 1:
            names = {field.column.name: field.attname for field in self.plan.fields}
            arguments = tuple(Text(names[column]) for column in self.key_columns)
            fields.append(
                ("pk", Call("models.CompositePrimaryKey", arguments, self._unserialized()))
            )
        elif not self.key_columns:
            taken = {name for field in self.plan.fields for name in (field.name, field.attname)}
            name = naming.field_name("ctid", taken)
            fields.append((name, Call("RowIdField", (), self._unserialized())))
        for field in self.plan.fields:
            fields.append((field.name, self._field(field)))
        constraints: list[Call] = []
        indexes: list[Call] = []
        if self.table.name not in self.around.raw:
            constraints = self._constraints()
            indexes = self._indexes(constraints)
        return Model(
            self.plan,
            tuple(fields),
            tuple(self.choices[column] for column in self.choices),
            tuple(indexes),
            tuple(constraints),
            self._options(),
            self._title(),
            tuple(self.left),
        )

    def _unserialized(self) -> tuple[tuple[str, Node], ...]:
        """Return what Django adds to a primary key as it makes a model of its migrations."""
        return (("serialize", Name("False")),) if self.migration else ()

    # The table

    def _options(self) -> tuple[tuple[str, Node], ...]:
        name = self.table.name
        db_table = columns.identifier(name.name)
        if name not in self.around.visible:
            db_table = f'{columns.identifier(name.schema)}"."{db_table}'
        options: list[tuple[str, Node]] = []
        if name in self.around.raw:
            options.append(("managed", Name("False")))
        options.append(("db_table", Text(db_table)))
        if self.table.comment:
            options.append(("db_table_comment", Text(self.table.comment)))
        if self.table.tablespace:
            options.append(("db_tablespace", Text(self.table.tablespace)))
        return tuple(options)

    def _title(self) -> str:
        texts = {
            field.name
            for field in self.plan.fields
            if not field.relation
            and not field.column.type.endswith("[]")
            and field.column.not_null
            and field.column.type.startswith(("text", "character", "citext"))
        }
        for title in TITLES:
            if title in texts:
                return title
        endings = ("_name", "_title", "_code", "_number")
        ordered = [field.name for field in self.plan.fields if field.name in texts]
        return next((name for name in ordered if name.endswith(endings)), "")

    def _referenced(self) -> set[str]:
        return {
            field.relation.to_column
            for other in self.around.models.plans.values()
            for field in other.fields
            if field.relation and field.relation.target == self.table.name
        }

    def _leave(self, kind: str, name: str, reason: str, thing: object = None) -> None:
        self.left.append(Left(self.table.name, kind, name, reason, thing))

    # Fields

    def _find_choices(self) -> None:
        names: set[str] = {"Meta"}
        for check in self._checks():
            found = expressions.choices(check.expression, self.fields)
            if found is None or found[0] in self.choices:
                continue
            column, texts = found
            if self.fields[column].enum or any(len(text) > 60 for text in texts):
                continue
            field = next(f for f in self.plan.fields if f.column.name == column)
            if field.relation is not None or not columns.fit(field.column, texts):
                continue
            name = naming.camel(field.name)
            name = naming.unique(f"{name}Choices" if name in naming.IMPORTED else name, names)
            names.add(name)
            self.choices[column] = Choices(name, columns.members(texts))

    def _checks(self) -> list[Check]:
        return [
            check
            for check in self.table.constraints
            if isinstance(check, Check) and not self._left_check(check)
        ]

    def _left_check(self, check: Check) -> str:
        if not check.valid:
            return "it is NOT VALID"
        if check.no_inherit:
            return "it is NO INHERIT"
        if not check.enforced:
            return "it is NOT ENFORCED"
        return ""

    def _field(self, field: FieldPlan) -> Call:
        column = field.column
        if column.generated:
            return self._generated(field)
        if field.relation:
            return self._relation(field, field.relation)
        own = self._number(column)
        if own is not None:
            function, arguments = own
        else:
            function, arguments = types.call(
                column.type, self.around.types, migration=self.migration
            )
            function = self._positive(column, function)
            if column.collation:
                function, arguments = self._collated(column, function, arguments)
            if self._is_key(column):
                function = {
                    "models.TextField": "KeyTextField",
                    "models.CharField": "KeyCharField",
                }.get(function, function)
        keywords = dict(arguments)
        if self._is_key(column):
            keywords["primary_key"] = Name("True")
            keywords |= dict(self._unserialized())
        if own is None:
            self._nullable(column, keywords)
            if column.name in self.choices:
                keywords["choices"] = self._choices_node(self.choices[column.name])
            self._default(column, keywords)
        self._unique_or_indexed(field, function, keywords)
        return self._finish(field, function, keywords)

    def _is_key(self, column: Column) -> bool:
        return self.key_columns == (column.name,)

    def _number(self, column: Column) -> tuple[str, dict[str, Node]] | None:
        """Return the field of a column that counts by itself: identity, and serial where a key."""
        if column.identity is not None and column.type in AUTO:
            always = column.identity.kind is IdentityKind.ALWAYS
            options = columns.sequence_options(column.identity.options, column.type)
            arguments: dict[str, Node] = {}
            if not always:
                arguments["always"] = Name("False")
            if options:
                arguments["options"] = Text(options)
            if self._is_key(column):
                if not always and not options:
                    return f"models.{AUTO[column.type]}Field", {}
                size = AUTO[column.type].removesuffix("Auto")
                return f"{size}IdentityField", arguments
            if column.type != "bigint":
                arguments["type"] = Text(column.type)
            return "IdentityColumnField", arguments
        if (
            column.serial is not None
            and self._is_key(column)
            and (self.table.name, column.name) in self.around.serials
        ):
            return f"{AUTO[column.type].removesuffix('Auto')}SerialField", {}
        return None

    def _positive(self, column: Column, function: str) -> str:
        """Use Django's own field where its check is there, under the name it would have."""
        name = f"{self.table.name.name}_{column.name}_check"
        positive = POSITIVE.get(column.type)
        if positive is None or self._is_key(column):
            return function
        for check in self._checks():
            if check.name == name and check.comment is None:
                node = expressions.condition(check.expression, self.fields)
                wanted = f"Q({self.fields[column.name].name}__gte=0)"
                if expressions.literal(node) == wanted:
                    self.done.add(name)
                    return positive
        return function

    def _collated(
        self, column: Column, function: str, arguments: dict[str, Node]
    ) -> tuple[str, dict[str, Node]]:
        collation = Text(columns.collation(column.collation or ""))
        if function in ("models.TextField", "models.CharField", "CharacterField", "CITextField"):
            return function, {**arguments, "db_collation": collation}
        return "TypeField", {"type": Text(column.type), "db_collation": collation}

    def _nullable(self, column: Column, keywords: dict[str, Node]) -> None:
        if not column.not_null:
            keywords["null"] = Name("True")
            keywords["blank"] = Name("True")

    def _choices_node(self, choices: Choices) -> Node:
        if not self.migration:
            return Name(choices.name)
        return Items(
            tuple(
                Items((Text(value), Text(name.replace("_", " ").title())), "()")
                for name, value in choices.members
            )
        )

    def _default(self, column: Column, keywords: dict[str, Node]) -> None:
        if column.default is None:
            return
        enum, by_value = "", {}
        enum_class = self.around.types.enums.get(column.type)
        choices = self.choices.get(column.name)
        if enum_class is not None:
            enum, by_value = enum_class.name, {v: k for k, v in enum_class.members}
        elif choices is not None:
            enum, by_value = choices.name, {v: k for k, v in choices.members}
        node = expressions.default(
            column.default,
            self.around.types.base(column.type),
            exact=(self.table.name, column.name) in self.around.exact,
            enum=enum,
            members=by_value,
        )
        if isinstance(node, Name) and enum and node.code.startswith(f"{enum}."):
            values = {name: value for value, name in by_value.items()}
            node = Text(values[node.code.removeprefix(f"{enum}.")])
        if isinstance(node, Text) and not node.value:
            keywords["blank"] = Name("True")
        if isinstance(node, Text) and node.value in by_value and not self.migration:
            node = Name(f"{enum}.{by_value[node.value]}")
        keywords["db_default"] = node

    def _unique_or_indexed(
        self, field: FieldPlan, function: str, keywords: dict[str, Node]
    ) -> None:
        """Say ``unique`` or ``db_index`` where the names are those that they would make."""
        column, table = field.column, self.table.name.name
        text = column.type.startswith(LIKE_TYPES) and not column.type.endswith("[]")
        if self._is_key(column):
            return
        for unique in self.table.constraints:
            if (
                isinstance(unique, Unique)
                and unique.columns == (column.name,)
                and unique.name == columns.generated_name(table, column.name, "key")
                and not (text or unique.include or unique.deferrable or unique.comment)
                and not unique.nulls_not_distinct
            ):
                keywords["unique"] = Name("True")
                self.done.add(unique.name)
                return
        names = [self.around.index_name(table, [column.name], "")]
        if text:
            names.append(self.around.index_name(table, [column.name], "_like"))
        found = {index.name: index for index in self.table.indexes if index.name in names}
        plain = (
            len(found) == len(names)
            and not any(index.unique or index.predicate or index.comment or index.storage
                        or index.include or index.method != "btree" or not index.valid
                        or [key.column for key in index.keys] != [column.name]
                        for index in found.values())
        )  # fmt: skip
        if plain and found[names[0]].keys[0].opclass_is_default:
            if field.relation is None:
                keywords["db_index"] = Name("True")
            else:
                keywords.pop("db_index", None)
            self.done |= set(names)

    def _finish(self, field: FieldPlan, function: str, keywords: dict[str, Node]) -> Call:
        column = field.column
        made = field.attname
        if made != column.name:
            keywords["db_column"] = Text(columns.identifier(column.name))
        if column.comment:
            keywords["db_comment"] = Text(column.comment)
        return types.as_call(function, keywords)

    def _generated(self, field: FieldPlan) -> Call:
        column = field.column
        assert column.generated is not None
        function, arguments = types.call(column.type, self.around.types, migration=self.migration)
        if column.collation:
            function, arguments = self._collated(column, function, arguments)
        keywords: dict[str, Node] = {
            "expression": expressions.sql_call(column.generated.expression, self.fields),
            "output_field": types.as_call(function, arguments),
            "db_persist": Name(str(column.generated.stored)),
        }
        if column.not_null:
            self._leave("column", column.name, "it is both generated and NOT NULL", column)
        return self._finish(field, "models.GeneratedField", keywords)

    # Relations

    def _relation(self, field: FieldPlan, relation: Relation) -> Call:
        column = field.column
        function = "models.ForeignKey"
        keywords: dict[str, Node] = {"on_delete": self._action(relation.foreign_key, column)}
        if relation.one_to_one:
            function = "models.OneToOneField" if self._is_key(column) else "OneToOneField"
        if relation.typed:
            function = {"models.ForeignKey": "ForeignKey"}.get(function, "OneToOneField")
            keywords["type"] = Text(relation.typed)
        if relation.to_column:
            target = self.around.models.plans[relation.target]  # type: ignore[index]
            to_field = next(f for f in target.fields if f.column.name == relation.to_column)
            keywords["to_field"] = Text(to_field.name)
        if self._is_key(column):
            keywords["primary_key"] = Name("True")
            keywords |= dict(self._unserialized())
        else:
            keywords["db_index"] = Name("False")
        self._nullable(column, keywords)
        self._default(column, keywords)
        if function != "OneToOneField" or not relation.typed:
            self._unique_or_indexed(field, function, keywords)
        if keywords.pop("unique", None):
            function = "models.OneToOneField"
            keywords.pop("db_index", None)
        if function == "models.OneToOneField":
            # It has no index but that of its uniqueness.
            keywords.pop("db_index", None)
        keywords["related_name"] = Text(relation.related_name)
        call = self._finish(field, function, keywords)
        self.done.add(relation.foreign_key.name)
        if relation.foreign_key.comment:
            made = self._foreign_key_name(relation.foreign_key)
            self._leave("comment", made.name, "it is on a foreign key", made)
        return Call(call.function, (self._target(relation), *call.arguments), call.keywords)

    def _foreign_key_name(self, key: ForeignKey) -> ForeignKey:
        """Return the foreign key under the name that Django gives it."""
        ending = f"_fk_{key.target.name}_{key.target_columns[0]}"
        name = self.around.index_name(self.table.name.name, [key.columns[0]], ending)
        return replace(key, name=name)

    def _target(self, relation: Relation) -> Node:
        if relation.target is None:
            return Text(relation.foreign)
        name = self.around.models.plans[relation.target].name
        if self.migration:
            return Text(f"{self.around.app_label}.{name.lower()}")
        if relation.target == self.table.name:
            return Text("self")
        return Name(name) if name in self.defined else Text(name)

    def _action(self, key: ForeignKey, column: Column) -> Node:
        plain = key.on_update == "NO ACTION" and key.match == "SIMPLE"
        if plain and key.on_delete == "RESTRICT":
            return Name("DB_RESTRICT")
        allowed = {
            "SET NULL": not column.not_null,
            "SET DEFAULT": column.default is not None,
        }.get(key.on_delete, True)
        if plain and key.on_delete in ACTIONS and allowed:
            return Name(ACTIONS[key.on_delete])
        arguments = () if key.on_delete == "NO ACTION" else (Text(key.on_delete),)
        keywords: list[tuple[str, Node]] = []
        if key.on_update != "NO ACTION":
            keywords.append(("on_update", Text(key.on_update)))
        if key.match != "SIMPLE":
            keywords.append(("match", Text(key.match)))
        return Call("ReferenceAction", arguments, tuple(keywords))

    # Meta

    def _constraints(self) -> list[Call]:
        found = []
        for constraint in self.table.constraints:
            name = constraint.name
            if isinstance(constraint, Unique | Exclusion | Check) and name not in self.done:
                reason = self._obstacle(constraint) or _name_obstacle(name)
                if reason:
                    self._leave("constraint", name, reason, constraint)
                    continue
                if constraint.comment:
                    self._leave("comment", name, "it is on a constraint", constraint)
                if isinstance(constraint, Unique):
                    found.append(self.objects.unique(constraint))
                elif isinstance(constraint, Check):
                    found.append(self.objects.check(constraint))
                else:
                    found.append(self.objects.exclusion(constraint))
        for key, reason in self.around.models.left.get(self.table.name, ()):
            self._leave("foreign key", key.name, reason, key)
        if self.key is not None:
            self._look_at_key()
        for constraint in self.table.constraints:
            if isinstance(constraint, PrimaryKey | Unique) and constraint.clustered:
                self._leave("mark", constraint.name, "CLUSTER was run by it", constraint)
        return found

    def _look_at_key(self) -> None:
        key = self.key
        assert key is not None
        usual = columns.generated_name(self.table.name.name, "", "pkey")
        unusual = key.deferrable or key.include or key.storage or key.without_overlaps
        if unusual or ((key.comment or key.clustered) and key.name != usual):
            self._leave("primary key", key.name, "no model can say what it is", key)
        if key.comment:
            self._leave("comment", key.name, "it is on a primary key", key)

    def _obstacle(self, constraint: Unique | Exclusion | Check) -> str:
        if constraint.name in self.around.shared_names:
            return "another table has one of that name, which Django does not allow"
        if isinstance(constraint, Check):
            return self._left_check(constraint)
        if constraint.storage:
            return "its index has storage parameters"
        if isinstance(constraint, Unique):
            if constraint.without_overlaps:
                return "it is WITHOUT OVERLAPS"
            if constraint.include and constraint.deferrable:
                return "it is deferrable and includes other columns"
            return "it is a constraint that includes other columns" if constraint.include else ""
        if constraint.method not in ("gist", "hash", "spgist"):
            return f"Django excludes by no {constraint.method} index"
        if reason := self.objects.obstacle(constraint):
            return reason
        if constraint.deferrable and constraint.predicate is not None:
            return "it is deferrable and has a condition"
        return ""

    def _indexes(self, constraints: list[Call]) -> list[Call]:
        found = []
        for index in self.table.indexes:
            if index.name in self.done or index.partition_of:
                continue
            if not index.valid:
                self._leave("index", index.name, "it is invalid (its creation failed)", None)
                continue
            reason = _name_obstacle(index.name) or self.objects.obstacle(index)
            if index.name in self.around.shared_names:
                reason = "another table has one of that name, which Django does not allow"
            if reason:
                self._leave("index", index.name, reason, index)
                continue
            if index.comment:
                self._leave("comment", index.name, "it is on an index", index)
            for flag, text in (
                (index.clustered, "CLUSTER was run by it"),
                (index.replica_identity, "it is the replica identity"),
            ):
                if flag:
                    self._leave("mark", index.name, text, index)
            if index.unique and not index.storage and index.method == "btree":
                constraints.append(self.objects.unique_index(index))
            else:
                found.append(self.objects.index(index))
        return found


def _name_obstacle(name: str) -> str:
    return "its name has a percent sign, for which Django puts something" if "%" in name else ""
