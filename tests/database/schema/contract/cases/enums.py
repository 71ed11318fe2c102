"""Enum types: made, changed in place or anew, and dropped with the last column that has them."""

from typing import Any

from tests.database.schema.contract.case import Case, Refusal

SML = "EnumField([('S', 's'), ('M', 'm'), ('L', 'l')], 'size'{})"
SM = "EnumField([('S', 's'), ('M', 'm')], 'size'{})"
CONSTRAINED = """
a = {}
b = IntegerField(null=True)
class Meta:
    constraints = [
        CheckConstraint(condition=~Q(a='l') | Q(b__gt=0), name='k'),
        UniqueConstraint(fields=['b'], condition=Q(a='m'), name='u'),
    ]
    indexes = [Index(fields=['b'], condition=Q(a='s'), name='i')]
"""


def changed(story: str, old: str, new: str, rows: str, **more: Any) -> Case:
    """One enum column gets other values; ``rows`` is a list of SQL literals."""
    values = ", ".join(f"({value})" for value in rows.split())
    return Case(
        story,
        f"a = {old}",
        f"a = {new}",
        rows=f"INSERT INTO shop_thing (a) VALUES {values}",
        **more,
    )


CASES = [
    Case("table with an enum column is made", "", f"a = {SML.format('')}"),
    Case(
        "enum column is added",
        "b = TextField()",
        f"b = TextField()\na = {SM.format(', null=True')}",
    ),
    Case(
        "enum column with a default is added",
        "b = TextField()",
        f"b = TextField()\na = {SM.format(", db_default='m'")}",
        expect={"SELECT DISTINCT a::text FROM shop_thing": [("m",)]},
    ),
    Case(
        "enum column of a type that is there is added",
        f"a = {SM.format('')}",
        f"a = {SM.format('')}\nb = {SM.format(', null=True')}",
    ),
    Case(
        "enum column is dropped, and its type",
        f"a = {SM.format('')}\nb = TextField()",
        "b = TextField()",
        lossy=True,
    ),
    Case(
        "one of two enum columns is dropped",
        f"a = {SM.format('')}\nb = {SM.format('')}",
        f"a = {SM.format('')}",
        lossy=True,
    ),
    Case(
        "table with an enum column is dropped",
        f"class A(Model):\n    a = {SM.format('')}\nclass B(Model):\n    b = TextField()",
        "class B(Model):\n    b = TextField()",
        lossy=True,
    ),
    changed("enum value is added last", SM.format(""), SML.format(""), "'s' 'm'"),
    changed(
        "enum value is added first",
        "EnumField([('M', 'm'), ('L', 'l')], 'size')",
        SML.format(""),
        "'l' 'm'",
    ),
    changed(
        "enum value is added, and is the default",
        SM.format(""),
        SML.format(", db_default='l'"),
        "'s' 'm'",
    ),
    changed(
        "enum value with quotes and a percent sign is added",
        SM.format(""),
        "EnumField([('S', 's'), ('O', '100% \\'so\\''), ('M', 'm')], 'size')",
        "'s'",
    ),
    changed(
        "enum value is renamed, as its member keeps its name",
        SM.format(""),
        "EnumField([('S', 'small'), ('M', 'm')], 'size')",
        "'s' 'm'",
        moved=("shop_thing.a",),
        expect={"SELECT a::text FROM shop_thing ORDER BY id": [("small",), ("m",)]},
    ),
    changed(
        "enum values swap, as their members keep their names",
        SM.format(""),
        "EnumField([('S', 'm'), ('M', 's')], 'size')",
        "'s' 'm'",
        moved=("shop_thing.a",),
        expect={"SELECT a::text FROM shop_thing ORDER BY id": [("m",), ("s",)]},
    ),
    changed(
        "enum values get another order",
        SML.format(""),
        "EnumField([('L', 'l'), ('S', 's'), ('M', 'm')], 'size')",
        "'s' 'm' 'l'",
    ),
    changed("enum value that no row has is taken away", SML.format(""), SM.format(""), "'s' 'm'"),
    changed(
        "enum value is taken away, and the default changes",
        SML.format(", db_default='l'"),
        SM.format(", db_default='m'"),
        "'s' 'm'",
    ),
    changed(
        "array of enum gets values in another order",
        f"ArrayField({SML.format('')})",
        "ArrayField(EnumField([('L', 'l'), ('M', 'm'), ('S', 's')], 'size'))",
        "'{s,m}' '{}'",
    ),
    Case(
        "enum values get another order under a check and partial indexes",
        CONSTRAINED.format(SML.format(", db_default='s'")),
        CONSTRAINED.format(
            "EnumField([('L', 'l'), ('S', 's'), ('M', 'm')], 'size', db_default='s')"
        ),
        rows="INSERT INTO shop_thing (a, b) VALUES ('s', 1), ('m', 2), ('l', 3)",
    ),
    Case(
        "enum value is taken away with the check that names it",
        CONSTRAINED.format(SML.format("")),
        f"a = {SM.format('')}\nb = IntegerField(null=True)",
        rows="INSERT INTO shop_thing (a, b) VALUES ('s', 1), ('m', 2)",
    ),
    Case(
        "enum value is added with a check that names it",
        f"a = {SM.format('')}\nb = IntegerField(null=True)",
        CONSTRAINED.format(SML.format("")),
        rows="INSERT INTO shop_thing (a, b) VALUES ('s', 1), ('m', 2)",
        django="PostgreSQL takes a new value of an enum only once it is committed",
    ),
    Case(
        "enum column and its table are renamed, and its values get another order",
        f"class Old(Model):\n    a = {SML.format('')}\n    b = TextField()",
        "class New(Model):\n    z = EnumField([('L', 'l'), ('M', 'm'), ('S', 's')], 'size')\n    b = TextField()",
        renames=("shop.Old=New", "shop.New.a=z"),
    ),
    Case(
        "enum value is taken away with the column that had it",
        f"a = {SML.format('')}\nb = {SML.format('')}",
        f"a = {SM.format('')}",
        rows="INSERT INTO shop_thing (a, b) VALUES ('s', 'l'), ('m', 'm')",
        lossy=True,
    ),
    Case(
        "text becomes an enum",
        "a = TextField(db_default='s')",
        f"a = {SM.format(", db_default='s'")}",
        rows="INSERT INTO shop_thing (a) VALUES ('s'), ('m')",
    ),
    Case(
        "text becomes an enum that gets a value",
        f"a = TextField()\nb = {SM.format('')}",
        f"a = {SML.format('')}\nb = {SML.format('')}",
        rows="INSERT INTO shop_thing (a, b) VALUES ('s', 's'), ('l', 'm')",
    ),
    Case("enum becomes text", f"a = {SM.format('')}", "a = TextField()"),
    Case(
        "enum becomes another enum",
        f"a = {SM.format('')}",
        "a = EnumField([('M', 'm'), ('S', 's'), ('X', 'x')], 'other')",
    ),
    Case(
        "enum in a type with an odd name gets a value",
        f"a = {SM.replace('size', chr(34) + 'Od d' + chr(34)).format('')}",
        f"a = {SML.replace('size', chr(34) + 'Od d' + chr(34)).format('')}",
    ),
]

REFUSALS = [
    Refusal(
        "enum value that rows have is taken away",
        f"a = {SML.format('')}",
        f"a = {SM.format('')}",
        says=("cannot lose l", "1 row"),
        exit_code=1,
        id="prodobit.E712",
    ),
    Refusal(
        "enum value that an array has is taken away",
        f"a = ArrayField({SML.format('')})",
        f"a = ArrayField({SM.format('')})",
        says=("cannot lose l", "2 rows"),
        exit_code=1,
        id="prodobit.E712",
    ),
    Refusal(
        "text becomes an enum that lacks a value",
        "a = TextField()",
        f"a = {SM.format('')}",
        rows="INSERT INTO shop_thing (a) VALUES ('s'), ('x')",
        says=("1 row",),
        exit_code=1,
    ),
]
