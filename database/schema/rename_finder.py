"""What was renamed: certain where nobody need be asked, a question where somebody must be."""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist

from .answers import AnswerError, Answers, FieldRename, ModelRename, Rename, closest
from .changes import Question
from .known import Known, KnownTable
from .normalize import identifier
from .renames import Renames
from .state import Column, ForeignKey, Schema, Table, TableName


class Finder:
    """Finds what is renamed.

    Args:
        apps: The registry of the models.
        live: The live schema.
        declared: The declared schema of the apps that are pushed.
        known: What is known to be ours.
        answers: What was decided beforehand.
    """

    def __init__(
        self, apps: Apps, live: Schema, declared: Schema, known: Known, answers: Answers
    ) -> None:
        self.apps = apps
        self.live = live
        self.declared = declared
        self.known = known
        self.answers = answers
        self.renames = Renames()
        self._live = live.by_name()
        self._by_oid = {table.oid: table for table in live.tables}
        self._removed: dict[tuple[str, str], set[str]] = {}
        self._taken: set[int] = set()

    def find(self) -> Renames:
        """Return the renames that are certain, and the questions about the others.

        Raises:
            AnswerError: An answer names what does not exist.
        """
        for answer in self.answers.renames:
            if isinstance(answer, ModelRename):
                self._model(answer)
        for answer in self.answers.renames:
            if isinstance(answer, FieldRename):
                self._field(answer)
        self._follow_models()
        self._check_names()
        self._moved_tables()
        self._guess_tables()
        for table in self.declared.tables:
            live = self._pair(table)
            if live is not None:
                self._columns(table, live)
        return self.renames

    # What was answered

    def _model(self, answer: ModelRename) -> None:
        if not answer.new:
            self.renames.decided.append(str(answer))
            return
        new = self._find_model(answer, answer.app_label, answer.new)
        declared = self._declared_of(new)
        old_label = f"{answer.app_label}.{answer.old}".lower()
        found = [
            table
            for table in self.live.tables
            if (known := self.known.tables.get(table.oid)) is not None
            and known.model.lower() == old_label
            and known.field is None
        ]
        if not found:
            default = self._live.get(TableName("", f"{answer.app_label}_{answer.old}".lower()))
            found = [default] if default is not None else []
        if not found:
            names = sorted(
                {
                    known.model.split(".", 1)[1]
                    for oid, known in self.known.tables.items()
                    if known.app_label == answer.app_label and known.field is None
                }
            )
            raise AnswerError(
                "prodobit.E621",
                f"--rename {answer}: the database has no table of a model {answer.old} in "
                f"{answer.app_label}.{closest(answer.old, names)}",
            )
        live = found[0]
        present = self._live.get(declared.name)
        if present is None or present.oid != live.oid:
            self.renames.tables[live.oid] = TableName(
                declared.name.schema or live.name.schema, declared.name.name
            )
        self._taken.add(live.oid)
        self.renames.models.append((answer.app_label, answer.old.lower(), answer.new))
        self.renames.decided.append(str(answer))

    def _check_names(self) -> None:
        """Refuse new names that are taken by what keeps its name."""
        for oid, name in self.renames.tables.items():
            present = self._live.get(name)
            if present is not None and present.oid not in self.renames.tables:
                raise AnswerError(
                    "prodobit.E621",
                    f"--rename: {self._by_oid[oid].name} cannot become {name}, which exists.",
                )
        for oid, columns in self.renames.columns.items():
            table = self._by_oid[oid]
            for old, new in columns.items():
                if table.column(new) is not None and new not in columns:
                    raise AnswerError(
                        "prodobit.E621",
                        f"--rename: column {old} of {table.name} cannot become {new}, "
                        "which exists.",
                    )

    def _field(self, answer: FieldRename) -> None:
        model = self._find_model(answer, answer.app_label, answer.model)
        self._removed.setdefault((answer.app_label, model._meta.model_name), set())
        if not answer.new:
            self._removed[answer.app_label, model._meta.model_name].add(answer.old)
            self.renames.decided.append(str(answer))
            return
        try:
            new: Any = model._meta.get_field(answer.new)
        except FieldDoesNotExist:
            names = [item.name for item in model._meta.get_fields()]
            raise AnswerError(
                "prodobit.E621",
                f"--rename {answer}: {model._meta.label} has no field {answer.new}."
                f"{closest(answer.new, names)}",
            ) from None
        if new.many_to_many:
            self._many_to_many(answer, model, new)
            return
        declared = self._declared_of(model)
        live = self._pair(declared)
        if live is None:
            raise AnswerError(
                "prodobit.E621",
                f"--rename {answer}: {model._meta.label} has no table in the database yet.",
            )
        column = self._old_column(live, answer.old)
        target = identifier(new.column)
        if column is not None and column.name == target and new.name != answer.old:
            # A number becomes a foreign key over the same column, or the other way round.
            self.renames.decided.append(str(answer))
            return
        if column is None or column.name == target:
            declared_names = {item.name for item in declared.columns}
            names = [
                name
                for item in live.columns
                if item.name not in declared_names
                for name in {item.name, self._field_name(live, item)}
            ]
            raise AnswerError(
                "prodobit.E621",
                f"--rename {answer}: {live.name} has no column of a field {answer.old}."
                f"{closest(answer.old, sorted(names))}",
            )
        self.renames.columns.setdefault(live.oid, {})[column.name] = target
        self.renames.decided.append(str(answer))

    def _many_to_many(self, answer: FieldRename, model: Any, new: Any) -> None:
        through = new.remote_field.through
        declared = self._declared_of(through) if through._meta.auto_created else None
        if declared is not None and self._live.get(declared.name) is None:
            label = f"{answer.app_label}.{answer.model}.{answer.old}".lower()
            labels = {label} | {
                f"{app}.{old}.{answer.old}".lower()
                for app, old, name in self.renames.models
                if (app, name.lower()) == (answer.app_label, answer.model.lower())
            }
            for table in self.live.tables:
                known = self.known.tables.get(table.oid)
                if (known is not None and (known.field or "").lower() in labels) or (
                    table.name.name == identifier(f"{model._meta.db_table}_{answer.old}")
                ):
                    self.renames.tables[table.oid] = TableName(
                        declared.name.schema or table.name.schema, declared.name.name
                    )
                    self._taken.add(table.oid)
                    self.renames.decided.append(str(answer))
                    return
        raise AnswerError(
            "prodobit.E621",
            f"--rename {answer}: the database has no table of a many-to-many field {answer.old}.",
        )

    def _find_model(self, answer: Rename, app_label: str, name: str) -> Any:
        try:
            return self.apps.get_model(app_label, name)
        except LookupError:
            labels = {table.model.split(".")[0] for table in self.declared.tables if table.model}
            if app_label not in labels:
                raise AnswerError(
                    "prodobit.E621",
                    f"--rename {answer}: {app_label} is not among the apps that are pushed."
                    f"{closest(app_label, sorted(labels))}",
                ) from None
            names = [model.__name__ for model in self.apps.get_app_config(app_label).get_models()]
            raise AnswerError(
                "prodobit.E621",
                f"--rename {answer}: {app_label} has no model {name}.{closest(name, names)}",
            ) from None

    def _declared_of(self, model: Any) -> Table:
        name = identifier(model._meta.db_table)
        for table in self.declared.tables:
            if table.name.name == name:
                return table
        raise AnswerError(
            "prodobit.E621", f"{model._meta.label} is not among the models that are pushed."
        )

    def _old_column(self, live: Table, field_name: str) -> Column | None:
        known = self.known.tables.get(live.oid)
        for column, name in known.columns.items() if known else ():
            if name == field_name and live.column(column) is not None:
                return live.column(column)
        for name in (field_name, f"{field_name}_id"):
            if (column_found := live.column(identifier(name))) is not None:
                return column_found
        return None

    def _field_name(self, live: Table, column: Column) -> str:
        known = self.known.tables.get(live.oid)
        return known.columns.get(column.name, column.name) if known else column.name

    # What needs no answer, and what does

    def _pair(self, declared: Table) -> Table | None:
        """Return the live table that is the declared one's, by its present or its coming name."""
        found = self._live.get(declared.name)
        if found is not None and found.oid not in self.renames.tables:
            return found
        for oid, name in self.renames.tables.items():
            if name.name == declared.name.name and declared.name.schema in ("", name.schema):
                return self._by_oid[oid]
        return None

    def _missing(self) -> list[Table]:
        return [table for table in self.declared.tables if self._pair(table) is None]

    def _leftover(self) -> dict[int, KnownTable]:
        """Return the known tables that no model declares any more."""
        names = {
            found.oid
            for table in self.declared.tables
            if (found := self._live.get(table.name)) is not None
        }
        declared_anywhere = {
            identifier(model._meta.db_table)
            for model in self.apps.get_models(include_auto_created=True)
        }
        return {
            oid: known
            for oid, known in self.known.tables.items()
            if oid not in names
            and oid not in self._taken
            and oid not in self.renames.tables
            and self._by_oid[oid].name.name not in declared_anywhere
        }

    def _follow_models(self) -> None:
        """Rename the many-to-many tables of renamed models."""
        models = {(app, old): new.lower() for app, old, new in self.renames.models}
        declared = {
            table.auto_created_by.lower(): table
            for table in self.declared.tables
            if table.auto_created_by
        }
        for oid, known in self.known.tables.items() if models else ():
            if known.field is None or oid in self.renames.tables:
                continue
            app_label, model, name = known.field.lower().split(".")
            new = models.get((app_label, model))
            table = declared.get(f"{app_label}.{new}.{name}")
            if table is None:
                continue
            live = self._by_oid[oid]
            if live.name.name != table.name.name:
                self.renames.tables[oid] = TableName(
                    table.name.schema or live.name.schema, table.name.name
                )
                self._taken.add(oid)

    def _moved_tables(self) -> None:
        """Rename the tables of models and fields that kept their names, or whose model did not."""
        if not (missing := self._missing()):
            return
        for oid, known in self._leftover().items():
            label = (known.field or known.model).lower()
            for table in missing:
                wanted = table.auto_created_by or table.model or ""
                if wanted.lower() == label and self._pair(table) is None:
                    live = self._by_oid[oid]
                    self.renames.tables[oid] = TableName(
                        table.name.schema or live.name.schema, table.name.name
                    )
                    self._taken.add(oid)

    def _guess_tables(self) -> None:
        """Ask about missing tables that look as a leftover one does."""
        missing = [table for table in self._missing() if table.auto_created_by is None]
        if not missing:
            return
        leftover = self._leftover()
        for table in sorted(missing, key=lambda item: item.model or ""):
            assert table.model is not None
            app_label, new = table.model.split(".", 1)
            for oid, known in sorted(leftover.items(), key=lambda item: item[1].model):
                old = known.model.split(".", 1)[1]
                rename = ModelRename(app_label, old, new)
                if (
                    known.app_label == app_label
                    and known.field is None
                    and rename not in self.answers.declined
                    and _same_shape(self._by_oid[oid], table)
                    and not any(
                        isinstance(answer, ModelRename)
                        and (answer.app_label, answer.old.lower()) == (app_label, old.lower())
                        for answer in self.answers.renames
                    )
                ):
                    self.renames.questions.append(
                        Question(
                            "prodobit.E602",
                            f"Was the model {known.model} renamed to {new}?",
                            f"Either {old} was renamed and its rows stay, or it was removed.",
                            (
                                f"--rename {rename}",
                                f"--rename {app_label}.{old}= (if it was removed)",
                            ),
                            rename=rename,
                        )
                    )

    def _columns(self, declared: Table, live: Table) -> None:
        renamed = self.renames.columns.get(live.oid, {})
        present = {renamed.get(column.name, column.name) for column in live.columns}
        names = {column.name for column in declared.columns}
        missing = [column for column in declared.columns if column.name not in present]
        extra = [
            column
            for column in live.columns
            if column.name not in names and column.name not in renamed
        ]
        if not missing or not extra:
            return
        known = self.known.tables.get(live.oid)
        self._follow_model_columns(declared, live, missing, extra)
        if declared.auto_created_by:
            return
        if known is None or declared.model is None:
            return
        app_label, model = declared.model.split(".", 1)
        kept = {column.field for column in declared.columns}
        for column in list(extra):
            # The field is still there and only its column has another name.
            for wanted in missing:
                if known.columns.get(column.name) == wanted.field:
                    self.renames.columns.setdefault(live.oid, {})[column.name] = wanted.name
                    missing.remove(wanted)
                    extra.remove(column)
                    break
        removed = self._removed.get((app_label, model.lower()), set())
        for wanted in sorted(missing, key=lambda item: item.field or ""):
            for column in sorted(extra, key=lambda item: item.name):
                old = known.columns.get(column.name)
                if old is None or old in removed or (old in kept and old != wanted.field):
                    continue
                rename = FieldRename(app_label, model, old, wanted.field or "")
                if rename in self.answers.declined or not _same_column(
                    live, column, declared, wanted
                ):
                    continue
                type_name = type(
                    self.apps.get_model(declared.model)._meta.get_field(wanted.field or "")
                ).__name__
                self.renames.questions.append(
                    Question(
                        "prodobit.E602",
                        f"Was {model.lower()}.{old} renamed to {model.lower()}.{wanted.field} "
                        f"(a {type_name})?",
                        f"Either {old} was renamed and its values stay, or it was removed.",
                        (
                            f"--rename {rename}",
                            f"--rename {app_label}.{model}.{old}= (if it was removed)",
                        ),
                        rename=rename,
                    )
                )

    def _follow_model_columns(
        self, declared: Table, live: Table, missing: list[Column], extra: list[Column]
    ) -> None:
        """Follow the renames of models into many-to-many tables and links to a parent."""
        patterns = (
            ("{}_id", "from_{}_id", "to_{}_id") if declared.auto_created_by else ("{}_ptr_id",)
        )
        for _, old, new in self.renames.models:
            for pattern in patterns:
                before, after = (
                    identifier(pattern.format(name)) for name in (old.lower(), new.lower())
                )
                wanted = next((column for column in missing if column.name == after), None)
                column = next((column for column in extra if column.name == before), None)
                if wanted is not None and column is not None:
                    self.renames.columns.setdefault(live.oid, {})[before] = after
                    missing.remove(wanted)
                    extra.remove(column)


def _same_shape(live: Table, declared: Table) -> bool:
    return {(column.name, column.type, column.not_null) for column in live.columns} == {
        (column.name, column.type, column.not_null) for column in declared.columns
    }


def _same_column(live: Table, old: Column, declared: Table, new: Column) -> bool:
    """Tell whether a field of the old column could be that of the new one, renamed."""

    def targets(table: Table, column: Column) -> set[tuple[str, tuple[str, ...]]]:
        return {
            (item.target.name, item.target_columns)
            for item in table.constraints
            if isinstance(item, ForeignKey) and item.columns == (column.name,)
        }

    return (
        old.type == new.type
        and old.not_null == new.not_null
        and (old.generated is None) == (new.generated is None)
        and (old.collation is None) == (new.collation is None)
        and (old.default is None) == (new.default is None)
        and (old.identity is None) == (new.identity is None)
        and targets(live, old) == targets(declared, new)
    )
