"""Models of every shape: what Django creates for them must compare equal to them."""

# ruff: noqa: DJ001, DJ008

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.postgres import fields as postgres
from django.contrib.postgres import indexes as pg_indexes
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import (
    Cast,
    Coalesce,
    Collate,
    Concat,
    Length,
    Lower,
    Now,
    Pi,
    Upper,
)
from django.db.models.lookups import GreaterThan

CASES: list[Callable[[], None]] = []
NEEDS_EXTENSIONS: set[str] = set()


def case(define: Callable[[], None]) -> Callable[[], None]:
    CASES.append(define)
    return define


def extended(define: Callable[[], None]) -> Callable[[], None]:
    NEEDS_EXTENSIONS.add(define.__name__)
    return case(define)


class Options:
    """Base of all Meta classes."""

    app_label = "database"


class Typed(models.Field):  # type: ignore[type-arg]
    """A field of any type."""

    def __init__(self, db: str | None = None, **options: Any) -> None:
        self.db = db
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "db": self.db}

    def db_type(self, connection: Any) -> str | None:
        return self.db


class OldSerial(models.AutoField):  # type: ignore[type-arg]
    """As Django made primary keys before 4.1."""

    def db_type(self, connection: Any) -> str:
        return "serial"

    def db_type_suffix(self, connection: Any) -> None:
        return None


class AlwaysIdentity(models.BigAutoField):  # type: ignore[type-arg]
    """An identity column that refuses values of one's own."""

    def db_type_suffix(self, connection: Any) -> str:
        return "GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 10 CACHE 5)"


@case
def every_field() -> None:
    class Everything(models.Model):
        big = models.BigIntegerField()
        binary = models.BinaryField()
        boolean = models.BooleanField()
        char = models.CharField(max_length=30)
        endless = models.CharField()
        date = models.DateField()
        moment = models.DateTimeField()
        number = models.DecimalField(max_digits=10, decimal_places=2)
        anynumber = models.DecimalField(max_digits=None, decimal_places=None)
        duration = models.DurationField()
        email = models.EmailField()
        file = models.FileField()
        path = models.FilePathField()
        float = models.FloatField()
        ip = models.GenericIPAddressField()
        image_url = models.URLField()
        integer = models.IntegerField()
        json = models.JSONField()
        positive_big = models.PositiveBigIntegerField()
        positive = models.PositiveIntegerField()
        positive_small = models.PositiveSmallIntegerField()
        slug = models.SlugField()
        small = models.SmallIntegerField()
        text = models.TextField()
        time = models.TimeField()
        uuid = models.UUIDField()
        nullable = models.IntegerField(null=True)

        class Meta(Options):
            pass


@case
def every_field_unique() -> None:
    class Everything(models.Model):
        big = models.BigIntegerField(unique=True)
        binary = models.BinaryField(unique=True)
        char = models.CharField(max_length=30, unique=True)
        endless = models.CharField(unique=True)
        date = models.DateField(unique=True)
        moment = models.DateTimeField(unique=True)
        number = models.DecimalField(max_digits=10, decimal_places=2, unique=True)
        email = models.EmailField(unique=True)
        file = models.FileField(unique=True)
        ip = models.GenericIPAddressField(unique=True)
        json = models.JSONField(unique=True)
        positive_big = models.PositiveBigIntegerField(unique=True)
        slug = models.SlugField(unique=True)
        text = models.TextField(unique=True)
        time = models.TimeField(unique=True)
        uuid = models.UUIDField(unique=True)

        class Meta(Options):
            pass


@case
def every_field_indexed() -> None:
    class Everything(models.Model):
        big = models.BigIntegerField(db_index=True)
        boolean = models.BooleanField(db_index=True)
        char = models.CharField(max_length=30, db_index=True)
        moment = models.DateTimeField(db_index=True)
        email = models.EmailField(db_index=True)
        positive = models.PositiveIntegerField(db_index=True)
        slug = models.SlugField()
        slug_without = models.SlugField(db_index=False)
        text = models.TextField(db_index=True)
        both = models.CharField(max_length=5, db_index=True, unique=True)

        class Meta(Options):
            pass


@case
def primary_keys() -> None:
    class Small(models.Model):
        id = models.SmallAutoField(primary_key=True)

        class Meta(Options):
            pass

    class Plain(models.Model):
        id = models.AutoField(primary_key=True)

        class Meta(Options):
            pass

    class ByChar(models.Model):
        code = models.CharField(max_length=5, primary_key=True)

        class Meta(Options):
            pass

    class ByUuid(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid4)

        class Meta(Options):
            pass

    class ByPositive(models.Model):
        id = models.PositiveIntegerField(primary_key=True)

        class Meta(Options):
            pass

    class Composite(models.Model):
        pk = models.CompositePrimaryKey("tenant", "number")
        tenant = models.ForeignKey(Small, models.CASCADE)
        number = models.IntegerField()

        class Meta(Options):
            pass

    class Old(models.Model):
        id = OldSerial(primary_key=True)

        class Meta(Options):
            pass

    class Always(models.Model):
        id = AlwaysIdentity(primary_key=True)

        class Meta(Options):
            pass

    class AutoElsewhere(models.Model):
        code = models.UUIDField(primary_key=True)
        counter = models.IntegerField(unique=True)

        class Meta(Options):
            pass


@case
def relations() -> None:
    class Category(models.Model):
        code = models.CharField(max_length=5, primary_key=True, db_collation="C")
        parent = models.ForeignKey("self", models.SET_NULL, null=True)
        friends = models.ManyToManyField("self")

        class Meta(Options):
            pass

    class Product(models.Model):
        slug = models.SlugField(unique=True)
        number = models.PositiveIntegerField(unique=True)
        category = models.ForeignKey(Category, models.CASCADE)
        categories = models.ManyToManyField(Category, related_name="+")
        no_constraint = models.ForeignKey(
            Category, models.DO_NOTHING, db_constraint=False, related_name="+"
        )
        no_index = models.ForeignKey(Category, models.CASCADE, db_index=False, related_name="+")
        unique = models.ForeignKey(Category, models.CASCADE, unique=True, related_name="+")

        class Meta(Options):
            pass

    class Detail(models.Model):
        product = models.OneToOneField(Product, models.CASCADE, primary_key=True)
        by_slug = models.ForeignKey(Product, models.CASCADE, to_field="slug", related_name="+")
        by_number = models.ForeignKey(Product, models.CASCADE, to_field="number", related_name="+")
        other = models.OneToOneField(Product, models.PROTECT, related_name="+", db_column="Other")

        class Meta(Options):
            pass

    class OfDetail(models.Model):
        detail = models.ForeignKey(Detail, models.CASCADE)
        many = models.ManyToManyField(Detail, related_name="+", db_table="own table")
        loose = models.ManyToManyField(Detail, related_name="+", db_constraint=False)

        class Meta(Options):
            pass

    class Through(models.Model):
        one = models.ForeignKey(Detail, models.CASCADE)
        two = models.ForeignKey(OfDetail, models.CASCADE)

        class Meta(Options):
            unique_together = [("one", "two")]

    class WithThrough(models.Model):
        details = models.ManyToManyField(Detail, related_name="+")

        class Meta(Options):
            pass


@case
def on_delete_in_the_database() -> None:
    class Parent(models.Model):
        class Meta(Options):
            pass

    class Child(models.Model):
        cascade = models.ForeignKey(Parent, models.DB_CASCADE, related_name="+")
        set_null = models.ForeignKey(Parent, models.DB_SET_NULL, null=True, related_name="+")
        set_default = models.ForeignKey(
            Parent, models.DB_SET_DEFAULT, db_default=1, related_name="+"
        )
        nothing = models.ForeignKey(Parent, models.DO_NOTHING, related_name="+")

        class Meta(Options):
            pass


@case
def inheritance() -> None:
    class Abstract(models.Model):
        name = models.CharField(max_length=10, unique=True)

        class Meta(Options):
            abstract = True
            indexes = [models.Index(fields=["name"], name="%(class)s_name")]
            constraints = [models.CheckConstraint(condition=~Q(name=""), name="%(class)s_named")]

    class Place(Abstract):
        class Meta(Abstract.Meta):
            abstract = False

    class Restaurant(Place):
        stars = models.IntegerField()

        class Meta(Options):
            pass

    class Diner(Restaurant):
        up = models.OneToOneField(
            Restaurant, models.CASCADE, parent_link=True, primary_key=True, db_column="up"
        )

        class Meta(Options):
            pass

    class Visit(models.Model):
        restaurant = models.ForeignKey(Restaurant, models.CASCADE)
        diner = models.ForeignKey(Diner, models.CASCADE)

        class Meta(Options):
            pass

    class Proxy(Place):
        class Meta(Options):
            proxy = True

    class Unmanaged(models.Model):
        proxies = models.ManyToManyField(Proxy)

        class Meta(Options):
            managed = False


@case
def defaults() -> None:
    class Defaults(models.Model):
        integer = models.IntegerField(db_default=0)
        negative = models.IntegerField(db_default=-1)
        big = models.BigIntegerField(db_default=3_000_000_000)
        small = models.SmallIntegerField(db_default=7)
        number = models.DecimalField(max_digits=10, decimal_places=2, db_default=Decimal("0.50"))
        whole = models.DecimalField(max_digits=10, decimal_places=2, db_default=0)
        negative_number = models.DecimalField(
            max_digits=10, decimal_places=2, db_default=Decimal("-0.50")
        )
        float = models.FloatField(db_default=0.5)
        wholefloat = models.FloatField(db_default=1)
        minus_float = models.FloatField(db_default=-1.5)
        tiny = models.FloatField(db_default=1e-20)
        yes = models.BooleanField(db_default=True)
        no = models.BooleanField(db_default=False)
        char = models.CharField(max_length=30, db_default="new")
        empty = models.CharField(max_length=30, db_default="")
        quoted = models.CharField(max_length=30, db_default="it's 100% \\ done")
        text = models.TextField(db_default="it's 100%s \\ \n done")
        date = models.DateField(db_default=datetime.date(2020, 2, 29))
        moment = models.DateTimeField(db_default=Now())
        past = models.DateTimeField(
            db_default=datetime.datetime(2020, 2, 29, 12, 30, tzinfo=datetime.UTC)
        )
        time = models.TimeField(db_default=datetime.time(12, 30, 1, 5))
        duration = models.DurationField(db_default=datetime.timedelta(days=1, seconds=5))
        uuid = models.UUIDField(db_default=RandomUUID())
        fixed_uuid = models.UUIDField(db_default=UUID(int=5))
        json = models.JSONField(db_default={})
        json_list = models.JSONField(db_default=[1, "a"])
        json_text = models.JSONField(db_default="it's")
        binary = models.BinaryField(db_default=b"\x00\xff")
        ip = models.GenericIPAddressField(db_default="127.0.0.1")
        pi = models.FloatField(db_default=Pi())
        tomorrow = models.DateTimeField(db_default=Now() + datetime.timedelta(days=1))
        sum = models.IntegerField(db_default=models.Value(1) + models.Value(2))
        raw = models.IntegerField(db_default=models.expressions.RawSQL("1 + 1", ()))
        coalesced = models.CharField(
            max_length=30, db_default=Coalesce(models.Value(None), models.Value("x"))
        )
        null = models.IntegerField(null=True, db_default=None)
        array = postgres.ArrayField(models.IntegerField(), db_default=[])
        texts = postgres.ArrayField(models.CharField(max_length=3), db_default=["a", "b"])
        python = models.IntegerField(default=5)
        unset = models.CharField(max_length=5, blank=True)
        fk = models.ForeignKey("self", models.CASCADE, db_default=1)

        class Meta(Options):
            pass


@case
def comments() -> None:
    class Commented(models.Model):
        plain = models.IntegerField(db_comment="How many")
        odd = models.IntegerField(db_comment="it's all \\ \n «так»")

        class Meta(Options):
            db_table_comment = 'All of "it\'s" \n \\'


@case
def collations() -> None:
    class Collated(models.Model):
        char = models.CharField(max_length=10, db_collation="C")
        text = models.TextField(db_collation="POSIX", unique=True)
        indexed = models.CharField(max_length=10, db_collation="C", db_index=True)
        icu = models.CharField(max_length=10, db_collation="ucs_basic")
        array = postgres.ArrayField(models.CharField(max_length=3, db_collation="C"))

        class Meta(Options):
            indexes = [
                models.Index(Collate("char", "POSIX"), name="collated_char"),
                models.Index(Collate("char", "C").desc(), name="collated_same"),
                models.Index(Collate(Lower("text"), "ucs_basic"), name="collated_out"),
                models.Index(Collate(Lower("text"), "POSIX"), name="collated_own"),
            ]

    class Pointing(models.Model):
        target = models.ForeignKey(Collated, models.CASCADE, to_field="text")

        class Meta(Options):
            pass


@case
def generated() -> None:
    class Generated(models.Model):
        a = models.IntegerField()
        b = models.IntegerField(null=True)
        name = models.CharField(max_length=30)
        price = models.DecimalField(max_digits=10, decimal_places=2)
        moment = models.DateTimeField()
        total = models.GeneratedField(
            expression=F("a") + F("b"), output_field=models.IntegerField(), db_persist=True
        )
        gross = models.GeneratedField(
            expression=F("price") * Decimal("1.19"),
            output_field=models.DecimalField(max_digits=12, decimal_places=2),
            db_persist=True,
            unique=True,
        )
        upper = models.GeneratedField(
            expression=Upper("name"),
            output_field=models.CharField(max_length=30),
            db_persist=True,
            db_index=True,
        )
        joined = models.GeneratedField(
            expression=Concat("name", models.Value("-100%-"), "name"),
            output_field=models.TextField(db_collation="C"),
            db_persist=True,
            null=True,
        )
        rest = models.GeneratedField(
            expression=F("a") % 7, output_field=models.IntegerField(), db_persist=True
        )
        big = models.GeneratedField(
            expression=Q(a__gt=10),  # type: ignore[arg-type]
            output_field=models.BooleanField(),
            db_persist=True,
        )
        positive = models.GeneratedField(
            expression=F("a") * F("a"),
            output_field=models.PositiveIntegerField(),
            db_persist=True,
            db_comment="squared",
        )

        class Meta(Options):
            pass


@case
def checks() -> None:
    class Checked(models.Model):
        price = models.DecimalField(max_digits=10, decimal_places=2)
        cost = models.DecimalField(max_digits=10, decimal_places=2, null=True)
        quantity = models.IntegerField()
        maximum = models.PositiveSmallIntegerField(null=True)
        big = models.BigIntegerField()
        ratio = models.FloatField()
        status = models.CharField(max_length=10)
        note = models.TextField(null=True)
        start = models.DateField()
        end = models.DateField(null=True)
        moment = models.DateTimeField()
        active = models.BooleanField()
        data = models.JSONField()
        key = models.UUIDField()
        ip = models.GenericIPAddressField(null=True)
        tags = postgres.ArrayField(models.CharField(max_length=3))
        parent = models.ForeignKey("self", models.CASCADE, null=True)

        class Meta(Options):
            constraints = [
                models.CheckConstraint(
                    condition=condition,  # type: ignore[arg-type]
                    name=f"check_{number}",
                )
                for number, condition in enumerate(
                    [
                        Q(price__gte=0),
                        Q(price__gt=Decimal("0.01")),
                        Q(price__gte=F("cost")),
                        Q(price__gte=F("cost") * 2),
                        Q(price__range=(0, 100)),
                        Q(quantity__gte=0),
                        Q(quantity__gte=-5) & Q(quantity__lte=5),
                        Q(quantity__in=[1, 2, 3]),
                        Q(quantity__in=[1]),
                        ~Q(quantity__in=[1, 2, 3]),
                        ~Q(quantity=4),
                        Q(big__lt=3_000_000_000),
                        Q(maximum__lte=100),
                        Q(maximum__gt=F("quantity")),
                        Q(maximum=None) | Q(maximum__gt=0),
                        ~Q(maximum=3),
                        Q(big__gt=0),
                        Q(big__in=[1, 3_000_000_000]),
                        Q(ratio__gte=0) & Q(ratio__lte=1.5),
                        Q(ratio__range=(-1, 1)),
                        Q(status="new"),
                        ~Q(status=""),
                        Q(status__in=["new", "it's", "100%"]),
                        Q(status__in=["new"]),
                        ~Q(status__in=["new", "old"]),
                        Q(status__startswith="a"),
                        Q(status__contains="%"),
                        Q(status__icontains="x_y"),
                        Q(status__iexact="New"),
                        Q(status__regex=r"^[a-z\d]+$"),
                        Q(status__iregex=r"^a"),
                        Q(status__gt="a"),
                        Q(note="x"),
                        Q(note__in=["a", "b"]),
                        Q(note__isnull=True),
                        Q(note__isnull=False, status="a"),
                        ~Q(note="x"),
                        ~Q(note__isnull=True),
                        Q(note__endswith="\\"),
                        Q(end__gt=F("start")),
                        Q(end__isnull=True) | Q(end__gte=F("start")),
                        Q(start__gte=datetime.date(2020, 1, 1)),
                        Q(start__year__gte=2020),
                        Q(start__month=2),
                        Q(moment__gte=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)),
                        Q(active=True),
                        Q(active=False),
                        Q(active=True) | Q(price=0),
                        Q(active=False) & ~Q(price=0) & Q(status="x"),
                        Q(data__has_key="a"),
                        Q(data__a=1),
                        Q(data__a__b="x"),
                        Q(data__contains={"a": [1]}),
                        Q(data={}),
                        Q(key=UUID(int=1)),
                        Q(ip="127.0.0.1"),
                        Q(tags__contains=["a"]),
                        Q(tags__len__gt=0),
                        Q(tags=[]),
                        Q(parent=None) | ~Q(parent=F("id")),
                        Q(parent__isnull=False) & Q(id__gt=0),
                        Q(price__gte=0, quantity__gte=0, active=True),
                        Q(price__gte=0) | Q(quantity__gte=0) | Q(active=True),
                        (Q(price__gte=0) | Q(quantity__gte=0)) & (Q(active=True) | Q(ratio=0)),
                        (Q(price__gte=0) & Q(quantity__gte=0)) | (Q(active=True) & Q(ratio=0)),
                        Q(price__gte=0) & (Q(quantity__gte=0) & (Q(active=True) & Q(ratio=0))),
                        ~(Q(price__gte=0) & Q(quantity__gte=0)),
                        ~(Q(price__gte=0) | ~Q(quantity__gte=0)),
                        Q(price=0) ^ Q(quantity=0),
                        GreaterThan(Length("status"), 3),
                        GreaterThan(F("price") - F("cost"), Decimal("-1.5")),
                        GreaterThan(F("quantity") + F("maximum") * 2, 10),
                        Q(GreaterThan(Length(Lower("note")), Length("status"))),
                        models.expressions.RawSQL(
                            "price <> %s AND quantity != 7", (5,), models.BooleanField()
                        ),
                        models.Case(
                            models.When(status="a", then=Q(price=0)),
                            default=Q(price__gt=0),
                            output_field=models.BooleanField(),
                        ),
                        Q(id__gte=0),
                    ]
                )
            ]


@case
def unique_constraints() -> None:
    class Unique(models.Model):
        a = models.IntegerField()
        b = models.IntegerField(null=True)
        name = models.CharField(max_length=30)
        text = models.TextField()
        deleted = models.DateTimeField(null=True)

        class Meta(Options):
            unique_together = [("a", "b"), ("name", "a", "b")]
            constraints = [
                models.UniqueConstraint(fields=["a", "name"], name="u plain"),
                models.UniqueConstraint(
                    fields=["a", "text"], name="u_deferred", deferrable=models.Deferrable.DEFERRED
                ),
                models.UniqueConstraint(
                    fields=["text"], name="u_immediate", deferrable=models.Deferrable.IMMEDIATE
                ),
                models.UniqueConstraint(
                    fields=["a"], name="u_partial", condition=Q(deleted__isnull=True)
                ),
                models.UniqueConstraint(
                    fields=["a", "b"], name="u_partial_many", condition=Q(name__in=["x", "y"])
                ),
                models.UniqueConstraint(fields=["a"], name="u_include", include=["b", "name"]),
                models.UniqueConstraint(
                    fields=["name"], name="u_opclass", opclasses=["varchar_pattern_ops"]
                ),
                models.UniqueConstraint(
                    fields=["name"], name="u_opclass_default", opclasses=["text_ops"]
                ),
                models.UniqueConstraint(fields=["b"], name="u_nulls", nulls_distinct=False),
                models.UniqueConstraint(fields=["b"], name="u_nulls_yes", nulls_distinct=True),
                models.UniqueConstraint(
                    fields=["b"], name="u_nulls_in", nulls_distinct=False, include=["a"]
                ),
                models.UniqueConstraint(Lower("name"), name="u_lower"),
                models.UniqueConstraint(Lower("name").desc(), "a", name="u_mixed"),
                models.UniqueConstraint(
                    OpClass(Lower("name"), "text_pattern_ops").desc(nulls_last=True),
                    "a",
                    name="u_opclass_expression",
                    condition=Q(a__gt=0),
                    include=["text"],
                    nulls_distinct=False,
                ),
                models.UniqueConstraint(
                    "a", F("b").desc(nulls_last=True), name="u_columns_as_expressions"
                ),
            ]


@case
def plain_indexes() -> None:
    class Indexed(models.Model):
        a = models.IntegerField()
        b = models.IntegerField(null=True)
        name = models.CharField(max_length=30)
        text = models.TextField()
        moment = models.DateTimeField(null=True)
        data = models.JSONField()

        class Meta(Options):
            indexes = [
                models.Index(fields=["a"]),
                models.Index(fields=["a", "-b"]),
                models.Index(fields=["-a", "name"], name="i_desc"),
                models.Index(fields=["name"], name="i_opclass", opclasses=["varchar_pattern_ops"]),
                models.Index(
                    fields=["-name", "a"], name="i_opclasses", opclasses=["text_ops", "int4_ops"]
                ),
                models.Index(fields=["a"], name="i_partial", condition=Q(b__isnull=True)),
                models.Index(
                    fields=["a"],
                    name="i_partial_more",
                    condition=Q(name__in=["a", "b"]) & ~Q(text="") | Q(a__gt=F("b")),
                ),
                models.Index(fields=["a"], name="i_include", include=["name", "b"]),
                models.Index(Lower("name"), name="i_lower"),
                models.Index(Upper("text").desc(), "a", name="i_upper"),
                models.Index(F("a") + F("b"), name="i_sum"),
                models.Index(F("a").asc(nulls_first=True), name="i_nulls_first"),
                models.Index(F("b").desc(nulls_last=True), name="i_nulls_last"),
                models.Index("a", name="i_string"),
                models.Index(Cast("text", models.TextField()), "a", name="i_cast_to_itself"),
                models.Index(Coalesce("b", 0), name="i_coalesce"),
                models.Index(F("data__a"), name="i_json"),
                models.Index("data__a__b", name="i_json_deep"),
                models.Index(
                    models.Case(models.When(a__gt=0, then="b"), default=None), name="i_case"
                ),
                models.Index(Length("text"), name="i_length"),
                models.Index(F("a") * 2, Lower("name"), condition=Q(a__gt=0), name="i_many"),
                models.Index(
                    OpClass(Upper("name"), "text_pattern_ops"), include=["b"], name="i_opexpr"
                ),
            ]


@extended
def postgres_indexes() -> None:
    class Indexed(models.Model):
        a = models.IntegerField()
        b = models.IntegerField(null=True)
        name = models.CharField(max_length=30)
        text = models.TextField()
        data = models.JSONField()
        tags = postgres.ArrayField(models.IntegerField())
        period = postgres.DateRangeField()
        vector = SearchVectorField(null=True)

        class Meta(Options):
            indexes = [
                pg_indexes.BloomIndex(fields=["a", "b"], name="x_bloom", length=80, columns=[2, 4]),
                pg_indexes.BrinIndex(fields=["a"]),
                pg_indexes.BrinIndex(
                    fields=["a"], name="x_brin", autosummarize=True, pages_per_range=4
                ),
                pg_indexes.BTreeIndex(
                    fields=["a"], name="x_btree", fillfactor=70, deduplicate_items=False
                ),
                pg_indexes.GinIndex(fields=["data"]),
                pg_indexes.GinIndex(
                    fields=["data"], name="x_gin_path", opclasses=["jsonb_path_ops"]
                ),
                pg_indexes.GinIndex(
                    fields=["tags"], name="x_gin", fastupdate=False, gin_pending_list_limit=512
                ),
                pg_indexes.GinIndex(fields=["text"], name="x_trgm", opclasses=["gin_trgm_ops"]),
                pg_indexes.GinIndex(OpClass(Upper("text"), "gin_trgm_ops"), name="x_trgm_upper"),
                pg_indexes.GinIndex(
                    SearchVector("text", "name", config="english"), name="x_search"
                ),
                pg_indexes.GinIndex(fields=["vector"], name="x_vector"),
                pg_indexes.GinIndex(fields=["a", "data"], name="x_btree_gin"),
                pg_indexes.GistIndex(fields=["period"], buffering=True, fillfactor=60, name="x_gi"),
                pg_indexes.GistIndex(fields=["a"], name="x_btree_gist", include=["b"]),
                pg_indexes.GistIndex(OpClass("text", "gist_trgm_ops(siglen=32)"), name="x_siglen"),
                pg_indexes.GistIndex(
                    fields=["text"], opclasses=["gist_trgm_ops(siglen=64)"], name="x_siglen2"
                ),
                pg_indexes.HashIndex(fields=["name"], fillfactor=60),
                pg_indexes.HashIndex(Lower("name"), name="x_hash_lower"),
                pg_indexes.SpGistIndex(fields=["text"], fillfactor=60, name="x_spgist"),
                pg_indexes.SpGistIndex(fields=["period"], condition=Q(a__gt=0), name="x_spp"),
            ]


@extended
def exclusion_constraints() -> None:
    class Booking(models.Model):
        room = models.IntegerField()
        period = postgres.DateTimeRangeField()
        start = models.DateField()
        end = models.DateField()
        cancelled = models.BooleanField()
        name = models.CharField(max_length=10)

        class Meta(Options):
            constraints = [
                ExclusionConstraint(
                    name="e_plain", expressions=[("period", RangeOperators.OVERLAPS)]
                ),
                ExclusionConstraint(
                    name="e_room",
                    expressions=[
                        ("room", RangeOperators.EQUAL),
                        ("period", RangeOperators.OVERLAPS),
                    ],
                    condition=Q(cancelled=False),
                    deferrable=models.Deferrable.DEFERRED,
                ),
                ExclusionConstraint(
                    name="e_expression",
                    expressions=[
                        (
                            models.Func(
                                "start",
                                "end",
                                models.Value("[]"),
                                function="daterange",
                                output_field=postgres.DateRangeField(),
                            ),
                            RangeOperators.OVERLAPS,
                        ),
                        (OpClass("room", "gist_int4_ops"), RangeOperators.NOT_EQUAL),
                    ],
                    include=["cancelled", "name"],
                    index_type="gist",
                ),
                ExclusionConstraint(
                    name="e_adjacent",
                    index_type="SPGIST",
                    expressions=[("period", RangeOperators.ADJACENT_TO)],
                    deferrable=models.Deferrable.IMMEDIATE,
                ),
                ExclusionConstraint(
                    name="e_hash",
                    index_type="hash",
                    expressions=[(Lower("name"), RangeOperators.EQUAL)],
                ),
            ]


@extended
def postgres_fields() -> None:
    class Postgres(models.Model):
        array = postgres.ArrayField(models.IntegerField())
        sized = postgres.ArrayField(models.CharField(max_length=10), size=3)
        nested = postgres.ArrayField(
            postgres.ArrayField(models.DecimalField(max_digits=5, decimal_places=1), size=2),
            size=4,
        )
        indexed = postgres.ArrayField(models.CharField(max_length=10), db_index=True)
        unique = postgres.ArrayField(models.TextField(), unique=True)
        positive = postgres.ArrayField(models.PositiveIntegerField())
        hstore = postgres.HStoreField()
        ints = postgres.IntegerRangeField()
        bigs = postgres.BigIntegerRangeField(default=None)
        numbers = postgres.DecimalRangeField(null=True)
        moments = postgres.DateTimeRangeField(db_index=True)
        dates = postgres.DateRangeField()
        vector = SearchVectorField()
        ci = Typed("citext", unique=True)
        ci_array = postgres.ArrayField(Typed("citext"))

        class Meta(Options):
            indexes = [models.Index(fields=["ci"], name="ci_index")]


@extended
def types_of_other_names() -> None:
    class Typing(models.Model):
        pass

        class Meta(Options):
            pass

    for number, name in enumerate(
        (
            *("int", "int2", "INT4", "int8", "decimal", "numeric", "numeric(5)", "decimal(5, 2)"),
            *("DEC(6,0)", "float", "float(10)", "float(30)", "float4", "float8", "real", "bool"),
            *("char", "char(5)", "character", "CHARACTER(3)", "bpchar", "varchar", "varchar(7)"),
            *("character varying", "Character  Varying ( 9 )", "national character varying(5)"),
            *("nchar(3)", "bit", "bit(5)", "bit varying", "varbit(8)", "text", "TEXT", '"char"'),
            *("timestamptz", "timestamp", "timestamp(3)", "timestamptz(0)", "time", "timetz(2)"),
            *(
                "timestamp with time zone",
                "timestamp(3) without time zone",
                "time without time zone",
            ),
            *("time (3) with time zone", "interval", "interval(3)", "interval year to month"),
            *(
                "interval day to second(2)",
                "interval hour",
                "json",
                "jsonb",
                "xml",
                "money",
                "inet",
            ),
            *("cidr", "macaddr", "macaddr8", "uuid", "bytea", "point", "polygon", "tsvector"),
            *("int4range", "nummultirange", "int[]", "int[3][4]", "varchar(5)[]", "text array"),
            *(
                "int array[4]",
                "timestamptz[]",
                "numeric(5,2)[ ]",
                "citext",
                "CITEXT",
                "public.citext",
            ),
            *("citext[]", "hstore", "ltree", "oid", "name", "regclass", "pg_catalog.int4"),
            *(
                "mood",
                '"mood"',
                '"Odd Mood"',
                '"Odd Mood"[]',
                "other.mood",
                "other.far",
                "other.far[]",
            ),
            *("positive_int", "other.code", "numeric(3, -2)", "pg_lsn", "double precision"),
        )
    ):
        Typed(name, null=True).contribute_to_class(Typing, f"f{number}")


@case
def naming_horrors() -> None:
    class Quoted(models.Model):
        spaced = models.IntegerField(db_column="a column", db_index=True)
        upper = models.CharField(max_length=5, db_column="UPPER", unique=True)
        percent = models.PositiveIntegerField(db_column="100% sure")
        order = models.IntegerField(db_column="order")
        umlaut = models.CharField(max_length=3, db_column="Größe", db_index=True)
        dotted = models.IntegerField(db_column="a.b", unique=True)
        apostrophe = models.IntegerField(db_column="it's", db_index=True)
        backslash = models.IntegerField(db_column="a\\b", db_index=True)
        question = models.PositiveIntegerField(db_column="why?")
        long = models.CharField(
            max_length=5, db_column="long" * 15 + "end", unique=True, db_comment="long"
        )

        class Meta(Options):
            db_table = "Table of Horrors"
            unique_together = [("spaced", "upper")]
            indexes = [
                models.Index(fields=["spaced", "-upper"], name="An Index"),
                models.Index(Lower("umlaut"), name="индекс"),
                models.Index(fields=["order"], name="i it's", condition=Q(spaced__gt=0)),
            ]
            constraints = [
                models.CheckConstraint(condition=Q(spaced__gt=F("order")), name="A Check"),
                models.CheckConstraint(condition=Q(umlaut__in=["ä", "ß"]), name="größer"),
                models.CheckConstraint(condition=Q(dotted__gt=0) & Q(apostrophe=1), name="a.b"),
                models.UniqueConstraint(fields=["percent", "order"], name="UPPER"),
            ]

    class Pointing(models.Model):
        quoted = models.ForeignKey(Quoted, models.CASCADE, db_column="To Quoted")
        by_upper = models.ForeignKey(
            Quoted, models.CASCADE, to_field="upper", related_name="+", db_column="Über"
        )
        by_long = models.ForeignKey(Quoted, models.CASCADE, to_field="long", related_name="+")
        many = models.ManyToManyField(Quoted, related_name="+")

        class Meta(Options):
            db_table = "Таблица"

    class LongName(models.Model):
        quoted = models.ForeignKey(Quoted, models.CASCADE)
        many = models.ManyToManyField(Quoted, related_name="+")
        name = models.CharField(max_length=5, db_index=True)

        class Meta(Options):
            db_table = "a_table_with_a_name_that_is_just_as_long_as_postgresql_allows_it"[:63]

    class TooLong(models.Model):
        up = models.ForeignKey("self", models.CASCADE)
        name = models.CharField(max_length=5, unique=True)
        positive = models.PositiveIntegerField(db_column="positive" * 10)

        class Meta(Options):
            db_table = "too_long_" * 9
            indexes = [models.Index(fields=["name"], name="i" * 30)]
            constraints = [
                models.CheckConstraint(condition=Q(positive__gt=0), name="check_" * 15),
                models.UniqueConstraint(fields=["up", "name"], name="unique_" * 12),
            ]

    class Cyrillic(models.Model):
        name = models.CharField(max_length=5, unique=True, db_column="имя" * 15)
        up = models.ForeignKey("self", models.CASCADE, db_column="вверх" * 9)

        class Meta(Options):
            db_table = "очень_длинное_имя_таблицы_которое_не_помещается"
            constraints = [
                models.CheckConstraint(condition=~Q(name=""), name="ограничение" * 5),
            ]


@case
def names_that_postgresql_must_number() -> None:
    class C(models.Model):
        key = models.AutoField(primary_key=True)

        class Meta(Options):
            db_table = "x_pkey"

    class A(models.Model):
        b_c = models.IntegerField(unique=True)
        d = models.PositiveIntegerField()
        d1 = models.PositiveIntegerField()

        class Meta(Options):
            db_table = "x"

    class B(models.Model):
        c = models.IntegerField(unique=True)

        class Meta(Options):
            db_table = "x_b"


@case
def several_schemas() -> None:
    class Here(models.Model):
        name = models.CharField(max_length=5, unique=True)

        class Meta(Options):
            db_table = "thing"

    class There(models.Model):
        name = models.CharField(max_length=5, unique=True, db_index=True)
        here = models.ForeignKey(Here, models.CASCADE)
        number = models.PositiveIntegerField()

        class Meta(Options):
            db_table = '"other"."thing"'
            indexes = [models.Index(fields=["number"], name="there_number")]
            constraints = [models.CheckConstraint(condition=Q(number__gt=0), name="there_check")]

    class AlsoThere(models.Model):
        there = models.ForeignKey(There, models.CASCADE)
        name = models.CharField(max_length=5, db_column='"quoted"')
        up = models.ForeignKey("self", models.CASCADE)

        class Meta(Options):
            db_table = 'other"."Also There'


@case
def not_columns() -> None:
    class Sparse(models.Model):
        nothing = Typed(None)
        something = models.IntegerField()

        class Meta(Options):
            pass

    class Swapped(models.Model):
        class Meta(Options):
            swappable = "SWAPPED_MODEL_OF_THE_TEST"


@case
def expressions_of_time_and_text() -> None:
    class Moment(models.Model):
        at = models.DateTimeField()
        day = models.DateField()
        name = models.CharField(max_length=20)

        class Meta(Options):
            indexes = [
                models.Index(models.functions.ExtractYear("day"), name="m_year"),
                models.Index(models.functions.Left("name", 3), name="m_left"),
                models.Index(models.functions.Replace("name", models.Value("%")), name="m_replace"),
                models.Index(models.functions.Abs(F("id")), name="m_abs"),
                models.Index(models.functions.Cast("name", models.TextField()), name="m_cast"),
                models.Index(models.functions.MD5("name"), name="m_md5"),
            ]
