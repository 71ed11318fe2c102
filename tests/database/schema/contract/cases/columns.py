"""Columns: added, retyped, NULL and NOT NULL, defaults, collations, comments, generated, dropped."""

from typing import Any

from tests.database.schema.contract.case import Case


def retyped(story: str, old: str, new: str, *values: str, **more: Any) -> Case:
    """One column of one table gets another type; ``values`` are SQL literals, one row each."""
    rows = ", ".join(f"({value})" for value in values)
    return Case(
        story,
        f"value = {old}",
        f"value = {new}",
        rows=f"INSERT INTO shop_thing (value) VALUES {rows}" if values else 3,
        **more,
    )


def added(story: str, definition: str, expected: list[Any], **more: Any) -> Case:
    """A column ``value`` is added to a table of three rows; ``expected`` is what they then hold."""
    return Case(
        story,
        "number = IntegerField()",
        f"number = IntegerField()\nvalue = {definition}",
        expect={"SELECT value FROM shop_thing ORDER BY id": [(value,) for value in expected]},
        **more,
    )


def same(story: str, old: str, new: str, **more: Any) -> Case:
    """A field changes in a way that is none of the database's business."""
    return Case(story, f"value = {old}", f"value = {new}", nothing=True, **more)


ADDED = [
    added("nullable text is added", "TextField(null=True)", [None, None, None]),
    added(
        "nullable column with a default is added", "IntegerField(null=True, default=7)", [7, 7, 7]
    ),
    added("NOT NULL with a default is added", "IntegerField(default=7)", [7, 7, 7]),
    added(
        "NOT NULL with a default of percent signs is added",
        "TextField(default='5% %s %(a)s')",
        ["5% %s %(a)s"] * 3,
    ),
    added(
        "NOT NULL with a default of quotes is added",
        "TextField(default='it\\'s \"so\"\\\\')",
        ['it\'s "so"\\'] * 3,
    ),
    added(
        "blank text without a default is added", "TextField(blank=True, default='')", ["", "", ""]
    ),
    added(
        "NOT NULL with an answer is added",
        "IntegerField()",
        [42, 42, 42],
        fills=("shop.Thing.value=42",),
    ),
    added(
        "NOT NULL text with an answer is added",
        "CharField(max_length=20)",
        ["a = 'b', 5%"] * 3,
        fills=("shop.Thing.value=a = 'b', 5%",),
    ),
    added(
        "NOT NULL unique-less boolean with an answer is added",
        "BooleanField()",
        [True] * 3,
        fills=("shop.Thing.value=True",),
    ),
    added("db_default number is added", "IntegerField(db_default=3)", [3, 3, 3]),
    added(
        "db_default negative number is added",
        "DecimalField(max_digits=6, decimal_places=2, db_default=Decimal('-1.50'))",
        [-1.5, -1.5, -1.5],
    ),
    added(
        "db_default text with quotes and percent is added",
        'TextField(db_default="it\'s 100% \\\\ so")',
        ["it's 100% \\ so"] * 3,
    ),
    added("db_default boolean is added", "BooleanField(db_default=True)", [True] * 3),
    added(
        "db_default JSON is added",
        "JSONField(db_default=Value({'a': [1, None]}, JSONField()))",
        ['{"a": [1, null]}'] * 3,
    ),
    added(
        "db_default array is added", "ArrayField(IntegerField(), db_default=[1, 2])", [[1, 2]] * 3
    ),
    added(
        "db_default empty array is added",
        "ArrayField(TextField(), default=list, db_default=[])",
        [[]] * 3,
    ),
    added(
        "db_default expression is added", "IntegerField(db_default=Value(2) + Value(3))", [5, 5, 5]
    ),
    added("db_default function is added", "TextField(db_default=Upper(Value('ab')))", ["AB"] * 3),
    added(
        "generated column is added",
        "GeneratedField(expression=F('number') * 2, output_field=IntegerField(), db_persist=True)",
        [2, 4, 6],
    ),
    added(
        "generated text column is added",
        "GeneratedField(expression=Concat(Value('n%'), Cast('number', TextField()), output_field=TextField()), output_field=TextField(), db_persist=True)",
        ["n%1", "n%2", "n%3"],
    ),
    Case(
        "db_default of the clock is added",
        "number = IntegerField()",
        """
        number = IntegerField()
        value = DateTimeField(db_default=Now())
        """,
        expect={"SELECT count(value), count(DISTINCT value) FROM shop_thing": [(3, 1)]},
    ),
    Case(
        "db_default of random values is added",
        "number = IntegerField()",
        """
        number = IntegerField()
        value = UUIDField(db_default=Func(function='gen_random_uuid'))
        """,
        expect={"SELECT count(value), count(DISTINCT value) FROM shop_thing": [(3, 3)]},
    ),
    Case(
        "unique nullable column is added",
        "number = IntegerField()",
        """
        number = IntegerField()
        value = CharField(max_length=9, unique=True, null=True)
        """,
    ),
    Case(
        "several columns are added at once",
        "number = IntegerField()",
        """
        number = IntegerField()
        at = DateField(null=True)
        size = PositiveSmallIntegerField(default=1)
        tags = ArrayField(CharField(max_length=5), null=True)
        data = JSONField(default=dict)
        raw = BinaryField(null=True)
        key = UUIDField(null=True, unique=True)
        """,
        expect={"SELECT size, data::text, tags FROM shop_thing": [(1, "{}", None)] * 3},
    ),
]

RETYPED = [
    retyped(
        "varchar grows",
        "CharField(max_length=28)",
        "CharField(max_length=30)",
        "'x'",
        "repeat('é', 28)",
    ),
    retyped(
        "varchar shrinks and every value fits",
        "CharField(max_length=30)",
        "CharField(max_length=28)",
        "'x'",
        "repeat('é', 28)",
    ),
    retyped("varchar becomes text", "CharField(max_length=30)", "TextField()", "'x'", "''"),
    retyped(
        "text becomes varchar and every value fits",
        "TextField()",
        "CharField(max_length=5)",
        "'x'",
        "'12345'",
        "''",
    ),
    retyped("varchar loses its limit", "CharField(max_length=5)", "CharField()", "'12345'"),
    retyped(
        "varchar gets a limit that every value keeps",
        "CharField()",
        "CharField(max_length=5)",
        "'12345'",
    ),
    retyped(
        "char field becomes a slug with a LIKE index",
        "CharField(max_length=50)",
        "SlugField()",
        "'a-b'",
        "'c'",
    ),
    retyped(
        "slug becomes a plain char field", "SlugField()", "CharField(max_length=50)", "'a-b'", "'c'"
    ),
    retyped("smallint becomes integer", "SmallIntegerField()", "IntegerField()", "-32768", "32767"),
    retyped(
        "integer becomes bigint", "IntegerField()", "BigIntegerField()", "-2147483648", "2147483647"
    ),
    retyped(
        "bigint becomes integer and every value fits",
        "BigIntegerField()",
        "IntegerField()",
        "-2147483648",
        "7",
    ),
    retyped(
        "integer becomes numeric",
        "IntegerField()",
        "DecimalField(max_digits=12, decimal_places=2)",
        "-3",
        "7",
    ),
    retyped(
        "numeric becomes integer and nothing is rounded",
        "DecimalField(max_digits=12, decimal_places=2)",
        "IntegerField()",
        "-3.00",
        "7",
    ),
    retyped(
        "numeric gets more digits",
        "DecimalField(max_digits=5, decimal_places=2)",
        "DecimalField(max_digits=9, decimal_places=3)",
        "-3.25",
        "999.99",
    ),
    retyped(
        "numeric gets fewer digits and nothing is rounded",
        "DecimalField(max_digits=9, decimal_places=3)",
        "DecimalField(max_digits=5, decimal_places=2)",
        "-3.250",
        "999.990",
    ),
    retyped(
        "numeric loses its limits",
        "DecimalField(max_digits=9, decimal_places=3)",
        "DecimalField()",
        "-3.250",
    ),
    retyped("integer becomes double precision", "IntegerField()", "FloatField()", "-3", "7"),
    retyped("integer becomes text", "IntegerField()", "TextField()", "-3", "7"),
    retyped(
        "integer becomes varchar", "IntegerField()", "CharField(max_length=11)", "-2147483648", "7"
    ),
    retyped(
        "text becomes integer and every value is one",
        "TextField()",
        "IntegerField()",
        "'-3'",
        "' 7 '",
    ),
    retyped(
        "text becomes numeric and every value is one",
        "CharField(max_length=9)",
        "DecimalField(max_digits=5, decimal_places=2)",
        "'-3.25'",
        "'7'",
    ),
    retyped(
        "text becomes a date and every value is one",
        "TextField()",
        "DateField()",
        "'2024-02-29'",
        "'2000-01-01'",
    ),
    retyped(
        "text becomes a boolean and every value is one",
        "TextField()",
        "BooleanField()",
        "'yes'",
        "'f'",
    ),
    retyped(
        "text becomes a UUID and every value is one",
        "CharField(max_length=36)",
        "UUIDField()",
        "'00000000-0000-0000-0000-00000000000a'",
    ),
    retyped(
        "text becomes JSON and every value is",
        "TextField()",
        "JSONField()",
        "'{\"a\": [1, null]}'",
        "'7'",
    ),
    retyped(
        "text becomes an array and every value is one",
        "TextField()",
        "ArrayField(IntegerField())",
        "'{1,2}'",
        "'{}'",
    ),
    retyped(
        "text becomes an address and every value is one",
        "TextField()",
        "GenericIPAddressField()",
        "'10.0.0.1'",
        "'::1'",
    ),
    retyped("UUID becomes text", "UUIDField()", "CharField(max_length=36)"),
    retyped("JSON becomes text", "JSONField()", "TextField()"),
    retyped("date becomes timestamp", "DateField()", "DateTimeField()", "'2024-02-29'"),
    retyped(
        "timestamp at midnight becomes date",
        "DateTimeField()",
        "DateField()",
        "'2024-02-29 00:00:00+00'",
    ),
    retyped("boolean becomes integer", "BooleanField()", "IntegerField()", "true", "false"),
    retyped(
        "integer becomes boolean and nothing is lost", "IntegerField()", "BooleanField()", "1", "0"
    ),
    retyped("boolean becomes text", "BooleanField()", "CharField(max_length=5)", "true", "false"),
    retyped("text becomes bytes", "TextField()", "BinaryField()", "'abc'", "''"),
    retyped(
        "array of integers becomes array of bigints",
        "ArrayField(IntegerField())",
        "ArrayField(BigIntegerField())",
        "'{1,NULL,3}'",
        "'{}'",
    ),
    retyped(
        "array of varchars grows",
        "ArrayField(CharField(max_length=2))",
        "ArrayField(CharField(max_length=9))",
        "'{ab,NULL}'",
    ),
    retyped(
        "array of varchars becomes array of text",
        "ArrayField(CharField(max_length=2))",
        "ArrayField(TextField())",
        "'{ab,NULL}'",
    ),
    retyped(
        "array gets a size, which PostgreSQL does not keep",
        "ArrayField(IntegerField())",
        "ArrayField(IntegerField(), size=2)",
        "'{1,2}'",
        nothing=True,
    ),
    retyped(
        "text becomes hstore and every value is", "TextField()", "HStoreField()", "'a=>1, b=>NULL'"
    ),
    retyped("integer becomes unsigned", "IntegerField()", "PositiveIntegerField()", "0", "7"),
    retyped("unsigned becomes signed", "PositiveIntegerField()", "IntegerField()", "0", "7"),
    retyped(
        "unsigned smallint becomes unsigned bigint",
        "PositiveSmallIntegerField()",
        "PositiveBigIntegerField()",
        "0",
        "7",
    ),
    retyped(
        "signed smallint becomes unsigned integer",
        "SmallIntegerField()",
        "PositiveIntegerField()",
        "0",
        "7",
    ),
    retyped("NOT NULL is dropped", "IntegerField()", "IntegerField(null=True)", "1"),
    retyped(
        "NOT NULL is set where no NULL is",
        "IntegerField(null=True)",
        "IntegerField()",
        "1",
        fills=("shop.Thing.value=0",),
    ),
    retyped(
        "NOT NULL is set on text where no NULL is",
        "TextField(null=True)",
        "TextField(default='')",
        "'a'",
    ),
    Case(
        "NOT NULL is set with a default for the NULLs",
        "value = IntegerField(null=True)",
        "value = IntegerField(default=9)",
        moved=("shop_thing.value",),
        rows="INSERT INTO shop_thing (value) VALUES (1), (NULL)",
        expect={"SELECT value FROM shop_thing ORDER BY id": [(1,), (9,)]},
    ),
    Case(
        "NOT NULL is set with an answer for the NULLs",
        "value = IntegerField(null=True)",
        "value = IntegerField()",
        moved=("shop_thing.value",),
        fills=("shop.Thing.value=9",),
        rows="INSERT INTO shop_thing (value) VALUES (1), (NULL)",
        expect={"SELECT value FROM shop_thing ORDER BY id": [(1,), (9,)]},
    ),
    Case(
        "NOT NULL is set with a db_default for the NULLs",
        "value = IntegerField(null=True)",
        "value = IntegerField(db_default=9)",
        moved=("shop_thing.value",),
        rows="INSERT INTO shop_thing (value) VALUES (1), (NULL)",
        expect={"SELECT value FROM shop_thing ORDER BY id": [(1,), (9,)]},
    ),
    Case(
        "type and NOT NULL change at once",
        "value = TextField(null=True)",
        "value = IntegerField(default=9)",
        moved=("shop_thing.value",),
        rows="INSERT INTO shop_thing (value) VALUES ('1'), (NULL)",
        expect={"SELECT value FROM shop_thing ORDER BY id": [(1,), (9,)]},
    ),
    retyped(
        "type and default change at once",
        "IntegerField(db_default=1)",
        "TextField(db_default='one')",
        "1",
        "7",
    ),
    retyped(
        "type changes under a default that cannot be cast",
        "TextField(db_default='none')",
        "IntegerField(db_default=0)",
        "'1'",
        "'7'",
        django="migrate does not drop the old default before the type changes",
    ),
    retyped(
        "type changes under a default that stays",
        "IntegerField(db_default=1)",
        "BigIntegerField(db_default=1)",
        "1",
        "7",
    ),
    retyped(
        "type and comment change at once",
        "IntegerField(db_comment='old')",
        'BigIntegerField(db_comment="it\'s 100% new")',
        "1",
    ),
    retyped(
        "type changes under an index",
        "IntegerField(db_index=True)",
        "BigIntegerField(db_index=True)",
        "1",
    ),
    retyped(
        "type changes under a unique constraint",
        "IntegerField(unique=True)",
        "TextField(unique=True)",
        "1",
        "2",
        django="migrate makes no LIKE index for a column that was unique before it was text",
    ),
    retyped(
        "text becomes a number under a LIKE index",
        "CharField(max_length=9, db_index=True)",
        "IntegerField(db_index=True)",
        "'1'",
    ),
    retyped(
        "a column of NULLs alone changes to any type",
        "IntegerField(null=True)",
        "TextField(null=True)",
        "NULL",
        "NULL",
    ),
]

DEFAULTS = [
    retyped("db_default is set", "IntegerField()", "IntegerField(db_default=5)"),
    retyped("db_default changes", "IntegerField(db_default=5)", "IntegerField(db_default=6)"),
    retyped("db_default is dropped", "IntegerField(db_default=5)", "IntegerField()"),
    retyped(
        "db_default becomes a Python default",
        "IntegerField(db_default=5)",
        "IntegerField(default=5)",
    ),
    retyped(
        "db_default of text changes by a percent sign",
        "TextField(db_default='100')",
        "TextField(db_default='100%')",
    ),
    retyped(
        "db_default becomes an expression",
        "TextField(db_default='AB')",
        "TextField(db_default=Upper(Value('ab')))",
    ),
    retyped("db_default becomes the clock", "DateTimeField()", "DateTimeField(db_default=Now())"),
    retyped("db_default is the empty text", "TextField()", "TextField(db_default='')"),
    retyped(
        "db_default of JSON changes",
        "JSONField(db_default=Value({}, JSONField()))",
        "JSONField(db_default=Value([], JSONField()))",
        django="makemigrations takes two empty values for the same",
    ),
    retyped(
        "db_default of a date is set", "DateField()", "DateField(db_default=date(2024, 2, 29))"
    ),
    retyped(
        "db_default of a duration is set",
        "DurationField()",
        "DurationField(db_default=timedelta(days=1))",
    ),
    retyped(
        "db_default with several lines is set",
        "TextField()",
        "TextField(db_default='a\\nb;\\n-- c')",
    ),
]

EVERYTHING = """
        text = TextField(db_default="it's 100%", db_comment="what's 100%?")
        number = DecimalField(max_digits=5, decimal_places=2, db_default=Decimal("-1.50"))
        flag = BooleanField(db_default=False)
        at = DateTimeField(db_default=Now())
        day = DateField(db_default=date(2024, 2, 29))
        span = DurationField(db_default=timedelta(hours=1))
        data = JSONField(db_default=Value({"a": [1, None]}, JSONField()))
        tags = ArrayField(CharField(max_length=5), db_default=Value([], ArrayField(CharField(max_length=5))))
        key = UUIDField(db_default=Func(function="gen_random_uuid"))
        double = GeneratedField(expression=F("number") * 2, output_field=DecimalField(max_digits=9, decimal_places=2), db_persist=True)
        lower = GeneratedField(expression=Lower("text"), output_field=TextField(), db_persist=True)
        raw = BinaryField(db_default=b"\\x00%")
        time = TimeField(db_default=time(1, 2, 3))
        real = FloatField(db_default=1.5)
        big = BigIntegerField(db_default=-9000000000)
        word = CharField(max_length=9, db_collation="C")
        slug = SlugField(unique=True)
        net = GenericIPAddressField(db_default="10.0.0.1")
        small = PositiveSmallIntegerField(db_default=1)

        class Meta:
            db_table_comment = "100% 'things'"
"""

SAME = [
    same("a Python default is none of the database's", "IntegerField()", "IntegerField(default=5)"),
    same(
        "labels, help and choices are none of the database's",
        "CharField(max_length=9)",
        "CharField('name', max_length=9, help_text='?', choices=[('a', 'A')], blank=True, editable=False)",
    ),
    same(
        "char field of the same length is the same",
        "CharField(max_length=200)",
        "URLField(max_length=200)",
    ),
    same("email is a varchar", "EmailField()", "CharField(max_length=254)"),
    same("file is a varchar", "FileField()", "CharField(max_length=100)"),
    same(
        "a date that fills itself is a date",
        "DateField()",
        "DateField(auto_now_add=True)",
        moved=(),
    ),
    same(
        "a default function written otherwise is the same",
        "IntegerField(db_default=Value(2) + Value(3))",
        "IntegerField(db_default=Value(2) + Value(3))",
    ),
    same(
        "a decimal default written otherwise is the same",
        "DecimalField(max_digits=5, decimal_places=2, db_default=Decimal('1.5'))",
        "DecimalField(max_digits=5, decimal_places=2, db_default=Decimal('1.5'))",
    ),
    Case("everything stays as it is", EVERYTHING, EVERYTHING, nothing=True),
]

COLLATIONS = [
    retyped(
        "collation is set",
        "CharField(max_length=9)",
        'CharField(max_length=9, db_collation="C")',
        "'a'",
        "'B'",
    ),
    retyped(
        "collation changes", 'TextField(db_collation="C")', 'TextField(db_collation="POSIX")', "'a'"
    ),
    retyped("collation is dropped", 'TextField(db_collation="C")', "TextField()", "'a'"),
    retyped(
        "collation and length change",
        'CharField(max_length=5, db_collation="C")',
        'CharField(max_length=9, db_collation="POSIX")',
        "'a'",
    ),
    retyped(
        "collation changes under an index",
        'CharField(max_length=9, db_collation="C", db_index=True)',
        'CharField(max_length=9, db_collation="POSIX", db_index=True)',
        "'a'",
    ),
    retyped(
        "collated text becomes a number", 'TextField(db_collation="C")', "IntegerField()", "'1'"
    ),
]

COMMENTS = [
    retyped(
        "comment is made",
        "IntegerField()",
        "IntegerField(db_comment=\"it's 100% 'new'\")",
    ),
    retyped(
        "comment changes",
        "IntegerField(db_comment='old')",
        "IntegerField(db_comment='new\\nline; --')",
    ),
    retyped("comment is dropped", "IntegerField(db_comment='old')", "IntegerField()"),
    Case(
        "column with a comment is added",
        "number = IntegerField()",
        """
        number = IntegerField()
        value = TextField(null=True, db_comment='100%')
        """,
    ),
]

GENERATED = [
    Case(
        "expression of a generated column changes",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 3, output_field=IntegerField(), db_persist=True)
        """,
        moved=("shop_thing.value",),
        expect={"SELECT n, value FROM shop_thing ORDER BY id": [(1, 3), (2, 6), (3, 9)]},
        django="modifying a GeneratedField is not supported",
    ),
    Case(
        "type of a generated column changes",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=BigIntegerField(), db_persist=True)
        """,
    ),
    Case(
        "type of a generated column's source changes",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=BigIntegerField(), db_persist=True)
        """,
        """
        n = BigIntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=BigIntegerField(), db_persist=True)
        """,
        django="PostgreSQL refuses to change the type of a column that a generated one uses",
    ),
    Case(
        "source of a generated column is renamed",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        """
        m = IntegerField()
        value = GeneratedField(expression=F('m') * 2, output_field=IntegerField(), db_persist=True)
        """,
        renames=("shop.Thing.n=m",),
        django="modifying a GeneratedField is not supported",
    ),
    Case(
        "generated column is renamed",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        """
        n = IntegerField()
        double = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        renames=("shop.Thing.value=double",),
    ),
    Case(
        "generated column is dropped",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        "n = IntegerField()",
    ),
    Case(
        "generated column and its source are dropped",
        """
        k = IntegerField()
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        "k = IntegerField()",
        lossy=True,
    ),
    Case(
        "generated column becomes an ordinary one",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True)
        """,
        """
        n = IntegerField()
        value = IntegerField(null=True)
        """,
        django="modifying a GeneratedField is not supported",
    ),
    Case(
        "generated column has an index and a comment",
        "n = IntegerField()",
        """
        n = IntegerField()
        value = GeneratedField(expression=F('n') * 2, output_field=IntegerField(), db_persist=True, db_index=True, db_comment='twice')
        """,
    ),
]

DROPPED = [
    Case(
        "column with values is dropped",
        """
        a = IntegerField()
        b = TextField()
        """,
        "a = IntegerField()",
        lossy=True,
    ),
    Case(
        "column of an empty table is dropped",
        """
        a = IntegerField()
        b = TextField()
        """,
        "a = IntegerField()",
        rows=0,
    ),
    Case(
        "column of NULLs is dropped",
        """
        a = IntegerField()
        b = TextField(null=True)
        """,
        "a = IntegerField()",
        rows="INSERT INTO shop_thing (a) VALUES (1), (2)",
    ),
    Case(
        "column with an index, a unique constraint and a check is dropped",
        """
        a = IntegerField()
        b = PositiveIntegerField(unique=True)
        c = SlugField()
        """,
        "a = IntegerField()",
        lossy=True,
    ),
    Case(
        "column with a default and a comment is dropped",
        """
        a = IntegerField()
        b = IntegerField(db_default=1, db_comment='b')
        """,
        "a = IntegerField()",
        lossy=True,
    ),
    Case(
        "column is dropped and another added, and it is no rename",
        """
        a = IntegerField()
        b = TextField()
        """,
        """
        a = IntegerField()
        c = IntegerField(null=True)
        """,
        lossy=True,
    ),
    Case(
        "all columns but the key are dropped",
        """
        a = IntegerField()
        b = TextField()
        """,
        "pass",
        lossy=True,
    ),
]

CASES = [*ADDED, *RETYPED, *DEFAULTS, *SAME, *COLLATIONS, *COMMENTS, *GENERATED, *DROPPED]
