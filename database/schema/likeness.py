"""When two parts of a schema are alike although they are not equal, and what no model can say."""

from __future__ import annotations

from .normalize import MAXIMA
from .state import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Identity,
    Index,
    IndexKey,
    PrimaryKey,
    Unique,
)


def same_opclass(live: IndexKey, declared: IndexKey) -> bool:
    """Whether a declared operator class, or none, is the live one."""
    if live.opclass_parameters != declared.opclass_parameters:
        return False
    if declared.opclass is None:
        return live.opclass_is_default
    return declared.opclass == live.opclass


def is_auto(live: Column) -> bool:
    """Whether a column is what some AutoField makes."""
    return live.type in ("integer", "bigint", "smallint") and bool(live.identity or live.serial)


def same_identity(live: Column, declared: Column) -> bool:
    """Whether both are identity columns of one kind, whose sequences count alike."""
    if live.identity is None or declared.identity is None:
        return False
    if live.identity.kind is not declared.identity.kind:
        return False
    return _options(live.type, live.identity) == _options(declared.type, declared.identity)


def _options(type_: str, identity: Identity) -> tuple[int | bool, ...]:
    """The options of the sequence; the bounds of its type, which change with the type, as 0."""
    options = identity.options
    bound = MAXIMA.get(type_, 0)
    return (
        options.start,
        options.increment,
        0 if options.minimum == -bound - 1 else options.minimum,
        0 if options.maximum == bound else options.maximum,
        options.cache,
        options.cycle,
    )


def as_index(unique: Unique) -> Index:
    """The index of a unique constraint, for a model that declares it as a unique index."""
    return Index(
        unique.name,
        keys=tuple(
            IndexKey(column, opclass="", opclass_is_default=True) for column in unique.columns
        ),
        include=unique.include,
        unique=True,
        nulls_not_distinct=unique.nulls_not_distinct,
        storage=unique.storage,
        tablespace=unique.tablespace,
    )


def same_name(live: str | None, declared: str | None) -> bool:
    """Whether a name that is qualified on one side only may be the same."""
    if live is None or declared is None:
        return live == declared
    plain = live.replace('"', "")
    return plain == declared or plain.rpartition(".")[2] == declared.rpartition(".")[2]


def same_storage(live: tuple[str, ...], declared: tuple[str, ...]) -> bool:
    """Whether storage parameters are the same, in whatever words: ``off`` and ``false``."""
    return live == declared or {*map(_switch, live)} == {*map(_switch, declared)}


def _switch(parameter: str) -> str:
    name, _, value = parameter.partition("=")
    words = {"true": "on", "yes": "on", "false": "off", "no": "off"}
    return f"{name}={words.get(value.lower(), value)}"


def action(action: str) -> str:
    """RESTRICT and NO ACTION both refuse, and models can say only the latter."""
    return "NO ACTION" if action == "RESTRICT" else action


def notes(live: Constraint | Index, declared: Constraint | Index) -> list[str]:
    """Say in what a live object differs that no model can express, and that is left alone."""
    notes = []
    if isinstance(live, ForeignKey) and isinstance(declared, ForeignKey):
        if (live.deferrable, live.initially_deferred) != (
            declared.deferrable,
            declared.initially_deferred,
        ):
            notes.append(f"is {_deferrability(live)}, not {_deferrability(declared)}")
        if live.on_delete != declared.on_delete:
            notes.append(f"is ON DELETE {live.on_delete}, not {declared.on_delete}")
        if live.on_update != declared.on_update:
            notes.append(f"is ON UPDATE {live.on_update}, not {declared.on_update}")
        if live.match != declared.match:
            notes.append(f"is MATCH {live.match}")
        if live.on_delete_columns:
            notes.append(f"is ON DELETE {live.on_delete} of some of its columns only")
    elif isinstance(live, PrimaryKey):
        if live.deferrable:
            notes.append(f"is {_deferrability(live)}")
        if live.include:
            notes.append(f"includes {', '.join(live.include)}")
        if live.without_overlaps:
            notes.append("is WITHOUT OVERLAPS")
    elif isinstance(live, Check) and live.no_inherit:
        notes.append("is NO INHERIT")
    elif isinstance(live, Unique) and isinstance(declared, Index):
        notes.append("is a unique constraint, not a unique index")
    return notes


def _deferrability(constraint: ForeignKey | PrimaryKey) -> str:
    if not constraint.deferrable:
        return "NOT DEFERRABLE"
    when = "DEFERRED" if constraint.initially_deferred else "IMMEDIATE"
    return f"DEFERRABLE INITIALLY {when}"
