"""Differences of columns → changes."""

from __future__ import annotations

from typing import Any

from django.db.models import Field

from .changes import Change, Kind, Loss, Obstacle, Phase, Question, Statement
from .differences import (
    ColumnCollationDiffers,
    ColumnCommentDiffers,
    ColumnDefaultDiffers,
    ColumnDifference,
    ColumnGeneratedDiffers,
    ColumnIdentityDiffers,
    ColumnMissing,
    ColumnNullDiffers,
    ColumnTypeDiffers,
    ColumnUnknown,
    Difference,
)
from .facts import base_type
from .state import Column, IdentityKind, Table, TableName
from .workbench import Workbench


def describe(table: Table, column: Column) -> str:
    """Return kind and name of a column: ``column products.price``."""
    return f"column {table.name.name}.{column.name}"


def counted(count: int, word: str) -> str:
    """Return a number with its noun: ``1,204 values``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


class ColumnDrafter:
    """Turns the differences of columns into changes, questions and guards.

    Attributes:
        questions: What must be asked, filled by drafting.
        guards: What must still be so under the locks, filled by drafting.
    """

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.questions: list[Question] = []
        self.guards: list[str] = []
        self._made_anew: set[tuple[TableName, str]] = set()

    def draft(self, difference: Difference) -> Change:
        """Turn one difference into a change."""
        match difference:
            case ColumnMissing():
                return self._add(difference)
            case ColumnUnknown():
                return self._drop(difference)
            case ColumnTypeDiffers() | ColumnCollationDiffers():
                return self._retype(difference)
            case ColumnNullDiffers():
                return self._null(difference)
            case ColumnDefaultDiffers():
                return self._default(difference)
            case ColumnIdentityDiffers():
                return self._identity(difference)
            case ColumnGeneratedDiffers():
                return self._generated(difference)
            case ColumnCommentDiffers():
                return self._comment(difference)
        raise AssertionError(difference)

    # Adding and dropping

    def _add(self, difference: ColumnMissing) -> Change:
        live, declared, column = difference.live, difference.declared, difference.declared_column
        assert live is not None
        assert declared is not None
        field = self.bench.field_of(declared, column)
        fill = self._fill(field)
        notes: tuple[str, ...] = ()
        table = self.bench.table_now(live)
        if fill is not None or not has_value_for_rows(field):
            rows = self.bench.facts.has_rows(table)
            if not rows:
                fill = None
            elif fill is None:
                self._ask_fill(field, f"{live.name.name} has rows, and none of them has a value")
            else:
                notes = ("fills the rows that are there",)
        elif not (
            field.null or column.generated or column.identity or field.has_db_default()
        ) and self.bench.facts.has_rows(table):
            notes = ("fills the rows that are there with the field's default",)
        return Change(
            Kind.CREATE,
            live.name,
            describe(live, column),
            column.type,
            tuple(self.add_statements(declared, column, fill)),
            notes,
        )

    def add_statements(self, declared: Table, column: Column, fill: Any = None) -> list[Statement]:
        """Write what adds a declared column, without its keys, checks and indexes."""
        bench = self.bench
        model, field = bench.model(declared), bench.field_of(declared, column)
        bench.editor.add_bare_column(model, field, default=fill)
        phase = Phase.ADD_GENERATED if column.generated else Phase.ADD_COLUMN
        statements = [Statement(phase, sql) for sql in bench.editor.take()]
        if column.comment:
            statements.append(self._comment_statement(declared, column))
        return statements

    def _drop(self, difference: ColumnUnknown) -> Change:
        live, column = difference.live, difference.live_column
        assert live is not None
        loss = None
        if column.generated is None:
            table, name = self.bench.table_now(live), self.bench.column_now(live, column)
            count = self.bench.facts.count(table, f"count({name})")
            if count:
                loss = Loss(count, f"drops {counted(count, 'value')}")
            else:
                self._guard(table, f"{name} IS NOT NULL", describe(live, column))
        return Change(
            Kind.DROP,
            live.name,
            describe(live, column),
            statements=(self.drop_statement(live, column),),
            notes=() if loss else ("has no values",) if column.generated is None else (),
            loss=loss,
        )

    def drop_statement(self, live: Table, column: Column) -> Statement:
        """Write what drops a live column."""
        table, name = self.bench.table(live.name), self.bench.quote(column.name)
        phase = Phase.DROP_GENERATED if column.generated else Phase.DROP_COLUMN
        return Statement(phase, f"ALTER TABLE {table} DROP COLUMN {name}")

    # Changing

    def _retype(self, difference: ColumnDifference) -> Change:
        live, declared = difference.live, difference.declared
        assert live is not None
        assert declared is not None
        old, new = difference.live_column, difference.declared_column
        bench = self.bench
        model, field = bench.model(declared), bench.field_of(declared, new)
        summary = (
            f"{old.type} → {new.type}"
            if isinstance(difference, ColumnTypeDiffers)
            else f"collation {old.collation or 'default'} → {new.collation or 'default'}"
        )
        name = bench.quote(new.name)
        if new.generated is not None:
            # PostgreSQL writes its values itself; there is nothing to cast.
            anew = self._make_anew(live, old, declared, new)
            return Change(Kind.ALTER, live.name, describe(live, old), summary, anew)
        using = ""
        notes: tuple[str, ...] = ()
        loss: Loss | None = None
        obstacle: Obstacle | None = None
        if isinstance(difference, ColumnTypeDiffers) and old.type != new.type:
            using, notes, loss, obstacle = self._cast(live, old, new)
        statements = []
        if old.default is not None:
            statements.append(self._release(declared, f"ALTER COLUMN {name} DROP DEFAULT"))
        db_type = field.db_parameters(connection=bench.connection)["type"]
        collation = field.db_parameters(connection=bench.connection).get("collation")
        template = f"{bench.editor.sql_alter_column_type}{using}"
        statements.append(
            self._alter(
                declared,
                template
                % {
                    "column": name,
                    "type": db_type,
                    "collation": f" {bench.editor._collate_sql(collation)}" if collation else "",
                },
            )
        )
        if old.serial is not None and new.identity is not None and old.type != new.type:
            # The sequence would come to its end before the column does.
            default = f"ALTER COLUMN {name} SET DEFAULT {old.default}"
            statements.append(
                Statement(Phase.ALTER_COLUMN, f"ALTER SEQUENCE {old.serial} AS {new.type}")
            )
            statements.append(self._alter(declared, default))
        if field.has_db_default():
            sql, params = bench.editor._alter_column_database_default_sql(model, None, field)
            bench.editor.alter(model, sql, params)
            statements += [Statement(Phase.ALTER_COLUMN, sql) for sql in bench.editor.take()]
        return Change(
            Kind.ALTER,
            live.name,
            describe(live, old),
            summary,
            tuple(statements),
            notes,
            loss,
            obstacle,
        )

    def _cast(
        self, live: Table, old: Column, new: Column
    ) -> tuple[str, tuple[str, ...], Loss | None, Obstacle | None]:
        bench = self.bench
        table, name = bench.table_now(live), bench.column_now(live, old)
        cast = bench.facts.cast(table, name, old.type, new.type)
        using = " USING " + cast.using.format(column=bench.quote(new.name)).replace("%", "%%")
        if cast.uncastable:
            return (
                using,
                (),
                None,
                Obstacle(
                    "prodobit.E607",
                    cast.uncastable,
                    f"{counted(cast.uncastable, 'row')} of {live.name.name} cannot be cast: "
                    f"{old.name} is no {new.type} there.",
                    "Correct the rows, or keep the type.",
                    self._uncastable_query(table, name, old, new),
                ),
            )
        if cast.losers:
            longer = base_type(new.type) in ("character varying", "character")
            what = (
                f"cuts {counted(cast.losers, 'value')}"
                if longer
                else f"changes {counted(cast.losers, 'value')}"
            )
            return using, (), Loss(cast.losers, what), None
        if base_type(old.type) == base_type(new.type):
            # Without USING, PostgreSQL refuses a text that is too long instead of cutting it.
            using = ""
        if cast.losing and not (base_type(new.type) == "character varying" and not using):
            self._guard(table, cast.losing, describe(live, old))
        return using, (), None, None

    def _uncastable_query(self, table: str, name: str, old: Column, new: Column) -> str:
        if self.bench.live.server_version >= 160000:
            literal = new.type.replace("'", "''")
            return (
                f"SELECT {name} FROM {table} WHERE NOT pg_input_is_valid({name}::text, '{literal}')"
            )
        return ""

    def _null(self, difference: ColumnNullDiffers) -> Change:
        live, declared = difference.live, difference.declared
        assert live is not None
        assert declared is not None
        old, new = difference.live_column, difference.declared_column
        bench = self.bench
        name = bench.quote(new.name)
        if not new.not_null:
            return Change(
                Kind.ALTER,
                live.name,
                describe(live, old),
                "NULL allowed",
                (self._alter(declared, f"ALTER COLUMN {name} DROP NOT NULL"),),
            )
        table, now = bench.table_now(live), bench.column_now(live, old)
        nulls = bench.facts.count(table, f"count(*) FILTER (WHERE {now} IS NULL)")
        statements: list[Statement] = []
        notes: tuple[str, ...] = ()
        if nulls:
            field = bench.field_of(declared, new)
            value = self._fill(field)
            if value is None and not (field.has_default() or field.has_db_default()):
                self._ask_fill(
                    field, f"{counted(nulls, 'row')} of {live.name.name} have NULL there"
                )
            else:
                statements.append(self._fill_statement(declared, new, field, value))
                notes = (f"fills {counted(nulls, 'NULL')}",)
        statements.append(self._alter(declared, f"ALTER COLUMN {name} SET NOT NULL"))
        return Change(
            Kind.ALTER, live.name, describe(live, old), "NOT NULL", tuple(statements), notes
        )

    def _fill_statement(
        self, declared: Table, new: Column, field: Field[Any, Any], value: Any
    ) -> Statement:
        bench, model = self.bench, self.bench.model(declared)
        params: Any
        if value is not None:
            sql, params = "%s", [field.get_db_prep_save(value, bench.connection)]
        elif field.has_db_default():
            sql, params = bench.editor.db_default_sql(field)
        else:
            sql, params = "%s", [bench.editor.effective_default(field)]
        bench.editor.execute(
            bench.editor.sql_update_with_default
            % {
                "table": bench.editor.quote_name(model._meta.db_table),
                "column": bench.quote(new.name),
                "default": sql,
            },
            params,
        )
        return Statement(Phase.ALTER_COLUMN, bench.editor.take()[0])

    def _default(self, difference: ColumnDefaultDiffers) -> Change:
        live, declared = difference.live, difference.declared
        assert live is not None
        assert declared is not None
        new = difference.declared_column
        bench = self.bench
        model, field = bench.model(declared), bench.field_of(declared, new)
        drop = not field.has_db_default()
        sql, params = bench.editor._alter_column_database_default_sql(model, None, field, drop=drop)
        bench.editor.alter(model, sql, params)
        return Change(
            Kind.ALTER,
            live.name,
            describe(live, difference.live_column),
            "no default" if drop else f"default {new.default}",
            tuple(Statement(Phase.ALTER_COLUMN, text) for text in bench.editor.take()),
        )

    def _identity(self, difference: ColumnIdentityDiffers) -> Change:
        live, declared = difference.live, difference.declared
        assert live is not None
        assert declared is not None
        old, new = difference.live_column, difference.declared_column
        bench = self.bench
        name = bench.quote(new.name)
        statements: list[Statement] = []
        if new.identity is None:
            summary = "no identity"
            statements.append(self._release(declared, f"ALTER COLUMN {name} DROP IDENTITY"))
        elif old.identity is None:
            summary = "identity"
            if old.default is not None:
                statements.append(self._release(declared, f"ALTER COLUMN {name} DROP DEFAULT"))
            statements.append(
                self._alter(declared, f"ALTER COLUMN {name} ADD GENERATED BY DEFAULT AS IDENTITY")
            )
            statements += self._start_identity(live, declared, old, new)
        else:
            options, wanted = old.identity.options, new.identity.options
            parts = []
            if old.identity.kind != new.identity.kind:
                parts.append(f"SET GENERATED {IdentityKind(new.identity.kind)}")
            if options.increment != wanted.increment:
                parts.append(f"SET INCREMENT BY {wanted.increment}")
            if options.minimum != wanted.minimum:
                parts.append(f"SET MINVALUE {wanted.minimum}")
            if options.maximum != wanted.maximum:
                # The sequence may be of a smaller type than its column; this gives it the same.
                statements.append(self._alter(declared, f"ALTER COLUMN {name} TYPE {new.type}"))
                parts.append(f"SET MAXVALUE {wanted.maximum}")
            if options.start != wanted.start:
                parts.append(f"SET START WITH {wanted.start}")
            if options.cache != wanted.cache:
                parts.append(f"SET CACHE {wanted.cache}")
            if options.cycle != wanted.cycle:
                parts.append("SET CYCLE" if wanted.cycle else "SET NO CYCLE")
            summary = "identity " + ", ".join(part.removeprefix("SET ").lower() for part in parts)
            statements.append(self._alter(declared, f"ALTER COLUMN {name} {' '.join(parts)}"))
        return Change(Kind.ALTER, live.name, describe(live, old), summary, tuple(statements))

    def _start_identity(
        self, live: Table, declared: Table, old: Column, new: Column
    ) -> list[Statement]:
        """Let the new sequence go on where the rows (or the serial's sequence) have come to."""
        bench = self.bench
        table = bench.editor.text(bench.editor.quote_name(bench.model(declared)._meta.db_table))
        name = bench.quote(new.name)
        literal = "'{}', '{}'".format(table.replace("'", "''"), new.name.replace("'", "''"))
        latest = f"coalesce((SELECT max({name}) FROM {table}), 0)"
        if old.serial is not None:
            taken = f"(SELECT last_value FROM {old.serial} WHERE is_called)"
            latest = f"greatest({latest}, coalesce({taken}, 0))"
        statements = [
            Statement(
                Phase.ALTER_COLUMN,
                f"SELECT setval(pg_get_serial_sequence({literal}), {latest} + 1, false)",
            )
        ]
        if old.serial is not None:
            statements.insert(
                0,
                Statement(Phase.ALTER_COLUMN, f"ALTER SEQUENCE {old.serial} OWNED BY NONE"),
            )
            statements.append(Statement(Phase.ALTER_COLUMN, f"DROP SEQUENCE {old.serial}"))
        return statements

    def _make_anew(
        self, live: Table, old: Column, declared: Table, new: Column
    ) -> tuple[Statement, ...]:
        """Write what drops a column and adds it, once for all the differences that it has."""
        if (live.name, old.name) in self._made_anew:
            return ()
        self._made_anew.add((live.name, old.name))
        return self.drop_statement(live, old), *self.add_statements(declared, new)

    def _generated(self, difference: ColumnGeneratedDiffers) -> Change:
        live, declared = difference.live, difference.declared
        assert live is not None
        assert declared is not None
        old, new = difference.live_column, difference.declared_column
        if new.generated is None:
            name = self.bench.quote(new.name)
            return Change(
                Kind.ALTER,
                live.name,
                describe(live, old),
                "no longer generated",
                (self._alter(declared, f"ALTER COLUMN {name} DROP EXPRESSION"),),
                ("keeps its values",),
            )
        loss = None
        if old.generated is None:
            table, now = self.bench.table_now(live), self.bench.column_now(live, old)
            count = self.bench.facts.count(table, f"count({now})")
            if count:
                loss = Loss(count, f"replaces {counted(count, 'value')} by generated ones")
            else:
                self._guard(table, f"{now} IS NOT NULL", describe(live, old))
        return Change(
            Kind.ALTER,
            live.name,
            describe(live, old),
            "generated anew" if old.generated else "generated",
            self._make_anew(live, old, declared, new),
            loss=loss,
        )

    def _comment(self, difference: ColumnCommentDiffers) -> Change:
        live, declared, new = difference.live, difference.declared, difference.declared_column
        assert live is not None
        assert declared is not None
        return Change(
            Kind.ALTER,
            live.name,
            describe(live, difference.live_column),
            "comment" if new.comment else "no comment",
            (self._comment_statement(declared, new),),
        )

    def _comment_statement(self, declared: Table, column: Column) -> Statement:
        bench = self.bench
        field = bench.field_of(declared, column)
        sql, _ = bench.editor._alter_column_comment_sql(
            bench.model(declared), field, None, field.db_comment
        )
        return Statement(Phase.COMMENT, bench.editor.text(sql))

    # Helpers

    def _alter(self, declared: Table, changes: str, phase: Phase = Phase.ALTER_COLUMN) -> Statement:
        editor = self.bench.editor
        table = editor.quote_name(self.bench.model(declared)._meta.db_table)
        return Statement(phase, editor.text(f"ALTER TABLE {table} {changes}"))

    def _release(self, declared: Table, changes: str) -> Statement:
        """Write what must be gone before the column can get another type."""
        return self._alter(declared, changes, Phase.RELEASE_COLUMN)

    def _guard(self, table: str, where: str, what: str) -> None:
        self.guards.append(guard(table, where, what))

    def _fill(self, field: Field[Any, Any]) -> Any:
        options = field.model._meta
        return self.bench.answers.fills.get(
            (options.app_label, options.model_name or "", field.name)
        )

    def _ask_fill(self, field: Field[Any, Any], why: str) -> None:
        target = f"{field.model._meta.label}.{field.name}"
        self.questions.append(
            Question(
                "prodobit.E603",
                f"Which value do the rows of {target} get?",
                f"{why}, but {target} is NOT NULL and has no default.",
                (f"--fill {target}=VALUE",),
                field=(
                    field.model._meta.app_label,
                    field.model._meta.model_name or "",
                    field.name,
                ),
            )
        )


def has_value_for_rows(field: Field[Any, Any]) -> bool:
    """Tell whether rows that are there get a value for the new field without being asked.

    The same fields as makemigrations asks for have none.
    """
    automatic = getattr(field, "auto_now", False)
    return (
        field.null
        or field.has_default()
        or field.has_db_default()
        or field.generated
        or field.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField")
        or (field.blank and field.empty_strings_allowed)
        or automatic
    )


def guard(table: str, where: str, what: str) -> str:
    """Write SQL that fails if the table has rows of that condition (any row if it is "").

    Args:
        table: The quoted table; it is locked until the end of the transaction.
        where: The condition.
        what: What is about to be dropped or changed, for the message.
    """
    condition = f" WHERE {where}" if where else ""
    message = f"{what} has got values since the plan was made".replace("'", "''")
    return (
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; "
        f"DO $prodobit$ BEGIN IF EXISTS (SELECT FROM {table}{condition}) THEN "
        f"RAISE EXCEPTION USING ERRCODE = 'PB001', MESSAGE = '{message}'; "
        "END IF; END $prodobit$"
    )


__all__ = ["ColumnDrafter", "counted", "describe", "guard", "has_value_for_rows"]
