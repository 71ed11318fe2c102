"""Differences of whole tables → changes."""

from __future__ import annotations

from django.db.backends.ddl_references import Statement as Deferred

from .changes import Change, Kind, Loss, Obstacle, Phase, Statement
from .column_changes import counted, guard
from .differences import (
    Difference,
    TableCommentDiffers,
    TableKindDiffers,
    TableMissing,
    TableTablespaceDiffers,
    TableUnknown,
)
from .state import Table
from .workbench import Workbench


def describe(table: Table) -> str:
    """Return kind and name: ``table products``."""
    return f"table {table.name.name}"


class TableDrafter:
    """Turns the differences of tables into changes and guards."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.guards: list[str] = []

    def draft(self, difference: Difference) -> Change:
        """Turn one difference into a change."""
        match difference:
            case TableMissing(declared=Table() as declared):
                return self._create(declared)
            case TableUnknown(live=Table() as live):
                return self._drop(live)
            case TableCommentDiffers(live=Table() as live, declared=Table() as declared):
                return self._comment(live, declared)
            case TableTablespaceDiffers(live=Table() as live, declared=Table() as declared):
                return self._tablespace(live, declared)
            case TableKindDiffers(live=Table() as live):
                return Change(
                    Kind.ALTER,
                    live.name,
                    f"{live.kind} {live.name.name}",
                    "should be a table",
                    obstacle=Obstacle(
                        "prodobit.E614",
                        -1,
                        f"{live.name} is a {live.kind}, where the model needs a table.",
                        "Rename it, or give the model another db_table.",
                    ),
                )
        raise AssertionError(difference)

    def _create(self, declared: Table) -> Change:
        editor = self.bench.editor
        editor.create_model(self.bench.model(declared))
        statements = [Statement(Phase.CREATE_TABLE, sql) for sql in editor.take()]
        for deferred in editor.take_deferred():
            statements.append(Statement(_phase(deferred, editor), editor.text(deferred)))
        parts = [counted(len(declared.columns), "column")]
        if declared.indexes:
            count = len(declared.indexes)
            parts.append(f"{count} {'index' if count == 1 else 'indexes'}")
        if declared.constraints:
            parts.append(counted(len(declared.constraints), "constraint"))
        return Change(
            Kind.CREATE, declared.name, describe(declared), ", ".join(parts), tuple(statements)
        )

    def _drop(self, live: Table) -> Change:
        bench = self.bench
        table = bench.table_now(live)
        count = bench.facts.count(table, "count(*)")
        loss = None
        if count:
            loss = Loss(count, f"drops {counted(count, 'row')}")
        else:
            self.guards.append(guard(table, "", describe(live)))
        statements = [Statement(Phase.DROP_TABLE, f"DROP TABLE {bench.table(live.name)}")]
        for other, key in bench.foreign_keys.get(live.name, ()):
            # Those of tables that stay are changes of their own.
            if other.name != live.name and other.name in bench.dropped:
                name = bench.quote(key.name)
                sql = f"ALTER TABLE {bench.table(other.name)} DROP CONSTRAINT {name}"
                statements.insert(0, Statement(Phase.DROP_FOREIGN_KEY, sql))
        return Change(
            Kind.DROP,
            live.name,
            describe(live),
            statements=tuple(statements),
            notes=() if loss else ("has no rows",),
            loss=loss,
        )

    def _comment(self, live: Table, declared: Table) -> Change:
        model = self.bench.model(declared)
        self.bench.editor.alter_db_table_comment(model, "", model._meta.db_table_comment)
        return Change(
            Kind.ALTER,
            live.name,
            describe(live),
            "comment" if declared.comment else "no comment",
            tuple(Statement(Phase.COMMENT, sql) for sql in self.bench.editor.take()),
        )

    def _tablespace(self, live: Table, declared: Table) -> Change:
        model = self.bench.model(declared)
        self.bench.editor.alter_db_tablespace(model, live.tablespace, declared.tablespace)
        return Change(
            Kind.ALTER,
            live.name,
            describe(live),
            f"tablespace {live.tablespace or 'default'} → {declared.tablespace}",
            tuple(Statement(Phase.ALTER_COLUMN, sql) for sql in self.bench.editor.take()),
        )


def _phase(deferred: object, editor: object) -> Phase:
    template = deferred.template if isinstance(deferred, Deferred) else str(deferred)
    if template == getattr(editor, "sql_create_fk", None):
        return Phase.ADD_FOREIGN_KEY
    return Phase.ADD_KEY if template.startswith("ALTER TABLE") else Phase.ADD_INDEX
