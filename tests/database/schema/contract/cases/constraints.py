"""Primary keys, unique, check and exclusion constraints: made, altered, renamed, dropped."""

from typing import Any

from tests.database.schema.contract.case import Case

FIELDS = """
a = IntegerField()
b = CharField(max_length=40, null=True)
c = TextField(default='c')
span = IntegerRangeField(null=True)
room = IntegerField(default=1)
"""


def constrained(story: str, old: str, new: str, **more: Any) -> Case:
    """``Meta.constraints`` of one table changes; ``old`` and ``new`` are what stands in its list."""
    return Case(story, _meta(old), _meta(new), **more)


def _meta(constraints: str) -> str:
    return f"{FIELDS}\nclass Meta:\n    constraints = [{constraints}]"


def made(story: str, constraint: str, **more: Any) -> list[Case]:
    """A constraint is made, stays as it is, and is dropped."""
    return [
        constrained(f"{story} is made", "", constraint, **more),
        constrained(f"{story} stays", constraint, constraint, nothing=True, **more),
        constrained(f"{story} is dropped", constraint, "", **more),
    ]


CHECKS = [
    *made("check", "CheckConstraint(condition=Q(a__gte=0), name='k')"),
    *made(
        "check of a list",
        "CheckConstraint(condition=Q(c__in=['c', 'it\\'s', '100%']), name='k')",
        rows="INSERT INTO shop_thing (a, c, room) VALUES (1, '100%', 1)",
    ),
    *made(
        "check of a pattern",
        "CheckConstraint(condition=~Q(c__contains='5%_\\\\') | Q(b__regex=r'^[a-z\\d]+$') | Q(b__isnull=True) | Q(a__gt=0), name='k')",
    ),
    *made(
        "check between columns",
        "CheckConstraint(condition=Q(a__lt=F('room') + 100) & ~Q(a=F('room') * -1), name='k')",
    ),
    *made(
        "check of a function", "CheckConstraint(condition=Q(GreaterThan(Length('c'), 0)), name='k')"
    ),
    *made(
        "check of a case",
        "CheckConstraint(condition=Q(a__gte=Case(When(room=1, then=Value(0)), default=Value(-5))), name='k')",
    ),
    *made(
        "check of ranges",
        "CheckConstraint(condition=Q(a__range=(-10, 1000)) & Q(span__isnull=False) | Q(span__isnull=True), name='k')",
    ),
    constrained(
        "check changes",
        "CheckConstraint(condition=Q(a__gte=0), name='k')",
        "CheckConstraint(condition=Q(a__gte=1), name='k')",
    ),
    constrained(
        "check changes its name",
        "CheckConstraint(condition=Q(a__gte=0), name='k')",
        "CheckConstraint(condition=Q(a__gte=0), name='l')",
    ),
    constrained(
        "message of a check changes",
        "CheckConstraint(condition=Q(a__gte=0), name='k')",
        "CheckConstraint(condition=Q(a__gte=0), name='k', violation_error_message='No.')",
        nothing=True,
    ),
    constrained(
        "two checks swap their names",
        "CheckConstraint(condition=Q(a__gte=0), name='k'), CheckConstraint(condition=Q(a__lt=99), name='l')",
        "CheckConstraint(condition=Q(a__gte=0), name='l'), CheckConstraint(condition=Q(a__lt=99), name='k')",
    ),
    constrained(
        "check becomes a unique constraint of the same name",
        "CheckConstraint(condition=Q(a__gte=0), name='k')",
        "UniqueConstraint(fields=['a'], name='k')",
    ),
]

UNIQUE = [
    *made("unique constraint", "UniqueConstraint(fields=['a', 'b'], name='k')"),
    *made(
        "partial unique constraint",
        "UniqueConstraint(fields=['a'], name='k', condition=Q(b__isnull=False) & Q(c='100%'))",
    ),
    *made(
        "deferred unique constraint",
        "UniqueConstraint(fields=['a'], name='k', deferrable=Deferrable.DEFERRED)",
    ),
    *made(
        "deferrable unique constraint",
        "UniqueConstraint(fields=['a'], name='k', deferrable=Deferrable.IMMEDIATE)",
    ),
    *made(
        "unique constraint of NULLs",
        "UniqueConstraint(fields=['b'], name='k', nulls_distinct=False)",
    ),
    *made(
        "unique constraint of distinct NULLs",
        "UniqueConstraint(fields=['b'], name='k', nulls_distinct=True)",
    ),
    *made(
        "unique constraint on expressions", "UniqueConstraint(Lower('b'), F('a').desc(), name='k')"
    ),
    *made(
        "covering unique constraint", "UniqueConstraint(fields=['a'], include=['b', 'c'], name='k')"
    ),
    *made(
        "unique constraint with operator classes",
        "UniqueConstraint(fields=['b'], opclasses=['varchar_pattern_ops'], name='k')",
    ),
    *made(
        "unique expression, partial, covering, NULLs not distinct",
        "UniqueConstraint(Upper('b'), name='k', condition=Q(a__gt=0), include=['c'], nulls_distinct=False)",
    ),
    constrained(
        "unique constraint becomes partial",
        "UniqueConstraint(fields=['a'], name='k')",
        "UniqueConstraint(fields=['a'], name='k', condition=Q(a__gt=0))",
    ),
    constrained(
        "partial unique constraint becomes whole",
        "UniqueConstraint(fields=['a'], name='k', condition=Q(a__gt=0))",
        "UniqueConstraint(fields=['a'], name='k')",
    ),
    constrained(
        "unique constraint changes its columns",
        "UniqueConstraint(fields=['a'], name='k')",
        "UniqueConstraint(fields=['b', 'a'], name='k')",
    ),
    constrained(
        "unique constraint becomes deferred",
        "UniqueConstraint(fields=['a'], name='k')",
        "UniqueConstraint(fields=['a'], name='k', deferrable=Deferrable.DEFERRED)",
    ),
    constrained(
        "unique constraint becomes immediate",
        "UniqueConstraint(fields=['a'], name='k', deferrable=Deferrable.DEFERRED)",
        "UniqueConstraint(fields=['a'], name='k', deferrable=Deferrable.IMMEDIATE)",
    ),
    constrained(
        "NULLs become equal",
        "UniqueConstraint(fields=['b'], name='k')",
        "UniqueConstraint(fields=['b'], name='k', nulls_distinct=False)",
    ),
    constrained(
        "unique constraint changes its name",
        "UniqueConstraint(fields=['a'], name='k')",
        "UniqueConstraint(fields=['a'], name='l')",
    ),
    constrained(
        "partial unique constraint changes its name",
        "UniqueConstraint(fields=['a'], name='k', condition=Q(a__gt=0))",
        "UniqueConstraint(fields=['a'], name='l', condition=Q(a__gt=0))",
    ),
    constrained(
        "unique constraint gets INCLUDE",
        "UniqueConstraint(fields=['a'], name='k')",
        "UniqueConstraint(fields=['a'], name='k', include=['b'])",
    ),
    constrained(
        "unique constraint becomes an expression",
        "UniqueConstraint(fields=['b'], name='k')",
        "UniqueConstraint(Lower('b'), name='k')",
    ),
    Case(
        "unique becomes a unique constraint of Meta",
        "a = IntegerField(unique=True)",
        """
        a = IntegerField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], name='k')]
        """,
    ),
    Case(
        "unique constraint of Meta becomes unique",
        """
        a = IntegerField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], name='k')]
        """,
        "a = IntegerField(unique=True)",
        nothing=True,
    ),
    Case(
        "unique becomes a partial unique constraint",
        "a = IntegerField(unique=True)",
        """
        a = IntegerField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], name='k', condition=Q(a__gt=0))]
        """,
    ),
    Case(
        "unique_together is set",
        """
        a = IntegerField()
        b = TextField()
        """,
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('a', 'b')]
        """,
    ),
    Case(
        "unique_together is dropped",
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('a', 'b')]
        """,
        """
        a = IntegerField()
        b = TextField()
        """,
    ),
    Case(
        "unique_together changes its order",
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('a', 'b')]
        """,
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('b', 'a')]
        """,
    ),
    Case(
        "unique_together becomes a unique constraint",
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('a', 'b')]
        """,
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a', 'b'], name='k')]
        """,
    ),
    Case(
        "unique_together and an equal constraint both stay",
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('a', 'b')]
            constraints = [UniqueConstraint(fields=['a', 'b'], name='k')]
        """,
        """
        a = IntegerField()
        b = TextField()
        class Meta:
            unique_together = [('a', 'b')]
            constraints = [UniqueConstraint(fields=['a', 'b'], name='k')]
        """,
        nothing=True,
    ),
]

EXCLUSIONS = [
    *made("exclusion constraint", "ExclusionConstraint(name='k', expressions=[('span', '&&')])"),
    *made(
        "exclusion constraint on two keys, partial and deferred",
        "ExclusionConstraint(name='k', expressions=[('span', RangeOperators.OVERLAPS), ('room', RangeOperators.EQUAL)], condition=Q(a__gt=0) & ~Q(c='5%'), deferrable=Deferrable.DEFERRED)",
    ),
    *made(
        "exclusion constraint on an expression",
        "ExclusionConstraint(name='k', index_type='gist', expressions=[(Func(F('a'), F('a') + 1, function='int4range', output_field=IntegerRangeField()), '&&')])",
    ),
    *made(
        "exclusion constraint with operator class and INCLUDE",
        "ExclusionConstraint(name='k', expressions=[(OpClass('span', name='range_ops'), '&&')], include=['a'])",
    ),
    *made(
        "SP-GiST exclusion constraint",
        "ExclusionConstraint(name='k', index_type='spgist', expressions=[('span', '&&')])",
    ),
    *made(
        "hash exclusion constraint",
        "ExclusionConstraint(name='k', index_type='hash', expressions=[('a', '=')])",
    ),
    constrained(
        "exclusion constraint changes its operator",
        "ExclusionConstraint(name='k', expressions=[('span', '&&')])",
        "ExclusionConstraint(name='k', expressions=[('span', '=')])",
    ),
    constrained(
        "exclusion constraint changes its condition",
        "ExclusionConstraint(name='k', expressions=[('span', '&&')], condition=Q(a__gt=0))",
        "ExclusionConstraint(name='k', expressions=[('span', '&&')], condition=Q(a__gt=1))",
    ),
    constrained(
        "exclusion constraint changes its name",
        "ExclusionConstraint(name='k', expressions=[('span', '&&')])",
        "ExclusionConstraint(name='l', expressions=[('span', '&&')])",
    ),
    constrained(
        "exclusion constraint becomes deferred",
        "ExclusionConstraint(name='k', expressions=[('span', '&&')])",
        "ExclusionConstraint(name='k', expressions=[('span', '&&')], deferrable=Deferrable.DEFERRED)",
    ),
]

AUTO = "id = AutoField(primary_key=True)\na = IntegerField()"
BIG = "id = BigAutoField(primary_key=True)\na = IntegerField()"
SMALL = "id = SmallAutoField(primary_key=True)\na = IntegerField()"
PLAIN = "id = IntegerField(primary_key=True)\na = IntegerField()"
PAIR = "pk = CompositePrimaryKey('a', 'b')\na = IntegerField()\nb = IntegerField()\nc = TextField(null=True)"

KEYS = [
    Case(
        "key grows to bigint",
        AUTO,
        BIG,
        expect={"INSERT INTO shop_thing (a) VALUES (9) RETURNING id": [(4,)]},
    ),
    Case(
        "key shrinks to integer",
        BIG,
        AUTO,
        expect={"INSERT INTO shop_thing (a) VALUES (9) RETURNING id": [(4,)]},
    ),
    Case("key shrinks to smallint", BIG, SMALL),
    Case("key loses its identity", AUTO, PLAIN),
    Case(
        "key gets an identity",
        PLAIN,
        AUTO,
        expect={"INSERT INTO shop_thing (a) VALUES (9) RETURNING id > 3": [(True,)]},
    ),
    Case(
        "plain key becomes a big identity",
        PLAIN,
        BIG,
        expect={"INSERT INTO shop_thing (a) VALUES (9) RETURNING id > 3": [(True,)]},
    ),
    Case(
        "key is renamed",
        BIG,
        BIG.replace("id", "number"),
        renames=("shop.Thing.id=number",),
        expect={"INSERT INTO shop_thing (a) VALUES (9) RETURNING number": [(4,)]},
    ),
    Case(
        "text key grows",
        "code = CharField(max_length=5, primary_key=True)",
        "code = CharField(max_length=9, primary_key=True)",
    ),
    Case(
        "key gets a UUID on an empty table",
        BIG,
        """
        id = UUIDField(primary_key=True)
        a = IntegerField()
        """,
        rows=0,
        django="bigint cannot be cast to uuid",
        moved=("shop_thing.id",),
    ),
    Case("another column becomes the key", BIG, "a = IntegerField(primary_key=True)", lossy=True),
    Case(
        "a natural key becomes an ordinary column",
        "a = IntegerField(primary_key=True)",
        "a = IntegerField()",
        rows=0,
        django="the new key is made before the old one is dropped",
    ),
    Case("composite key stays", PAIR, PAIR, nothing=True),
    Case(
        "table with a composite key gets a column", PAIR, f"{PAIR}\nd = IntegerField(db_default=1)"
    ),
    Case(
        "type of a column of a composite key changes",
        PAIR,
        PAIR.replace("b = Integer", "b = BigInteger"),
    ),
    Case(
        "composite key changes its order",
        PAIR,
        PAIR.replace("'a', 'b'", "'b', 'a'"),
        django="altering a CompositePrimaryKey is not supported",
    ),
    Case(
        "column of a composite key is renamed",
        PAIR,
        PAIR.replace("'b'", "'z'").replace("b = ", "z = "),
        renames=("shop.Thing.b=z",),
    ),
    Case(
        "key becomes a composite one",
        BIG,
        """
        pk = CompositePrimaryKey('id', 'a')
        id = BigIntegerField()
        a = IntegerField()
        """,
        django="a CompositePrimaryKey cannot be added",
    ),
    Case(
        "composite key becomes a single one",
        PAIR,
        """
        a = IntegerField(primary_key=True)
        b = IntegerField()
        c = TextField(null=True)
        """,
        django="a CompositePrimaryKey cannot be removed",
    ),
]

CASES = [*CHECKS, *UNIQUE, *EXCLUSIONS, *KEYS]
