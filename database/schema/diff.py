"""Two schemas, a live and a declared one → differences.

Named objects of ``Meta`` are matched by name; implicit ones, whose names Django or PostgreSQL
chose, by what they mean. Expressions are settled by :mod:`.settle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from django.db.backends.base.base import BaseDatabaseWrapper

from . import normalize
from .differences import (
    ColumnCollationDiffers,
    ColumnCommentDiffers,
    ColumnDefaultDiffers,
    ColumnGeneratedDiffers,
    ColumnIdentityDiffers,
    ColumnMissing,
    ColumnNullDiffers,
    ColumnTypeDiffers,
    ColumnUnknown,
    ConstraintDiffers,
    ConstraintMissing,
    ConstraintNameDiffers,
    ConstraintNotValid,
    ConstraintUnknown,
    Difference,
    Differences,
    IndexDiffers,
    IndexMissing,
    IndexNameDiffers,
    IndexNotValid,
    IndexUnknown,
    Note,
    TableCommentDiffers,
    TableKindDiffers,
    TableMissing,
    TableTablespaceDiffers,
    TableUnknown,
    Unsettled,
)
from .likeness import (
    action,
    as_index,
    is_auto,
    notes,
    same_identity,
    same_name,
    same_opclass,
    same_storage,
)
from .settle import SAME, Settler, Verdict
from .state import (
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    IdentityKind,
    Index,
    IndexKey,
    LiveConstraint,
    OtherConstraint,
    PrimaryKey,
    Schema,
    Table,
    TableKind,
    TableName,
    Unique,
)

COMPARABLE = (TableKind.TABLE, TableKind.PARTITIONED)


def compare(live: Schema, declared: Schema, *, connection: BaseDatabaseWrapper) -> Differences:
    """Compare a live schema with a declared one.

    Args:
        live: From :func:`database.schema.catalog.read`.
        declared: From :func:`database.schema.declared.read`.
        connection: Where PostgreSQL is asked what an expression means, in a transaction (or
            savepoint) that is rolled back, and only if the texts do not settle it.

    Returns:
        All differences; empty if a push would have nothing to do.
    """
    settler = Settler(live, connection)
    resolve = _Names(live)
    outcomes: dict[int, _TableComparison] = {}
    pairs: list[tuple[Table, Table | None]] = []
    matched: set[TableName] = set()
    for declared_table in declared.tables:
        live_table = resolve.table(declared_table.name)
        pairs.append((declared_table, live_table))
        if live_table is not None:
            matched.add(live_table.name)
    # A table is compared again once PostgreSQL has answered what was left open in it. A pair that
    # differs then brings up whether a type was changed; that is asked in the second round.
    open_places = [
        place
        for place, (_, live_table) in enumerate(pairs)
        if live_table is not None and live_table.kind in COMPARABLE
    ]
    for last in (False, False, True):
        still_open = []
        for place in open_places:
            declared_table, live_table = pairs[place]
            comparison = _TableComparison(cast(Table, live_table), declared_table, settler, resolve)
            comparison.run()
            outcomes[place] = comparison
            if comparison.asked:
                still_open.append(place)
        open_places = still_open
        if last or not settler.ask():
            break
    found: list[Difference] = []
    unknown: list[Difference] = []
    unsettled: list[Unsettled] = []
    notes: list[Note] = []
    for place, (declared_table, live_table) in enumerate(pairs):
        if live_table is None:
            found.append(TableMissing(None, declared_table))
        elif live_table.kind not in COMPARABLE:
            found.append(TableKindDiffers(live_table, declared_table))
        else:
            outcome = outcomes[place]
            found += outcome.found
            unknown += outcome.unknown
            unsettled += outcome.unsettled
            notes += outcome.notes
    for table in live.tables:
        # A partition, or a child, of a table that models declare is the table's own business.
        if (
            table.name not in matched
            and table.kind in COMPARABLE
            and not any(parent in matched for parent in table.parents)
        ):
            unknown.append(TableUnknown(table, None))
    return Differences(tuple(found + unknown), tuple(unsettled), tuple(notes))


class _Names:
    """Finds the live table that a declared name means."""

    def __init__(self, live: Schema) -> None:
        self._tables = live.by_name()
        self._search_path = live.search_path
        self.default_tablespace = live.default_tablespace

    def table(self, name: TableName) -> Table | None:
        """Return the live table of that name, or None."""
        return self._tables.get(name)

    def same(self, live: TableName, declared: TableName) -> bool:
        """Whether a live table is the one that a declared name means, read or not."""
        if declared.schema:
            return live == declared
        found = self._tables.get(declared)
        if found is not None:
            return live == found.name
        return live.name == declared.name and live.schema in self._search_path


class _TableComparison:
    """Compares one live table with its declared counterpart."""

    def __init__(self, live: Table, declared: Table, settler: Settler, names: _Names) -> None:
        self.live = live
        self.declared = declared
        self.settler = settler
        self.names = names
        self.found: list[Difference] = []
        self.unknown: list[Difference] = []
        self.unsettled: list[Unsettled] = []
        self.notes: list[Note] = []
        self.asked = False

    def run(self) -> None:
        """Fill ``found``, ``unknown``, ``unsettled`` and ``notes``."""
        live, declared = self.live, self.declared
        before = self.settler.open
        self._columns()
        self._objects()
        if live.comment != declared.comment:
            self.found.append(TableCommentDiffers(live, declared))
        if not self._same_tablespace(live.tablespace, declared.tablespace):
            self.found.append(TableTablespaceDiffers(live, declared))
        self.asked = self.settler.open > before

    def _same_tablespace(self, live: str, declared: str) -> bool:
        """Whether it is the tablespace that the model names, if it names one."""
        return declared in ("", live or self.names.default_tablespace)

    def _settled(
        self, verdict: Verdict, subject: str, texts: tuple[str, str], difference: Difference
    ) -> None:
        """Report a difference of expressions, or that nobody knows whether it is one."""
        if verdict.same is False:
            self.found.append(difference)
        elif verdict.same is None:
            self.unsettled.append(
                Unsettled(self.live, self.declared, subject, *texts, verdict.reason, difference)
            )

    # Columns

    def _columns(self) -> None:
        live_columns = {column.name: column for column in self.live.columns}
        for column in self.declared.columns:
            live_column = live_columns.pop(column.name, None)
            if live_column is None:
                self.found.append(ColumnMissing(self.live, self.declared, column))
            else:
                self._column(live_column, column)
        for column in live_columns.values():
            self.unknown.append(ColumnUnknown(self.live, self.declared, column))

    def _column(self, live: Column, declared: Column) -> None:
        pair = (self.live, self.declared, live, declared)
        if self.declared.auto_created_by and declared.identity and is_auto(live):
            # Whether the key of an implicit many-to-many table is an integer or a bigint depends
            # on which of Django's ways made it, and it has no way to change it:
            # https://docs.djangoproject.com/en/stable/ref/settings/#default-auto-field
            return
        if live.type != declared.type:
            self._settled(
                self.settler.types(live, declared),
                f"type of column {live.name}",
                (live.type, declared.type),
                ColumnTypeDiffers(*pair),
            )
        if live.collation != declared.collation and not same_name(
            live.collation, declared.collation
        ):
            self.found.append(ColumnCollationDiffers(*pair))
        if live.generated or declared.generated:
            self._generated(live, declared)
        else:
            # Django neither writes nor knows NOT NULL on a generated column.
            if live.not_null != declared.not_null:
                self.found.append(ColumnNullDiffers(*pair))
            self._value(live, declared)
        if live.comment != declared.comment:
            self.found.append(ColumnCommentDiffers(*pair))

    def _generated(self, live: Column, declared: Column) -> None:
        difference = ColumnGeneratedDiffers(self.live, self.declared, live, declared)
        if (
            live.generated is None
            or declared.generated is None
            or live.generated.stored != declared.generated.stored
        ):
            self.found.append(difference)
            return
        texts = live.generated.expression, declared.generated.expression
        verdict = self.settler.generated(self.live, self.declared, live, *texts)
        self._settled(verdict, f"expression of column {live.name}", texts, difference)

    def _value(self, live: Column, declared: Column) -> None:
        """Compare what gives a column its value: identity, serial or default."""
        pair = (self.live, self.declared, live, declared)
        if declared.identity or declared.serial is not None:
            # Before 4.1, Django made serial columns; it never changes them, as they work the same.
            serial_will_do = (
                declared.identity is None or declared.identity.kind is IdentityKind.BY_DEFAULT
            )
            if not (
                same_identity(live, declared)
                or (live.serial and serial_will_do)
                or (live.identity and declared.identity is None)
            ):
                self.found.append(ColumnIdentityDiffers(*pair))
            return
        if live.identity or (live.serial and declared.default is None):
            self.found.append(ColumnIdentityDiffers(*pair))
            return
        if declared.default is None and (live.default is None or normalize.is_null(live.default)):
            return
        difference = ColumnDefaultDiffers(*pair)
        if live.default is None or declared.default is None:
            self.found.append(difference)
            return
        texts = live.default, declared.default
        verdict = self.settler.default(self.live, self.declared, live, *texts)
        self._settled(verdict, f"default of column {live.name}", texts, difference)

    # Constraints and indexes: one name space, for a UNIQUE may be either.

    def _objects(self) -> None:
        left = {
            _place(thing): thing
            for thing in (*self.live.indexes, *self.live.constraints)
            if not isinstance(thing, OtherConstraint)
        }
        things = (*self.declared.constraints, *self.declared.indexes)
        missing = []
        for thing in things:
            if thing.named:
                live_thing = _of_the_name(left, thing)
                if live_thing is None:
                    missing.append(thing)
                else:
                    self._pair(live_thing, thing)
        # Exact matches first, so that none of them is taken for a changed version of another; and
        # first those that need no question, so that nothing is asked of things that have a match.
        nameless = [thing for thing in things if not thing.named]
        with self.settler.without_questions():
            nameless = self._implicit(left, nameless)
        nameless = self._implicit(left, nameless)
        for thing in missing:
            match = self._take(left, thing, self._means)
            if match is None:
                self._missing(thing)
            elif isinstance(thing, Index):
                self.found.append(IndexNameDiffers(self.live, self.declared, match, thing))
            else:
                self.found.append(ConstraintNameDiffers(self.live, self.declared, match, thing))
        for thing in nameless:
            match = self._take(left, thing, self._resembles)
            if match is None:
                self._missing(thing)
            else:
                self._pair(match, thing)
        for leftover in left.values():
            if isinstance(leftover, Index):
                if not leftover.partition_of:
                    self.unknown.append(IndexUnknown(self.live, self.declared, leftover))
            elif not leftover.inherited:
                self.unknown.append(ConstraintUnknown(self.live, self.declared, leftover))

    def _implicit(
        self, left: _Left, nameless: list[Constraint | Index]
    ) -> list[Constraint | Index]:
        """Pair what means the same; return the declared objects for which nothing was found."""
        unmatched = []
        for thing in nameless:
            match = self._take(left, thing, self._means)
            if match is None:
                unmatched.append(thing)
            else:
                self._pair(match, thing, SAME)
        return unmatched

    def _missing(self, thing: Constraint | Index) -> None:
        if isinstance(thing, Index):
            self.found.append(IndexMissing(self.live, self.declared, thing))
        else:
            self.found.append(ConstraintMissing(self.live, self.declared, thing))

    def _take(
        self,
        left: _Left,
        declared: Constraint | Index,
        fits: Callable[[LiveConstraint | Index, Constraint | Index], bool],
    ) -> LiveConstraint | Index | None:
        """Remove and return the live object that fits, preferably of the very name."""
        first = left.get(_place(declared))
        candidates: Iterable[LiveConstraint | Index] = left.values()
        if first is not None:
            candidates = (first, *candidates)
        for candidate in candidates:
            if fits(candidate, declared):
                return left.pop(_place(candidate))
        return None

    def _means(self, live: LiveConstraint | Index, declared: Constraint | Index) -> bool:
        return self._verdict(live, declared).same is True

    def _resembles(self, live: LiveConstraint | Index, declared: Constraint | Index) -> bool:
        """Whether a live object must be what an implicit one has become: same kind, same place."""
        if isinstance(declared, PrimaryKey):
            return isinstance(live, PrimaryKey)
        if isinstance(declared, Check):
            return (
                isinstance(live, Check)
                and live.columns == declared.columns
                and self._verdict(live, declared).same is None
            )
        if isinstance(declared, ForeignKey):
            return isinstance(live, ForeignKey) and live.columns == declared.columns
        if isinstance(declared, Unique):
            if isinstance(live, Unique):
                return live.columns == declared.columns
            return (
                isinstance(live, Index)
                and live.unique
                and live.predicate is None
                and tuple(key.column for key in live.keys) == declared.columns
            )
        return False

    def _pair(
        self,
        live: LiveConstraint | Index,
        declared: Constraint | Index,
        verdict: Verdict | None = None,
    ) -> None:
        """Report in what two objects that belong together differ, by the verdict if it is known."""
        if verdict is None:
            verdict = self._verdict(live, declared)
        invalid: Difference
        if isinstance(declared, Index):
            difference: Difference = IndexDiffers(self.live, self.declared, live, declared)
            invalid = IndexNotValid(self.live, self.declared, live, declared)
            kind, subject = "index", f"index {declared.name}"
        else:
            difference = ConstraintDiffers(self.live, self.declared, live, declared)
            invalid = ConstraintNotValid(self.live, self.declared, live, declared)
            kind, subject = "constraint", f"constraint {declared.name or live.name}"
        if verdict.same is not True:
            self._settled(verdict, subject, verdict.texts, difference)
            return
        if isinstance(live, Index | Check | ForeignKey) and not live.valid:
            self.found.append(invalid)
        self.notes += [
            Note(self.live, self.declared, f"{kind} {live.name}", text)
            for text in notes(live, declared)
        ]

    def _verdict(self, live: LiveConstraint | Index, declared: Constraint | Index) -> Verdict:
        """Whether two objects mean the same, names and validity apart."""
        if isinstance(declared, OtherConstraint) or (
            isinstance(declared, Index) and not declared.keys
        ):
            if live.name != declared.name:
                return Verdict(False)
            return self.settler.other(
                self.live, self.declared, live, declared.name, declared.definition
            )
        if isinstance(declared, Index):
            if isinstance(live, Unique):
                return self._index(as_index(live), declared)
            return self._index(live, declared) if isinstance(live, Index) else Verdict(False)
        if type(live) is not type(declared):
            return Verdict(False)
        if isinstance(declared, PrimaryKey):
            key = cast(PrimaryKey, live)
            return Verdict(key.columns == declared.columns)
        if isinstance(declared, Unique):
            unique = cast(Unique, live)
            return Verdict(
                unique.columns == declared.columns
                and unique.include == declared.include
                and unique.nulls_not_distinct == declared.nulls_not_distinct
                and not unique.without_overlaps
                and unique.deferrable == declared.deferrable
                and unique.initially_deferred == declared.initially_deferred
            )
        if isinstance(declared, ForeignKey):
            return Verdict(self._same_foreign_key(cast(ForeignKey, live), declared))
        if isinstance(declared, Check):
            check = cast(Check, live)
            if not check.enforced or (declared.columns and check.columns != declared.columns):
                return Verdict(False)
            return self.settler.check(
                self.live, self.declared, check.expression, declared.expression
            )
        return self._exclusion(cast(Exclusion, live), declared)

    def _same_foreign_key(self, live: ForeignKey, declared: ForeignKey) -> bool:
        return (
            live.columns == declared.columns
            and live.target_columns == declared.target_columns
            and live.enforced
            and self.names.same(live.target, declared.target)
            and action(live.on_delete) == action(declared.on_delete)
        )

    def _index(self, live: Index, declared: Index) -> Verdict:
        # No model can give an implicit index storage parameters or a tablespace of its own; so
        # one of Django's name may have them. An index of another name was made to be as it is.
        exact = declared.named or live.name != declared.name
        if (
            live.method != declared.method
            or live.unique != declared.unique
            or live.include != declared.include
            or live.nulls_not_distinct != declared.nulls_not_distinct
            or len(live.keys) != len(declared.keys)
            or (exact and not same_storage(live.storage, declared.storage))
            or (exact and not self._same_tablespace(live.tablespace, declared.tablespace))
        ):
            return Verdict(False)
        return self._keys_and_predicate(live, declared)

    def _exclusion(self, live: Exclusion, declared: Exclusion) -> Verdict:
        if (
            live.method != declared.method
            or live.include != declared.include
            or live.deferrable != declared.deferrable
            or live.initially_deferred != declared.initially_deferred
            or len(live.keys) != len(declared.keys)
        ):
            return Verdict(False)
        return self._keys_and_predicate(live, declared)

    def _keys_and_predicate(self, live: Index | Exclusion, declared: Index | Exclusion) -> Verdict:
        keys = list(zip(live.keys, declared.keys, strict=True))
        if not all(self._same_key(*pair) for pair in keys):
            return Verdict(False)
        if (live.predicate is None) != (declared.predicate is None):
            return Verdict(False)
        verdicts = [
            self.settler.key(self.live, self.declared, *pair, declared.method)
            for pair in keys
            if pair[1].expression is not None
        ]
        if live.predicate is not None and declared.predicate is not None:
            verdicts.append(
                self.settler.predicate(self.live, self.declared, live.predicate, declared.predicate)
            )
        return Verdict.of_all(verdicts)

    def _same_key(self, live: IndexKey, declared: IndexKey) -> bool:
        """Whether two keys are alike, apart from what belongs to an expression."""
        if (
            (live.column != declared.column and declared.expression is None)
            or live.descending != declared.descending
            or live.nulls_first != declared.nulls_first
            or live.operator != declared.operator
        ):
            return False
        if declared.expression is not None:
            return True
        if not same_opclass(live, declared):
            return False
        if live.collation is None and declared.collation is not None:
            # It may be the column's own collation that was named.
            column = self.live.column(live.column or "")
            return column is not None and same_name(
                column.collation or "default", declared.collation
            )
        return live.collation == declared.collation or same_name(live.collation, declared.collation)


type _Left = dict[tuple[bool, str], LiveConstraint | Index]


def _place(thing: Constraint | Index) -> tuple[bool, str]:
    """Return a key by which no two objects of a table are the same.

    An index and a constraint without one may have the same name.
    """
    return isinstance(thing, Check | ForeignKey), thing.name


def _of_the_name(left: _Left, declared: Constraint | Index) -> LiveConstraint | Index | None:
    """Remove and return the live object whose name the declared one cannot have beside it."""
    found = left.pop(_place(declared), None)
    if found is not None or isinstance(declared, Index):
        return found
    other = (not isinstance(declared, Check | ForeignKey), declared.name)
    return None if isinstance(left.get(other), Index) else left.pop(other, None)
