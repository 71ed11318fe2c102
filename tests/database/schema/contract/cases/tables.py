"""Tables and names: made, renamed, dropped, and what has no table at all."""

from typing import Any

from tests.database.schema.contract.case import Case

BOOK = """
class Book(Model):
    title = CharField(max_length=30, unique=True)
    pages = PositiveIntegerField(db_index=True)
    class Meta:
        indexes = [Index(fields=["title", "pages"], name="book_i"), Index(Lower("title"), name="book_l")]
        constraints = [
            CheckConstraint(condition=Q(pages__lt=1000), name="book_k"),
            UniqueConstraint(fields=["pages"], condition=Q(pages__gt=5), name="book_u"),
        ]
"""
TWO = "class A(Model):\n    a = IntegerField(unique=True)\nclass B(Model):\n    b = TextField(db_index=True)\n"

TABLES = [
    Case("table is made", "", BOOK),
    Case(
        "table is made beside another",
        """
        class Thing(Model):
            a = IntegerField()
        """,
        f"class Thing(Model):\n    a = IntegerField()\n{BOOK}",
    ),
    Case(
        "table with rows is dropped",
        f"class Thing(Model):\n    a = IntegerField()\n{BOOK}",
        """
        class Thing(Model):
            a = IntegerField()
        """,
        lossy=True,
    ),
    Case(
        "empty table is dropped",
        f"class Thing(Model):\n    a = IntegerField()\n{BOOK}",
        """
        class Thing(Model):
            a = IntegerField()
        """,
        rows=0,
    ),
    Case("every table is dropped", BOOK, "", lossy=True),
    Case("table stays", BOOK, BOOK, nothing=True),
    Case(
        "table is renamed",
        BOOK,
        BOOK.replace("class Book", "class Volume"),
        renames=("shop.Book=Volume",),
    ),
    Case(
        "table is renamed and others refer to it",
        """
        class Author(Model):
            name = TextField()
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
            more = ManyToManyField(Author, related_name='+')
            parent = ForeignKey('self', CASCADE, null=True)
        """,
        """
        class Writer(Model):
            name = TextField()
        class Book(Model):
            author = ForeignKey(Writer, CASCADE)
            more = ManyToManyField(Writer, related_name='+')
            parent = ForeignKey('self', CASCADE, null=True)
        """,
        renames=("shop.Author=Writer",),
    ),
    Case(
        "table with many-to-many of itself is renamed",
        """
        class Author(Model):
            friends = ManyToManyField('self')
            heroes = ManyToManyField('self', symmetrical=False, related_name='fans')
        """,
        """
        class Writer(Model):
            friends = ManyToManyField('self')
            heroes = ManyToManyField('self', symmetrical=False, related_name='fans')
        """,
        renames=("shop.Author=Writer",),
    ),
    Case(
        "table is renamed and a new one takes its name",
        """
        class A(Model):
            a = IntegerField(unique=True)
        """,
        """
        class B(Model):
            a = IntegerField(unique=True)
        class A(Model):
            x = TextField(null=True)
        """,
        renames=("shop.A=B",),
    ),
    Case(
        "model is renamed and its table is not",
        """
        class Book(Model):
            a = IntegerField()
            class Meta:
                db_table = 'books'
        """,
        """
        class Volume(Model):
            a = IntegerField()
            class Meta:
                db_table = 'books'
        """,
        nothing=True,
        django="makemigrations has to be told, or takes it for a new one",
    ),
    Case(
        "table gets a name of its own",
        BOOK,
        BOOK + "        db_table = 'The Books of Ümläut & Ünder'\n",
        renames=("shop.Book=Book",),
    ),
    Case(
        "two tables swap their names",
        TWO,
        """
        class A(Model):
            b = TextField(db_index=True)
        class B(Model):
            a = IntegerField(unique=True)

        """,
        renames=("shop.A=B", "shop.B=A"),
    ),
    Case(
        "indexes without names follow a renamed table",
        """
        class Book(Model):
            a = IntegerField()
            class Meta:
                indexes = [Index(fields=['a'])]
        """,
        """
        class Volume(Model):
            a = IntegerField()
            class Meta:
                indexes = [Index(fields=['a'])]
        """,
        renames=("shop.Book=Volume",),
    ),
    Case(
        "names made of the model's follow a renamed table",
        """
        class Base(Model):
            a = IntegerField()
            class Meta:
                abstract = True
                indexes = [Index(fields=['a'], name='%(class)s_i')]
                constraints = [CheckConstraint(condition=Q(a__gt=0), name='%(class)s_k'), UniqueConstraint(fields=['a'], name='%(class)s_u')]
        class Book(Base):
            pass
        """,
        """
        class Base(Model):
            a = IntegerField()
            class Meta:
                abstract = True
                indexes = [Index(fields=['a'], name='%(class)s_i')]
                constraints = [CheckConstraint(condition=Q(a__gt=0), name='%(class)s_k'), UniqueConstraint(fields=['a'], name='%(class)s_u')]
        class Volume(Base):
            pass
        """,
        renames=("shop.Book=Volume",),
    ),
    Case(
        "table and column are renamed",
        """
        class Book(Model):
            title = TextField(db_index=True)
        """,
        """
        class Volume(Model):
            name = TextField(db_index=True)
        """,
        renames=("shop.Book=Volume", "shop.Volume.title=name"),
    ),
    Case(
        "table comment is made",
        "a = IntegerField()",
        """
        a = IntegerField()
        class Meta:
            db_table_comment = "it's 'new'"
        """,
    ),
    Case(
        "table comment with a percent sign is made",
        "a = IntegerField()",
        """
        a = IntegerField()
        class Meta:
            db_table_comment = '100%'
        """,
    ),
    Case(
        "table comment changes",
        """
        a = IntegerField()
        class Meta:
            db_table_comment = 'old'
        """,
        "a = IntegerField()\nclass Meta:\n    db_table_comment = 'new; --\\n'",
    ),
    Case(
        "table comment is dropped",
        """
        a = IntegerField()
        class Meta:
            db_table_comment = 'old'
        """,
        "a = IntegerField()",
    ),
    Case(
        "order of a model's fields changes",
        """
        a = IntegerField()
        b = TextField()
        """,
        """
        b = TextField()
        a = IntegerField()
        """,
        nothing=True,
    ),
    Case(
        "order_with_respect_to is set",
        """
        class A(Model):
            pass
        class B(Model):
            a = ForeignKey(A, CASCADE)
        """,
        """
        class A(Model):
            pass
        class B(Model):
            a = ForeignKey(A, CASCADE)
            class Meta:
                order_with_respect_to = 'a'
        """,
        fills=("shop.B._order=0",),
        expect={"SELECT _order FROM shop_b": [(0,)] * 3},
    ),
    Case(
        "order_with_respect_to is dropped",
        """
        class A(Model):
            pass
        class B(Model):
            a = ForeignKey(A, CASCADE)
            class Meta:
                order_with_respect_to = 'a'
        """,
        """
        class A(Model):
            pass
        class B(Model):
            a = ForeignKey(A, CASCADE)
        """,
        lossy=True,
    ),
    Case(
        "options of a model are none of the database's",
        "a = IntegerField()",
        """
        a = IntegerField()
        class Meta:
            ordering = ['a']
            verbose_name = 'thing'
            permissions = [('p', 'P')]
            get_latest_by = 'a'
        """,
        nothing=True,
    ),
    Case(
        "proxy is added",
        """
        class A(Model):
            a = IntegerField()
        """,
        """
        class A(Model):
            a = IntegerField()
        class P(A):
            class Meta:
                proxy = True
        """,
        nothing=True,
    ),
    Case(
        "proxy is dropped",
        """
        class A(Model):
            a = IntegerField()
        class P(A):
            class Meta:
                proxy = True
        """,
        """
        class A(Model):
            a = IntegerField()
        """,
        nothing=True,
    ),
    Case(
        "unmanaged model is added",
        """
        class A(Model):
            a = IntegerField()
        """,
        """
        class A(Model):
            a = IntegerField()
        class U(Model):
            u = IntegerField()
            class Meta:
                managed = False
        """,
        nothing=True,
    ),
    Case(
        "unmanaged model changes",
        """
        class A(Model):
            a = IntegerField()
        class U(Model):
            u = IntegerField()
            class Meta:
                managed = False
        """,
        """
        class A(Model):
            a = IntegerField()
        class U(Model):
            u = TextField(unique=True)
            class Meta:
                managed = False
        """,
        nothing=True,
    ),
]

COLUMNS = [
    Case(
        "column is renamed",
        """
        a = IntegerField()
        b = TextField()
        """,
        """
        a = IntegerField()
        c = TextField()
        """,
        renames=("shop.Thing.b=c",),
    ),
    Case(
        "column is renamed with all that stands on it",
        BOOK,
        BOOK.replace("title", "name").replace("pages", "leaves"),
        renames=("shop.Book.title=name", "shop.Book.pages=leaves"),
    ),
    Case(
        "column is renamed and retyped",
        "a = IntegerField(db_index=True)",
        "b = BigIntegerField(db_index=True)",
        renames=("shop.Thing.a=b",),
    ),
    Case(
        "column is renamed and becomes NOT NULL",
        "a = IntegerField(null=True)",
        "b = IntegerField(default=7)",
        renames=("shop.Thing.a=b",),
        moved=("shop_thing.a",),
        rows="INSERT INTO shop_thing (a) VALUES (1), (NULL)",
        expect={"SELECT b FROM shop_thing ORDER BY id": [(1,), (7,)]},
    ),
    Case(
        "column is renamed and another dropped",
        """
        a = IntegerField()
        b = IntegerField()
        """,
        "c = IntegerField()",
        renames=("shop.Thing.a=c",),
        lossy=True,
    ),
    Case(
        "column is renamed and another takes its name",
        "a = IntegerField()",
        """
        b = IntegerField()
        a = TextField(null=True)
        """,
        renames=("shop.Thing.a=b",),
    ),
    Case(
        "two columns swap their names",
        """
        a = IntegerField()
        b = TextField(default='x')
        """,
        """
        b = IntegerField()
        a = TextField(default='x')
        """,
        renames=("shop.Thing.a=b", "shop.Thing.b=a"),
    ),
    Case(
        "three columns are renamed in a circle",
        """
        a = IntegerField()
        b = TextField()
        c = DateField()
        """,
        """
        b = IntegerField()
        c = TextField()
        a = DateField()
        """,
        renames=("shop.Thing.a=b", "shop.Thing.b=c", "shop.Thing.c=a"),
        django="makemigrations does not ask whether a field whose name is still in use was renamed",
    ),
    Case(
        "column gets a name of its own",
        "a = IntegerField(db_index=True)",
        "a = IntegerField(db_index=True, db_column='The Ä')",
        renames=("shop.Thing.a=a",),
    ),
    Case(
        "field is renamed and its column is not",
        "a = IntegerField(db_column='x')",
        "b = IntegerField(db_column='x')",
        nothing=True,
    ),
    Case(
        "field is renamed within constraints and its column is not",
        """
        a = IntegerField(db_column='x')
        class Meta:
            constraints = [CheckConstraint(condition=Q(a__gt=0), name='k')]
            unique_together = [('a', 'id')]
        """,
        """
        b = IntegerField(db_column='x')
        class Meta:
            constraints = [CheckConstraint(condition=Q(b__gt=0), name='k')]
            unique_together = [('b', 'id')]
        """,
        nothing=True,
        django="makemigrations has to be told, or takes it for a new one",
    ),
    Case(
        "column is renamed and an index on it changes its name",
        """
        a = IntegerField()
        class Meta:
            indexes = [Index(fields=['a'], name='i')]
        """,
        """
        b = IntegerField()
        class Meta:
            indexes = [Index(fields=['b'], name='j')]
        """,
        renames=("shop.Thing.a=b",),
    ),
]

LONG = "Überaus_langer_Name_mit_sehr_vielen_Wörtern_der_nicht_in_63_Bytes_passt"
ODD = [
    ("spaces and upper case", "My Table", "My Column"),
    ("single quotes", "a 'quoted' table", "it's a column"),
    ("other letters", "таблица_表", "列 ☃ é"),
    ("dots, dollars, backslashes", "a.b$c\\d", "x.y$z\\"),
    ("reserved words", "select", "table"),
    ("more than 63 bytes", LONG, LONG[1:]),
]


def odd(name: str, table: str, column: str) -> list[Case]:
    """A table, a column, an index and constraints of odd names are made, altered and dropped."""

    def models(kind: str, extra: str = "", names: str = "") -> str:
        return f"""
class Thing(Model):
    a = {kind}(db_column={column!r}, unique=True, db_index=False, default=0)
    b = CharField(max_length=9, default='b', db_column={column[:1] + column[:20]!r}, db_index=True)
    {extra}
    class Meta:
        db_table = {table!r}
        db_table_comment = 'odd'
        constraints = [
            CheckConstraint(condition=Q(a__gte=0), name={(names + "k " + column)!r}),
            UniqueConstraint(fields=['a', 'b'], name={(names + "u " + column)!r}),
        ]
        indexes = [Index(fields=['a', 'b'], name={(names + "i " + column)[:30].strip()!r})]
"""

    def quoted(text: str) -> str:
        return '"' + text.encode()[:63].decode(errors="ignore").replace('"', '""') + '"'

    insert = f"INSERT INTO {quoted(table)} ({quoted(column)}, {quoted(column[:1] + column[:20])}) VALUES (1, 'x'), (2, 'y')"
    return [
        Case(f"table with {name} is made", "", models("IntegerField")),
        Case(
            f"table with {name} stays",
            models("IntegerField"),
            models("IntegerField"),
            nothing=True,
            rows=insert,
        ),
        Case(
            f"table with {name} is altered",
            models("IntegerField"),
            models("BigIntegerField", "c = TextField(null=True)", "n"),
            rows=insert,
        ),
        Case(
            f"table with {name} is renamed",
            models("IntegerField"),
            models("IntegerField")
            .replace("class Thing", "class Other")
            .replace(f"db_table = {table!r}", "db_table = 'other'"),
            renames=("shop.Thing=Other",),
            rows=insert,
        ),
        Case(
            f"table with {name} is dropped",
            models("IntegerField") + "class Else(Model):\n    pass",
            """
            class Else(Model):
                pass
            """,
            lossy=True,
            rows=insert,
        ),
    ]


CONSTRAINTS = """
CheckConstraint(condition=Q(a__gte=0), name="under 100%% %%s 'k'"),
UniqueConstraint(fields=["a"], name="50%% %%(a)s"),
UniqueConstraint(Lower("b"), name="50%% l"),
ExclusionConstraint(expressions=[("a", "=")], name="Ausschluß 1%%"),
""".replace("\n", "")


def named(story: str, old: str, new: str, **more: Any) -> Case:
    """``Meta.constraints`` with odd names changes."""
    body = "a = IntegerField()\nb = CharField(max_length=40)\nclass Meta:\n    constraints = [{}]"
    return Case(story, body.format(old), body.format(new), **more)


NAMES = [
    named(
        "constraints with percent signs are made",
        "",
        CONSTRAINTS,
        django="migrate takes a percent sign in a name for a placeholder",
    ),
    named("constraints with percent signs stay", CONSTRAINTS, CONSTRAINTS, nothing=True),
    named(
        "constraints with percent signs are dropped",
        CONSTRAINTS,
        "",
        django="migrate takes a percent sign in a name for a placeholder",
    ),
    named(
        "constraints with percent signs are renamed",
        CONSTRAINTS,
        CONSTRAINTS.replace("0%% ", "1%% "),
        django="migrate takes a percent sign in a name for a placeholder",
    ),
    *(case for odd_name in ODD for case in odd(*odd_name)),
]

CASES = [*TABLES, *COLUMNS, *NAMES]
