"""Changes that are refused, with the database left as it was."""

from typing import Any

from tests.database.schema.contract.case import Refusal

VALUE = "value = {}"


def retyped(story: str, old: str, new: str, *values: str, **more: Any) -> Refusal:
    """One column would get another type; ``values`` are SQL literals, one row each."""
    rows = ", ".join(f"({value})" for value in values)
    return Refusal(
        story,
        f"value = {old}",
        f"value = {new}",
        rows=f"INSERT INTO shop_thing (value) VALUES {rows}",
        **more,
    )


LOSSES = [
    Refusal(
        "column with values is dropped",
        """
        a = IntegerField()
        b = TextField()
        """,
        "a = IntegerField()",
        says=("3 values",),
        id="prodobit.E604",
    ),
    Refusal(
        "table with rows is dropped",
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            b = TextField()
        """,
        """
        class A(Model):
            a = IntegerField()
        """,
        says=("3 rows",),
        id="prodobit.E604",
    ),
    Refusal(
        "many-to-many field with links is dropped",
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            more = ManyToManyField(A)
        """,
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            pass
        """,
        says=("3 rows",),
        id="prodobit.E604",
    ),
    retyped(
        "varchar shrinks below a value",
        "CharField(max_length=30)",
        "CharField(max_length=28)",
        "repeat('é', 29)",
        "'x'",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "text becomes a varchar shorter than a value",
        "TextField()",
        "CharField(max_length=5)",
        "'123456'",
        "'1'",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "array of varchars shrinks below a value",
        "ArrayField(CharField(max_length=9))",
        "ArrayField(CharField(max_length=2))",
        "'{abc,a}'",
        "'{a}'",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "numeric becomes integer and is rounded",
        "DecimalField(max_digits=9, decimal_places=2)",
        "IntegerField()",
        "1.50",
        "2",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "numeric loses decimal places that are used",
        "DecimalField(max_digits=9, decimal_places=3)",
        "DecimalField(max_digits=9, decimal_places=2)",
        "1.505",
        "2",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "double precision becomes integer and is rounded",
        "FloatField()",
        "IntegerField()",
        "1.5",
        "2",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "timestamp becomes date and loses its time",
        "DateTimeField()",
        "DateField()",
        "'2024-02-29 12:00Z'",
        "'2024-02-29 00:00Z'",
        says=("1 ",),
        id="prodobit.E604",
    ),
    retyped(
        "integer becomes boolean and loses its number",
        "IntegerField()",
        "BooleanField()",
        "0",
        "7",
        says=("1 ",),
        id="prodobit.E604",
    ),
]

QUESTIONS = [
    Refusal(
        "column may have been renamed",
        """
        a = IntegerField()
        b = TextField()
        """,
        """
        a = IntegerField()
        c = TextField()
        """,
        says=("--rename shop.Thing.b=c",),
        rows=0,
        id="prodobit.E602",
    ),
    Refusal(
        "column with rows may have been renamed",
        """
        a = IntegerField()
        b = TextField()
        """,
        """
        a = IntegerField()
        c = TextField(null=True)
        """,
        says=("3 values",),
        id="prodobit.E604",
    ),
    Refusal(
        "table may have been renamed",
        """
        class Book(Model):
            title = TextField()
            pages = IntegerField()
        """,
        """
        class Volume(Model):
            title = TextField()
            pages = IntegerField()
        """,
        says=("--rename shop.Book=Volume",),
        id="prodobit.E602",
    ),
    Refusal(
        "NOT NULL column has no default",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField()
        """,
        says=("--fill shop.Thing.b=",),
        id="prodobit.E603",
    ),
    Refusal(
        "NOT NULL foreign key has no default",
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            b = TextField()
        """,
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            b = TextField()
            a = ForeignKey(A, CASCADE)
        """,
        says=("--fill shop.B.a=",),
        id="prodobit.E603",
    ),
    retyped(
        "NOT NULL is set on NULLs",
        "IntegerField(null=True)",
        "IntegerField()",
        "1",
        "NULL",
        "NULL",
        says=("2 ", "--fill shop.Thing.value="),
        id="prodobit.E603",
    ),
]

OBSTACLES = [
    retyped(
        "text becomes integer and a value is none",
        "TextField()",
        "IntegerField()",
        "'1'",
        "'x'",
        "''",
        says=("2 ",),
        exit_code=1,
        id="prodobit.E607",
    ),
    retyped(
        "text becomes a date and a value is none",
        "TextField()",
        "DateField()",
        "'2024-02-30'",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E607",
    ),
    retyped(
        "text becomes JSON and a value is not",
        "TextField()",
        "JSONField()",
        "'{}'",
        "'{'",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E607",
    ),
    retyped(
        "bigint becomes integer and a value is too large",
        "BigIntegerField()",
        "IntegerField()",
        "2147483648",
        "1",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E607",
    ),
    retyped(
        "numeric gets too few digits for a value",
        "DecimalField(max_digits=9, decimal_places=2)",
        "DecimalField(max_digits=4, decimal_places=2)",
        "100.00",
        "1",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E607",
    ),
    retyped(
        "integer becomes UUID",
        "IntegerField()",
        "UUIDField()",
        "1",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E607",
    ),
    retyped(
        "unique on duplicates",
        "IntegerField()",
        "IntegerField(unique=True)",
        "1",
        "1",
        "2",
        "2",
        "3",
        says=("2 ", "SELECT"),
        exit_code=1,
        id="prodobit.E605",
    ),
    retyped(
        "unsigned on a negative number",
        "IntegerField()",
        "PositiveIntegerField()",
        "-1",
        "1",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E608",
    ),
    Refusal(
        "check that rows break",
        "a = IntegerField()",
        """
        a = IntegerField()
        class Meta:
            constraints = [CheckConstraint(condition=Q(a__gt=1), name='k')]
        """,
        says=("1 ", "k"),
        exit_code=1,
        id="prodobit.E608",
    ),
    Refusal(
        "unique constraint that rows break",
        """
        a = IntegerField()
        b = IntegerField()
        """,
        """
        a = IntegerField()
        b = IntegerField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], name='u')]
        """,
        rows="INSERT INTO shop_thing (a, b) VALUES (1, 1), (1, 2)",
        says=("1 ", "SELECT"),
        exit_code=1,
        id="prodobit.E605",
    ),
    Refusal(
        "partial unique constraint that rows break",
        """
        a = IntegerField()
        b = IntegerField()
        """,
        """
        a = IntegerField()
        b = IntegerField()
        class Meta:
            constraints = [UniqueConstraint(Lower(Cast('a', TextField())), condition=Q(b__gt=0), name='u')]
        """,
        rows="INSERT INTO shop_thing (a, b) VALUES (1, 1), (1, 2), (1, 0)",
        says=("1 ", "SELECT"),
        exit_code=1,
        id="prodobit.E605",
    ),
    Refusal(
        "NULLs become equal and there are two",
        """
        a = IntegerField(null=True)
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], name='u')]
        """,
        """
        a = IntegerField(null=True)
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], name='u', nulls_distinct=False)]
        """,
        rows="INSERT INTO shop_thing (a) VALUES (NULL), (NULL)",
        says=("SELECT",),
        exit_code=1,
        id="prodobit.E605",
    ),
    Refusal(
        "exclusion constraint that rows break",
        "a = IntegerRangeField()",
        """
        a = IntegerRangeField()
        class Meta:
            constraints = [ExclusionConstraint(name='k', expressions=[('a', '&&')])]
        """,
        rows="INSERT INTO shop_thing (a) VALUES ('[1,3)'), ('[2,4)')",
        says=("k",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "foreign key that rows break",
        """
        class A(Model):
            pass
        class B(Model):
            a = BigIntegerField(db_column='a_id')
        """,
        """
        class A(Model):
            pass
        class B(Model):
            a = ForeignKey(A, CASCADE)
        """,
        rows="INSERT INTO shop_b (a_id) VALUES (77)",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E609",
    ),
    Refusal(
        "foreign key changes its target and rows have none",
        """
        class A(Model):
            pass
        class C(Model):
            pass
        class B(Model):
            a = ForeignKey(A, CASCADE)
        """,
        """
        class A(Model):
            pass
        class C(Model):
            pass
        class B(Model):
            a = ForeignKey(C, CASCADE)
        """,
        rows="INSERT INTO shop_a DEFAULT VALUES; INSERT INTO shop_b (a_id) VALUES (1)",
        says=("1 ",),
        exit_code=1,
        id="prodobit.E609",
    ),
    Refusal(
        "one answer for a unique column of three rows",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField(unique=True)
        """,
        fills=("shop.Thing.b=1",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "answer that refers to no row",
        """
        class A(Model):
            pass
        class B(Model):
            b = TextField()
        """,
        """
        class A(Model):
            pass
        class B(Model):
            b = TextField()
            a = ForeignKey(A, CASCADE)
        """,
        fills=("shop.B.a=99",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "answer that a check of Meta refuses",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField()
        class Meta:
            constraints = [CheckConstraint(condition=Q(b__gt=0), name='k')]
        """,
        fills=("shop.Thing.b=0",),
        exit_code=1,
        says=("k",),
        id="prodobit.E610",
    ),
    Refusal(
        "answer that a check refuses",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = PositiveIntegerField()
        """,
        fills=("shop.Thing.b=-1",),
        exit_code=2,
        id="prodobit.E622",
    ),
    Refusal(
        "view depends on a column that is dropped",
        """
        a = IntegerField()
        b = TextField()
        """,
        "a = IntegerField()",
        accept_data_loss=True,
        unknown="CREATE VIEW watching AS SELECT b FROM shop_thing",
        says=("watching",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "view depends on a column that changes its type",
        "a = IntegerField()",
        "a = BigIntegerField()",
        unknown="CREATE VIEW watching AS SELECT a FROM shop_thing",
        says=("watching",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "view depends on a table that is dropped",
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            b = TextField()
        """,
        """
        class A(Model):
            a = IntegerField()
        """,
        accept_data_loss=True,
        unknown="CREATE VIEW watching AS SELECT b FROM shop_b",
        says=("watching",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "foreign key of somebody else refers to a table that is dropped",
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            b = TextField()
        """,
        """
        class A(Model):
            a = IntegerField()
        """,
        accept_data_loss=True,
        unknown="CREATE TABLE theirs (b bigint REFERENCES shop_b)",
        says=("theirs",),
        exit_code=1,
        id="prodobit.E610",
    ),
    Refusal(
        "table is a view",
        """
        class A(Model):
            a = IntegerField()
        """,
        """
        class A(Model):
            a = IntegerField()
        class B(Model):
            b = TextField()
        """,
        unknown="CREATE VIEW shop_b AS SELECT 1 AS id, '' AS b",
        says=("shop_b", "view"),
        exit_code=1,
        id="prodobit.E614",
    ),
    Refusal(
        "index name is taken by somebody else",
        "a = IntegerField()",
        """
        a = IntegerField()
        class Meta:
            indexes = [Index(fields=['a'], name='theirs')]
        """,
        unknown="CREATE TABLE t (a integer); CREATE INDEX theirs ON t (a)",
        says=("theirs",),
        exit_code=1,
        id="prodobit.E610",
    ),
]

WRONG = [
    Refusal(
        "rename of a column that is not there",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField(null=True)
        """,
        renames=("shop.Thing.z=b",),
        exit_code=2,
        says=("z",),
        id="prodobit.E621",
    ),
    Refusal(
        "rename to a field that is not there",
        "a = IntegerField()",
        "a = IntegerField()",
        renames=("shop.Thing.a=z",),
        exit_code=2,
        says=("z",),
        id="prodobit.E621",
    ),
    Refusal(
        "rename of a model that is not there",
        "a = IntegerField()",
        "a = IntegerField()",
        renames=("shop.Nothing=Thing",),
        exit_code=2,
        says=("Nothing",),
        id="prodobit.E621",
    ),
    Refusal(
        "rename without a new name",
        "a = IntegerField()",
        "a = IntegerField()",
        renames=("shop.Thing.a",),
        exit_code=2,
        says=("--rename",),
        id="prodobit.E621",
    ),
    Refusal(
        "answer of another type",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField()
        """,
        fills=("shop.Thing.b=many",),
        id="prodobit.E622",
        exit_code=2,
        says=("--fill shop.Thing.b",),
    ),
    Refusal(
        "answer for a field that is not there",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField()
        """,
        fills=("shop.Thing.c=1",),
        id="prodobit.E622",
        exit_code=2,
        says=("c",),
    ),
    Refusal(
        "double quotes in a table name",
        "",
        """
        a = IntegerField()
        class Meta:
            db_table = 'a "b" c'
        """,
        rows=0,
        exit_code=1,
        says=('"',),
    ),
    Refusal(
        "double quotes in a column name",
        "a = IntegerField()",
        """
        a = IntegerField()
        b = IntegerField(null=True, db_column='x" int; --')
        """,
        rows=0,
        exit_code=1,
        says=('"',),
    ),
    Refusal(
        "double quotes in a constraint name",
        "a = IntegerField()",
        """
        a = IntegerField()
        class Meta:
            constraints = [CheckConstraint(condition=Q(a__gt=0), name='x" y')]
        """,
        exit_code=1,
        says=('"',),
    ),
]

CASES = [*LOSSES, *QUESTIONS, *OBSTACLES, *WRONG]
