"""Indexes of every method: made, altered, renamed, dropped, and the ones that Django implies."""

from typing import Any

from tests.database.schema.contract.case import Case

FIELDS = """
a = IntegerField()
b = CharField(max_length=40)
c = TextField(null=True)
data = JSONField(default=dict)
tags = ArrayField(IntegerField(), default=list)
span = IntegerRangeField(null=True)
at = DateTimeField(null=True)
"""


def indexed(story: str, old: str, new: str, **more: Any) -> Case:
    """``Meta.indexes`` of one table changes; ``old`` and ``new`` are what stands in its list."""
    return Case(story, _meta(old), _meta(new), **more)


def _meta(indexes: str) -> str:
    return f"{FIELDS}\nclass Meta:\n    indexes = [{indexes}]"


def made(story: str, index: str, **more: Any) -> list[Case]:
    """An index is made, stays as it is, and is dropped."""
    return [
        indexed(f"{story} is made", "", index, **more),
        indexed(f"{story} stays", index, index, nothing=True, **more),
        indexed(f"{story} is dropped", index, "", **more),
    ]


METHODS = [
    *made("btree index", "Index(fields=['a', '-b'], name='i')"),
    *made(
        "btree index with storage parameters",
        "BTreeIndex(fields=['a'], name='i', fillfactor=70, deduplicate_items=False)",
    ),
    *made(
        "partial index",
        "Index(fields=['a'], name='i', condition=Q(a__gt=5) & (Q(b__contains='100%') | Q(c__isnull=True)))",
    ),
    *made(
        "expression index",
        "Index(Lower('b'), F('a') * 2, OrderBy(F('c'), descending=True, nulls_last=True), name='i')",
    ),
    *made(
        "expression index with a percent sign and quotes",
        "Index(Concat('b', Value(\"it's 5%\"), output_field=TextField()), name='i')",
    ),
    *made("covering index", "Index(fields=['a'], include=['b', 'c'], name='i')"),
    *made(
        "index with operator classes",
        "Index(fields=['b', 'c'], opclasses=['varchar_pattern_ops', 'text_pattern_ops'], name='i')",
    ),
    *made(
        "index with an operator class on an expression",
        "Index(OpClass(Lower('b'), name='text_pattern_ops'), name='i')",
    ),
    *made("collated expression index", "Index(Collate('b', 'C'), name='i')"),
    *made("GIN index", "GinIndex(fields=['data'], name='i')"),
    *made(
        "GIN index with an operator class and storage parameters",
        "GinIndex(fields=['data'], name='i', opclasses=['jsonb_path_ops'], fastupdate=False, gin_pending_list_limit=128)",
    ),
    *made("GIN index on arrays", "GinIndex(fields=['tags'], name='i')"),
    *made("trigram index", "GinIndex(OpClass(Upper('b'), name='gin_trgm_ops'), name='i')"),
    *made("GiST index", "GistIndex(fields=['span'], name='i', buffering=True, fillfactor=80)"),
    *made(
        "GiST index with operator class and INCLUDE",
        "GistIndex(fields=['b'], name='i', opclasses=['gist_trgm_ops'], include=['a'])",
    ),
    *made("SP-GiST index", "SpGistIndex(fields=['span'], name='i', fillfactor=80)"),
    *made(
        "BRIN index",
        "BrinIndex(fields=['at', 'a'], name='i', autosummarize=True, pages_per_range=16)",
    ),
    *made("hash index", "HashIndex(fields=['b'], name='i', fillfactor=60)"),
    *made("bloom index", "BloomIndex(fields=['a'], name='i', length=64, columns=[3])"),
    *made("index without a name of its own", "Index(fields=['a', 'b'])"),
]

ALTERED = [
    indexed(
        "index gets another column",
        "Index(fields=['a'], name='i')",
        "Index(fields=['a', 'b'], name='i')",
    ),
    indexed(
        "index changes its order of columns",
        "Index(fields=['a', 'b'], name='i')",
        "Index(fields=['b', 'a'], name='i')",
    ),
    indexed(
        "index becomes descending",
        "Index(fields=['a'], name='i')",
        "Index(fields=['-a'], name='i')",
    ),
    indexed(
        "index becomes partial",
        "Index(fields=['a'], name='i')",
        "Index(fields=['a'], name='i', condition=Q(a__gt=0))",
    ),
    indexed(
        "index changes its condition",
        "Index(fields=['a'], name='i', condition=Q(a__gt=0))",
        "Index(fields=['a'], name='i', condition=Q(a__gt=1))",
    ),
    indexed(
        "index changes what it includes",
        "Index(fields=['a'], name='i', include=['b'])",
        "Index(fields=['a'], name='i', include=['c'])",
    ),
    indexed(
        "index changes its method",
        "Index(fields=['a'], name='i')",
        "HashIndex(fields=['a'], name='i')",
    ),
    indexed(
        "index changes its operator class",
        "GinIndex(fields=['data'], name='i')",
        "GinIndex(fields=['data'], name='i', opclasses=['jsonb_path_ops'])",
    ),
    indexed(
        "index changes a storage parameter",
        "BTreeIndex(fields=['a'], name='i', fillfactor=70)",
        "BTreeIndex(fields=['a'], name='i', fillfactor=80)",
    ),
    indexed(
        "index loses its storage parameters",
        "GinIndex(fields=['tags'], name='i', fastupdate=False)",
        "GinIndex(fields=['tags'], name='i')",
    ),
    indexed(
        "index changes its expression", "Index(Lower('b'), name='i')", "Index(Upper('b'), name='i')"
    ),
    indexed(
        "index changes where NULLs stand",
        "Index(F('a').asc(nulls_first=True), name='i')",
        "Index(F('a').asc(nulls_last=True), name='i')",
    ),
    indexed(
        "index changes its name", "Index(fields=['a'], name='i')", "Index(fields=['a'], name='j')"
    ),
    indexed(
        "index without a name gets one",
        "Index(fields=['a', 'b'])",
        "Index(fields=['a', 'b'], name='j')",
    ),
    indexed(
        "expression index changes its name",
        "Index(Lower('b'), name='i')",
        "Index(Lower('b'), name='j')",
    ),
    indexed(
        "two indexes swap their names",
        "Index(fields=['a'], name='i'), Index(fields=['b'], name='j')",
        "Index(fields=['b'], name='i'), Index(fields=['a'], name='j')",
        django="makemigrations does not look at names where the indexes are the same",
    ),
    indexed(
        "indexes change places in the list",
        "Index(fields=['a'], name='i'), Index(fields=['b'], name='j')",
        "Index(fields=['b'], name='j'), Index(fields=['a'], name='i')",
        nothing=True,
    ),
    indexed(
        "two indexes of the same columns become one",
        "Index(fields=['a'], name='i'), Index(fields=['a'], name='j')",
        "Index(fields=['a'], name='j')",
    ),
    indexed(
        "one index is made twice",
        "Index(fields=['a'], name='i')",
        "Index(fields=['a'], name='i'), Index(fields=['a'], name='j')",
    ),
    indexed(
        "one of many indexes is dropped",
        "Index(fields=['a'], name='i'), GinIndex(fields=['tags'], name='j'), Index(Lower('b'), name='k')",
        "Index(fields=['a'], name='i'), Index(Lower('b'), name='k')",
    ),
]

IMPLIED = [
    Case("db_index is set on a number", "a = IntegerField()", "a = IntegerField(db_index=True)"),
    Case(
        "db_index is dropped from a number", "a = IntegerField(db_index=True)", "a = IntegerField()"
    ),
    Case(
        "db_index is set on text",
        "a = CharField(max_length=9)",
        "a = CharField(max_length=9, db_index=True)",
    ),
    Case("db_index is dropped from text", "a = TextField(db_index=True)", "a = TextField()"),
    Case(
        "db_index becomes a unique constraint",
        "a = CharField(max_length=9, db_index=True)",
        "a = CharField(max_length=9, unique=True)",
    ),
    Case(
        "unique constraint becomes db_index",
        "a = CharField(max_length=9, unique=True)",
        "a = CharField(max_length=9, db_index=True)",
    ),
    Case(
        "unique is set on text",
        "a = CharField(max_length=9)",
        "a = CharField(max_length=9, unique=True)",
    ),
    Case("unique is dropped from text", "a = TextField(unique=True)", "a = TextField()"),
    Case(
        "varchar with LIKE index becomes text",
        "a = CharField(max_length=9, db_index=True)",
        "a = TextField(db_index=True)",
    ),
    Case(
        "number with index becomes text",
        "a = IntegerField(db_index=True)",
        "a = TextField(db_index=True)",
        django="migrate makes no LIKE index for a column that was indexed before it was text",
    ),
    Case(
        "db_index becomes an index of Meta",
        "a = IntegerField(db_index=True)",
        """
        a = IntegerField()
        class Meta:
            indexes = [Index(fields=['a'], name='i')]
        """,
    ),
    Case(
        "index of Meta becomes db_index",
        """
        a = IntegerField()
        class Meta:
            indexes = [Index(fields=['a'], name='i')]
        """,
        "a = IntegerField(db_index=True)",
        nothing=True,
    ),
    Case(
        "collation is set under a LIKE index",
        "a = CharField(max_length=9, db_index=True)",
        "a = CharField(max_length=9, db_index=True, db_collation='C')",
    ),
]

CASES = [*METHODS, *ALTERED, *IMPLIED]
