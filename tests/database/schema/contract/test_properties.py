"""The contract for models that nobody thought of: two drawn at random, with rows in the first.

The draws are the same in every run. ``CONTRACT_EXAMPLES=1000`` draws that many others instead.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, Phase, event, given, note, settings
from hypothesis import strategies as st

from . import build, engine
from .conftest import FRESH, PUSHED, Bench
from .definitions import declared_names, load
from .rows import Kept, fill, kept, read, read_again

EXAMPLES = os.environ.get("CONTRACT_EXAMPLES")
DRAWN = settings(
    max_examples=int(EXAMPLES or 40),
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=False,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

MODELS = ("A", "B", "C")
FIELDS = ("a", "b", "c", "d")
REFERENCES = ("ForeignKey", "OneToOneField")
KINDS = {
    "IntegerField": "",
    "BigIntegerField": "",
    "SmallIntegerField": "",
    "PositiveIntegerField": "",
    "CharField": "max_length=9",
    "TextField": "",
    "SlugField": "max_length=30",
    "DecimalField": "max_digits=9, decimal_places=2",
    "FloatField": "",
    "BooleanField": "",
    "DateField": "",
    "DateTimeField": "",
    "UUIDField": "",
    "JSONField": "",
    "BinaryField": "",
    "DurationField": "",
    "ArrayField": "IntegerField()",
    "IntegerRangeField": "",
}
ALL = (*KINDS, *REFERENCES, "ManyToManyField")
DEFAULTS = {
    "IntegerField": ("0", "7"),
    "BigIntegerField": ("0", "-1"),
    "SmallIntegerField": ("1",),
    "PositiveIntegerField": ("3",),
    "CharField": ("'x'", '"it\'s %"'),
    "TextField": ("''", "'100%'"),
    "DecimalField": ("Decimal('1.50')",),
    "FloatField": ("0.5",),
    "BooleanField": ("True", "False"),
    "DateField": ("date(2024, 2, 29)", "Now()"),
    "DateTimeField": ("Now()",),
    "UUIDField": ("Func(function='gen_random_uuid')",),
    "JSONField": ("Value({'a': 1}, JSONField())",),
    "ArrayField": ("[1]",),
}
NUMBERS = ("IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField")
TEXTS = ("CharField", "TextField", "SlugField")
INDEXES = (
    "Index(fields=[{fields}], name={name!r})",
    "Index(fields=[{descending}], name={name!r})",
    "Index(fields=[{fields}], name={name!r}, condition=Q({first}__isnull=False))",
    "BTreeIndex(fields=[{fields}], name={name!r}, fillfactor=70)",
    "BrinIndex(fields=[{first!r}], name={name!r}, pages_per_range=4)",
    "HashIndex(fields=[{first!r}], name={name!r})",
    "Index(Coalesce({first!r}, {first!r}), name={name!r})",
)
CONSTRAINTS = (
    "UniqueConstraint(fields=[{fields}], name={name!r})",
    "UniqueConstraint(fields=[{fields}], name={name!r}, condition=Q({first}__isnull=False))",
    "UniqueConstraint(fields=[{fields}], name={name!r}, deferrable=Deferrable.DEFERRED)",
    "UniqueConstraint(fields=[{fields}], name={name!r}, nulls_distinct=False)",
    "CheckConstraint(condition=Q({first}__isnull=False) | Q(pk__gt=0), name={name!r})",
    "CheckConstraint(condition=~Q({first}=F({first!r})) | Q(pk__gt=-5), name={name!r})",
)
UNIQUE_TO_ROWS = (*NUMBERS, *TEXTS, "DecimalField", "FloatField", "DateField", "UUIDField")
# Neither JSON nor ranges, arrays and bytes: not each of the templates above takes them.
PLAIN = (*UNIQUE_TO_ROWS, "DateTimeField", "DurationField")


@dataclass(frozen=True)
class DrawnField:
    """A field of a drawn model; ``target`` is a model's name for references."""

    kind: str
    options: tuple[str, ...] = ()
    target: str = ""

    def source(self) -> str:
        """Return what stands behind the field's name."""
        first = [KINDS[self.kind]] if KINDS.get(self.kind) else []
        if self.target:
            first = [repr(self.target), *(["CASCADE"] if self.kind in REFERENCES else [])]
            first.append("related_name='+'")
        return f"{self.kind}({', '.join([*first, *self.options])})"


@dataclass(frozen=True)
class DrawnModel:
    """A drawn model."""

    fields: dict[str, DrawnField] = field(default_factory=dict)
    indexes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    constraints: tuple[tuple[str, tuple[str, ...]], ...] = ()
    meta: tuple[str, ...] = ()

    def source(self, name: str) -> str:
        """Return the definition of the class."""
        lines = [f"class {name}(Model):", "    pass"]
        lines += [f"    {key} = {item.source()}" for key, item in self.fields.items()]
        lines += ["    class Meta:", "        pass", *(f"        {line}" for line in self.meta)]
        for option, items in (("indexes", self.indexes), ("constraints", self.constraints)):
            texts = [
                _filled(template, fields, f"{name}_{option[0]}{number}".lower())
                for number, (template, fields) in enumerate(items)
                if self._takes(template, fields)
            ]
            lines.append(f"        {option} = [{', '.join(texts)}]")
        return "\n".join(lines)

    def _takes(self, template: str, keys: tuple[str, ...]) -> bool:
        fields = [self.fields[key] for key in keys if key in self.fields]
        if len(fields) < len(keys) or any(
            item.kind not in (*PLAIN, *REFERENCES) for item in fields
        ):
            return False
        # Within CREATE TABLE alone, PostgreSQL makes one of two equal unique constraints.
        unique = fields[0].kind == "OneToOneField" or "unique=True" in fields[0].options
        return not (unique and len(fields) == 1 and template.startswith("Unique"))


def _filled(template: str, fields: tuple[str, ...], name: str) -> str:
    return template.format(
        fields=", ".join(map(repr, fields)),
        descending=", ".join(repr(f"-{key}") for key in fields),
        first=fields[0],
        name=name,
    )


def _like(kind: str) -> tuple[str, ...]:
    """Return the kinds that a field of this kind may well become."""
    groups = ((*NUMBERS, "DecimalField", "TextField"), TEXTS, (*REFERENCES, "BigIntegerField"))
    return next((group for group in groups if kind in group), (kind, "TextField"))


@st.composite
def _fields(draw: st.DrawFn, kinds: tuple[str, ...] = ALL) -> DrawnField:
    kind = draw(st.sampled_from(kinds))
    options = []
    target = ""
    if kind not in KINDS:
        target = draw(st.sampled_from([*MODELS, "self"]))
    if kind == "ManyToManyField":
        return DrawnField(kind, (), target)
    if draw(st.booleans()) or target:
        options.append("null=True")
    if kind in UNIQUE_TO_ROWS and draw(st.integers(0, 5)) == 5:
        options.append("unique=True")
    elif not target and kind not in ("JSONField", "IntegerRangeField") and draw(st.booleans()):
        options.append("db_index=True")
    elif kind == "ForeignKey" and draw(st.booleans()):
        options.append(draw(st.sampled_from(["db_index=False", "db_constraint=False"])))
    if kind in DEFAULTS and "unique=True" not in options and draw(st.booleans()):
        options.append(f"db_default={draw(st.sampled_from(DEFAULTS[kind]))}")
    if kind in TEXTS and draw(st.integers(0, 3)) == 3:
        options.append("db_collation='C'")
    if draw(st.integers(0, 3)) == 3:
        options.append(f"db_comment={draw(st.sampled_from(['note', 'it is']))!r}")
    return DrawnField(kind, tuple(options), target)


_SOME = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2, unique=True).map(tuple)
_METAS = st.lists(st.sampled_from(["db_table_comment = 'table'"]), max_size=1).map(tuple)
_MODELS = st.builds(
    DrawnModel,
    st.dictionaries(st.sampled_from(FIELDS), _fields(), min_size=1, max_size=4),
    st.lists(st.tuples(st.sampled_from(INDEXES), _SOME), max_size=2).map(tuple),
    st.lists(st.tuples(st.sampled_from(CONSTRAINTS), _SOME), max_size=2).map(tuple),
    _METAS,
)
_SCHEMAS = st.dictionaries(st.sampled_from(MODELS), _MODELS, min_size=1, max_size=3)


@st.composite
def _changes(draw: st.DrawFn, before: dict[str, DrawnModel]) -> dict[str, DrawnModel]:
    """Draw what a schema becomes: another one, or itself with some models changed."""
    if draw(st.booleans()):
        return draw(_SCHEMAS)
    after = dict(before)
    for name, model in before.items():
        fields = dict(model.fields)
        for key in draw(st.lists(st.sampled_from(FIELDS), max_size=2, unique=True)):
            if draw(st.booleans()):
                fields[key] = draw(_fields(_like(fields[key].kind)) if key in fields else _fields())
            else:
                fields.pop(key, None)
        after[name] = replace(
            draw(_MODELS) if draw(st.integers(0, 3)) == 3 else model, fields=fields
        )
    return after


_CHANGED = _SCHEMAS.flatmap(lambda before: st.tuples(st.just(before), _changes(before)))


def _source(models: dict[str, DrawnModel]) -> str:
    """Return the definitions; references to models that were not drawn are left out."""
    lines = []
    for name, model in sorted(models.items()):
        fields = {
            key: item
            for key, item in model.fields.items()
            if item.target in ("", "self") or item.target in models
        }
        lines.append(replace(model, fields=fields).source(name))
    return "\n".join(lines)


FILLS = {
    "CharField": "x",
    "TextField": "x",
    "SlugField": "x",
    "BooleanField": "True",
    "DateField": "2024-02-29",
    "DateTimeField": "2024-02-29 00:00Z",
    "UUIDField": "00000000-0000-0000-0000-000000000001",
    "JSONField": "{}",
    "ArrayField": "[]",
    "DurationField": "1 00:00:00",
    "BinaryField": "",
    "IntegerRangeField": '{"lower": 1, "upper": 5}',
}


@given(_CHANGED, st.sampled_from([3, 0, 2]), st.booleans())
@DRAWN
def test_any_push_keeps_the_contract(
    bench: Bench,
    drawn: tuple[dict[str, DrawnModel], dict[str, DrawnModel]],
    count: int,
    renaming: bool,
) -> None:
    old, new = _source(drawn[0]), _source(drawn[1])
    note(f"# before\n{old}\n\n# after, {count} rows\n{new}")
    bench.clear()
    before, after = load(old), load(new)
    build.create(bench.connection, before)
    engine.remember(bench.connection, before)
    fill(before, count)
    with bench.at(FRESH):
        build.create(bench.connection, after)
    was, *_ = bench.dumps(declared_names(before))
    types = build.column_types(bench.connection, PUSHED)
    fresh_types = build.column_types(bench.connection, FRESH)
    nulls = build.nullable_columns(bench.connection, PUSHED)
    fresh_nulls = build.nullable_columns(bench.connection, FRESH)

    def comparable(renames: tuple[str, ...], filled: tuple[str, ...]) -> list[Kept]:
        """Return the columns of the same type afterwards that were given no value."""
        names = {fill.partition("=")[0].rpartition(".")[2] for fill in filled}
        return [
            replace(
                table,
                columns=tuple(
                    (column, now)
                    for column, now in table.columns
                    if types[table.table, column] == fresh_types[table.now, now]
                    and now.removesuffix("_id") not in names
                    and not (nulls[table.table, column] and not fresh_nulls[table.now, now])
                ),
            )
            for table in kept(before, after, renames)
        ]

    rows = {}

    def look(renames: tuple[str, ...], filled: tuple[str, ...]) -> None:
        rows["before"] = read(bench.connection, comparable(renames, filled), fresh_types)

    ending, renames, filled = engine.push_with_answers(
        bench.connection, after, lambda kind: FILLS.get(kind, "1"), renaming=renaming, look=look
    )

    note(f"answers: {renames} {filled}")
    event(f"ended with {ending.code} {' '.join(sorted(set(ending.ids)))}, rows: {count > 0}")
    event(f"renames: {bool(renames)}, fills: {bool(filled)}")
    now, fresh, _ = bench.dumps(declared_names(after if ending.code == 0 else before))
    if ending.code:
        note(ending.text)
        event(f"{ending.ids} {re.findall('(?:sqlstate|consequence)=.*?[,.]', ending.text)}")
        assert count > 0, ending.text
        assert ending.code in (1, 4)
        assert not now.difference(was)
        return
    assert not now.difference(fresh), now.difference(fresh)
    assert read_again(bench.connection, comparable(renames, filled)) == rows["before"]
    again = engine.push(bench.connection, after)
    assert again.code == 0
    assert not again.plan


@st.composite
def _chains(draw: st.DrawFn) -> list[dict[str, DrawnModel]]:
    """Draw a schema and what becomes of it in one or two more steps."""
    chain = [draw(_SCHEMAS)]
    for _ in range(draw(st.integers(1, 2))):
        chain.append(draw(_changes(chain[-1])))
    return chain


@given(_chains(), st.booleans())
@DRAWN
def test_any_chain_of_pushes_needs_no_other_knowledge(
    bench: Bench, chain: list[dict[str, DrawnModel]], renaming: bool
) -> None:
    bench.clear()
    for models in chain:
        text = _source(models)
        note(f"# push\n{text}")
        registry = load(text)
        bench.execute(f"DROP SCHEMA {FRESH} CASCADE; CREATE SCHEMA {FRESH}")
        with bench.at(FRESH):
            build.create(bench.connection, registry)

        ending, renames, _ = engine.push_with_answers(
            bench.connection, registry, str, renaming=renaming, look=lambda *answers: None
        )

        note(f"answers: {renames}")
        assert ending.code == 0, ending.text
        pushed, fresh, _ = bench.dumps(declared_names(registry))
        assert not pushed.difference(fresh), pushed.difference(fresh)
        again = engine.push(bench.connection, registry)
        assert not again.plan
        assert again.plan is not None
        assert not again.plan.unknown
