"""Foreign keys, one-to-one and many-to-many fields, and inheritance between tables."""

import textwrap
from typing import Any

from tests.database.schema.contract.case import Case

AUTHOR = """
class Author(Model):
    name = CharField(max_length=30, unique=True)
"""
EDITOR = """
class Editor(Model):
    name = CharField(max_length=30)
"""


def related(story: str, old: str, new: str, **more: Any) -> Case:
    """The body of ``Book``, which may refer to ``Author`` and ``Editor``, changes."""
    return Case(story, _library(old), _library(new), **more)


def _library(body: str) -> str:
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return f"{AUTHOR}\n{EDITOR}\nclass Book(Model):\n    title = TextField()\n{lines}\n"


FOREIGN_KEYS = [
    related("foreign key is added", "", "author = ForeignKey(Author, CASCADE, null=True)"),
    related(
        "NOT NULL foreign key is added with an answer",
        "",
        "author = ForeignKey(Author, CASCADE)",
        fills=("shop.Book.author=1",),
        expect={"SELECT author_id FROM shop_book": [(1,)] * 3},
    ),
    related("foreign key is dropped", "author = ForeignKey(Author, CASCADE)", "", lossy=True),
    related(
        "foreign key of NULLs is dropped",
        "author = ForeignKey(Author, CASCADE, null=True)",
        "",
        rows="INSERT INTO shop_book (title) VALUES ('a')",
    ),
    related(
        "foreign key stays",
        """
        author = ForeignKey(Author, DB_CASCADE)
        editor = OneToOneField(Editor, DB_SET_NULL, null=True)
        other = ForeignKey('self', SET_NULL, null=True, db_constraint=False)
        """,
        """
        author = ForeignKey(Author, DB_CASCADE)
        editor = OneToOneField(Editor, DB_SET_NULL, null=True)
        other = ForeignKey('self', SET_NULL, null=True, db_constraint=False)
        """,
        nothing=True,
    ),
    related(
        "foreign key is renamed",
        "author = ForeignKey(Author, CASCADE)",
        "writer = ForeignKey(Author, CASCADE)",
        renames=("shop.Book.author=writer",),
    ),
    related(
        "foreign key becomes nullable",
        "author = ForeignKey(Author, CASCADE)",
        "author = ForeignKey(Author, CASCADE, null=True)",
    ),
    related(
        "foreign key becomes NOT NULL",
        "author = ForeignKey(Author, CASCADE, null=True)",
        "author = ForeignKey(Author, CASCADE)",
        rows="INSERT INTO shop_author (name) VALUES ('a'); INSERT INTO shop_book (title, author_id) VALUES ('b', 1)",
        fills=("shop.Book.author=1",),
    ),
    related(
        "foreign key changes its target",
        "author = ForeignKey(Author, CASCADE)",
        "author = ForeignKey(Editor, CASCADE)",
    ),
    related(
        "foreign key becomes one-to-one",
        "author = ForeignKey(Author, CASCADE)",
        "author = OneToOneField(Author, CASCADE)",
    ),
    related(
        "one-to-one becomes a foreign key",
        "author = OneToOneField(Author, CASCADE)",
        "author = ForeignKey(Author, CASCADE)",
    ),
    related(
        "foreign key loses its constraint",
        "author = ForeignKey(Author, CASCADE)",
        "author = ForeignKey(Author, CASCADE, db_constraint=False)",
    ),
    related(
        "foreign key gets its constraint",
        "author = ForeignKey(Author, CASCADE, db_constraint=False)",
        "author = ForeignKey(Author, CASCADE)",
    ),
    related(
        "foreign key loses its index",
        "author = ForeignKey(Author, CASCADE)",
        "author = ForeignKey(Author, CASCADE, db_index=False)",
    ),
    related(
        "foreign key gets its index",
        "author = ForeignKey(Author, CASCADE, db_index=False)",
        "author = ForeignKey(Author, CASCADE)",
    ),
    related(
        "deletion moves to the database",
        "author = ForeignKey(Author, CASCADE)",
        "author = ForeignKey(Author, DB_CASCADE)",
    ),
    related(
        "deletion leaves the database",
        "author = ForeignKey(Author, DB_CASCADE)",
        "author = ForeignKey(Author, PROTECT)",
    ),
    related(
        "deletion sets NULL in the database",
        "author = ForeignKey(Author, DB_CASCADE, null=True)",
        "author = ForeignKey(Author, DB_SET_NULL, null=True)",
    ),
    related(
        "deletion sets the default in the database",
        "author = ForeignKey(Author, CASCADE, db_default=1)",
        "author = ForeignKey(Author, DB_SET_DEFAULT, db_default=1)",
    ),
    related(
        "deletion changes in Python alone",
        "author = ForeignKey(Author, CASCADE)",
        "author = ForeignKey(Author, RESTRICT, related_name='works')",
        nothing=True,
    ),
    related(
        "foreign key refers to another column",
        "author = ForeignKey(Author, CASCADE, null=True)",
        "author = ForeignKey(Author, CASCADE, to_field='name', null=True)",
        rows="INSERT INTO shop_book (title) VALUES ('a')",
        django="migrate makes no LIKE index for a column that was indexed before it was text",
    ),
    related(
        "foreign key to a text column stays",
        "author = ForeignKey(Author, CASCADE, to_field='name')",
        "author = ForeignKey(Author, CASCADE, to_field='name')",
        nothing=True,
    ),
    related(
        "foreign key becomes a number",
        "author = ForeignKey(Author, CASCADE)",
        "author = BigIntegerField(db_column='author_id')",
    ),
    related(
        "number becomes a foreign key",
        "author = BigIntegerField(db_column='author_id')",
        "author = ForeignKey(Author, CASCADE)",
        rows="INSERT INTO shop_author (name) VALUES ('a'); INSERT INTO shop_book (title, author_id) VALUES ('b', 1)",
    ),
    related(
        "integer becomes a foreign key to bigint",
        "author_id = IntegerField()",
        "author = ForeignKey(Author, CASCADE)",
        rows="INSERT INTO shop_author (name) VALUES ('a'); INSERT INTO shop_book (title, author_id) VALUES ('b', 1)",
    ),
    related(
        "foreign key to itself is added", "", "parent = ForeignKey('self', SET_NULL, null=True)"
    ),
    related(
        "foreign key with a comment and a default",
        "",
        "author = ForeignKey(Author, DB_CASCADE, db_default=1, db_comment='who?')",
        expect={"SELECT author_id FROM shop_book": [(1,)] * 3},
    ),
    related(
        "two foreign keys swap their targets",
        """
        author = ForeignKey(Author, CASCADE)
        editor = ForeignKey(Editor, CASCADE)
        """,
        """
        author = ForeignKey(Editor, CASCADE, related_name='a')
        editor = ForeignKey(Author, CASCADE, related_name='b')
        """,
    ),
    related(
        "foreign key, index, check and unique on one column are dropped",
        """
        author = ForeignKey(Author, CASCADE)
        class Meta:
            indexes = [Index(fields=['author', 'title'], name='i')]
            constraints = [UniqueConstraint(fields=['author', 'title'], name='u'), CheckConstraint(condition=Q(author__gt=0), name='k')]
        """,
        "",
        lossy=True,
    ),
    related(
        "foreign key to a table of another app is added",
        "",
        "user = ForeignKey('auth.User', CASCADE, null=True)",
        uses=("contenttypes", "auth"),
    ),
    related(
        "foreign key to a table of another app is dropped",
        "user = ForeignKey('auth.User', CASCADE, null=True)",
        "",
        uses=("contenttypes", "auth"),
        rows="INSERT INTO shop_book (title) VALUES ('a')",
    ),
    related(
        "generic foreign key is added",
        "",
        """
        kind = ForeignKey('contenttypes.ContentType', CASCADE, null=True)
        number = PositiveBigIntegerField(null=True)
        object = GenericForeignKey('kind', 'number')
        class Meta:
            indexes = [Index(fields=['kind', 'number'], name='i')]
        """,
        uses=("contenttypes",),
    ),
    Case(
        "two new tables refer to each other",
        "",
        """
        class Author(Model):
            best = ForeignKey('Book', SET_NULL, null=True, related_name='+')
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
    ),
    Case(
        "two tables that refer to each other are dropped",
        """
        class Author(Model):
            best = ForeignKey('Book', SET_NULL, null=True, related_name='+')
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        class Thing(Model):
            a = IntegerField()
        """,
        """
        class Thing(Model):
            a = IntegerField()
        """,
        rows=0,
    ),
    Case(
        "two tables begin to refer to each other",
        """
        class Author(Model):
            name = TextField()
        class Book(Model):
            title = TextField()
        """,
        """
        class Author(Model):
            name = TextField()
            best = ForeignKey('Book', SET_NULL, null=True, related_name='+')
        class Book(Model):
            title = TextField()
            author = ForeignKey(Author, CASCADE, null=True)
        """,
    ),
    Case(
        "key that others refer to grows",
        """
        class Author(Model):
            id = AutoField(primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
            more = ManyToManyField(Author, related_name='+')
        """,
        """
        class Author(Model):
            id = BigAutoField(primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
            more = ManyToManyField(Author, related_name='+')
        """,
    ),
    Case(
        "text key that others refer to grows",
        """
        class Author(Model):
            code = CharField(max_length=5, primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
        """
        class Author(Model):
            code = CharField(max_length=9, primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
    ),
    Case(
        "key that others refer to becomes text",
        """
        class Author(Model):
            code = IntegerField(primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
        """
        class Author(Model):
            code = CharField(max_length=9, primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
        django="migrate makes no LIKE index for a column that was indexed before it was text",
    ),
    Case(
        "key that others refer to is renamed",
        """
        class Author(Model):
            code = IntegerField(primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
        """
        class Author(Model):
            number = IntegerField(primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
        renames=("shop.Author.code=number",),
    ),
    Case(
        "unique column that others refer to grows",
        """
        class Author(Model):
            code = CharField(max_length=5, unique=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE, to_field='code')
        """,
        """
        class Author(Model):
            code = CharField(max_length=9, unique=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE, to_field='code')
        """,
    ),
    Case(
        "collation of a key that others refer to changes",
        """
        class Author(Model):
            code = CharField(max_length=5, primary_key=True)
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
        """
        class Author(Model):
            code = CharField(max_length=5, primary_key=True, db_collation='C')
        class Book(Model):
            author = ForeignKey(Author, CASCADE)
        """,
    ),
    Case(
        "chain of keys grows",
        """
        class A(Model):
            id = AutoField(primary_key=True)
        class B(Model):
            a = OneToOneField(A, CASCADE, primary_key=True)
        class C(Model):
            b = ForeignKey(B, CASCADE)
        """,
        """
        class A(Model):
            id = BigAutoField(primary_key=True)
        class B(Model):
            a = OneToOneField(A, CASCADE, primary_key=True)
        class C(Model):
            b = ForeignKey(B, CASCADE)
        """,
    ),
    Case(
        "table that others refer to is dropped with its references",
        """
        class Author(Model):
            name = TextField()
        class Book(Model):
            title = TextField()
            author = ForeignKey(Author, CASCADE)
        """,
        """
        class Book(Model):
            title = TextField()
        """,
        lossy=True,
    ),
]

LINKS = [
    related("many-to-many field is added", "", "authors = ManyToManyField(Author)"),
    related(
        "many-to-many field stays",
        """
        authors = ManyToManyField(Author)
        editors = ManyToManyField(Editor, db_constraint=False)
        others = ManyToManyField('self')
        """,
        """
        authors = ManyToManyField(Author)
        editors = ManyToManyField(Editor, db_constraint=False)
        others = ManyToManyField('self')
        """,
        nothing=True,
    ),
    related("many-to-many field is dropped", "authors = ManyToManyField(Author)", "", lossy=True),
    related(
        "many-to-many field without links is dropped",
        "authors = ManyToManyField(Author)",
        "",
        rows="INSERT INTO shop_book (title) VALUES ('a')",
    ),
    related(
        "many-to-many field is renamed",
        "authors = ManyToManyField(Author)",
        "writers = ManyToManyField(Author)",
        renames=("shop.Book.authors=writers",),
    ),
    related(
        "many-to-many field gets a table name",
        "authors = ManyToManyField(Author)",
        "authors = ManyToManyField(Author, db_table='Bücher & so')",
    ),
    related(
        "many-to-many field loses its foreign keys",
        "authors = ManyToManyField(Author)",
        "authors = ManyToManyField(Author, db_constraint=False)",
    ),
    related(
        "many-to-many field of itself is added",
        "",
        "others = ManyToManyField('self', symmetrical=False, related_name='+')",
    ),
    related(
        "many-to-many field changes its target",
        "authors = ManyToManyField(Author)",
        "authors = ManyToManyField(Editor)",
        rows="INSERT INTO shop_book (title) VALUES ('a')",
    ),
    related(
        "foreign key becomes many-to-many",
        "author = ForeignKey(Author, CASCADE)",
        "author = ManyToManyField(Author)",
        lossy=True,
    ),
    related(
        "many-to-many becomes a foreign key",
        "author = ManyToManyField(Author)",
        "author = ForeignKey(Author, CASCADE, null=True)",
        lossy=True,
    ),
    Case(
        "many-to-many gets a model of its own over the same table",
        f"{AUTHOR}\nclass Book(Model):\n    authors = ManyToManyField(Author)",
        f"{AUTHOR}\nclass Book(Model):\n    authors = ManyToManyField(Author, through='Writing')\nclass Writing(Model):\n    book = ForeignKey(Book, CASCADE)\n    author = ForeignKey(Author, CASCADE)\n    class Meta:\n        db_table = 'shop_book_authors'\n        unique_together = [('book', 'author')]",
        expect={"SELECT count(*) FROM shop_book_authors": [(3,)]},
        django="a many-to-many field cannot get a through model",
        nothing=True,
    ),
    Case(
        "many-to-many with a model of its own stays",
        f"{AUTHOR}\nclass Book(Model):\n    authors = ManyToManyField(Author, through='Writing')\nclass Writing(Model):\n    book = ForeignKey(Book, CASCADE)\n    author = ForeignKey(Author, CASCADE)",
        f"{AUTHOR}\nclass Book(Model):\n    authors = ManyToManyField(Author, through='Writing')\nclass Writing(Model):\n    book = ForeignKey(Book, CASCADE)\n    author = ForeignKey(Author, CASCADE)",
        nothing=True,
    ),
]

PLACE = "class Place(Model):\n    name = TextField()\n"
SHOP = PLACE + "class Shop(Place):\n    size = IntegerField()\n"

INHERITANCE = [
    Case("child table is added", PLACE, SHOP),
    Case("child table stays", SHOP, SHOP, nothing=True),
    Case("child table is dropped", SHOP, PLACE, lossy=True),
    Case(
        "column of the parent changes",
        SHOP,
        SHOP.replace("TextField()", "CharField(max_length=30, db_index=True)"),
    ),
    Case(
        "column moves from parent to child",
        PLACE
        + "    a = IntegerField(null=True)\n"
        + "class Shop(Place):\n    size = IntegerField()\n",
        PLACE + "class Shop(Place):\n    size = IntegerField()\n    a = IntegerField(null=True)\n",
        lossy=True,
    ),
    Case(
        "parent table is renamed",
        SHOP,
        SHOP.replace("Place", "Site"),
        renames=("shop.Place=Site",),
        django="makemigrations cannot rename the base of another model",
    ),
    Case(
        "child table is renamed", SHOP, SHOP.replace("Shop", "Store"), renames=("shop.Shop=Store",)
    ),
    Case("grandchild is added", SHOP, SHOP + "class Kiosk(Shop):\n    open = BooleanField()\n"),
    Case(
        "key of the parent grows",
        """
        class Place(Model):
            id = AutoField(primary_key=True)
        class Shop(Place):
            size = IntegerField()
        class Sale(Model):
            shop = ForeignKey(Shop, CASCADE)
        """,
        """
        class Place(Model):
            id = BigAutoField(primary_key=True)
        class Shop(Place):
            size = IntegerField()
        class Sale(Model):
            shop = ForeignKey(Shop, CASCADE)
        """,
    ),
    Case(
        "child becomes a table of its own",
        SHOP,
        PLACE
        + "class Shop(Model):\n    place = OneToOneField(Place, CASCADE, primary_key=True)\n    size = IntegerField()\n",
        renames=("shop.Shop.place_ptr=place",),
    ),
    Case(
        "child changes its parent",
        SHOP + "class Site(Model):\n    name = TextField()\n",
        PLACE
        + "class Site(Model):\n    name = TextField()\nclass Shop(Site):\n    size = IntegerField()\n",
        rows=0,
    ),
    Case(
        "fields move to an abstract base",
        """
        name = TextField()
        size = IntegerField()
        """,
        """
        class Base(Model):
            name = TextField()
            class Meta:
                abstract = True
        class Thing(Base):
            size = IntegerField()
        """,
        nothing=True,
    ),
]

CASES = [*FOREIGN_KEYS, *LINKS, *INHERITANCE]
