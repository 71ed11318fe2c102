"""Several changes at once, in each other's way."""

from tests.database.schema.contract.case import Case

SHAPE = """
class {0}(Model):
    a = CharField(max_length=9, db_index=True)
    b = SlugField(unique=True)
    c = PositiveIntegerField()
    other = ForeignKey('self', CASCADE, null=True)
    links = ManyToManyField('self')
    class Meta:
        unique_together = [('a', 'c')]
        indexes = [Index(fields=['c'])]
"""

CASES = [
    Case(
        "type changes under a check that would not fit it",
        """
        a = IntegerField()
        class Meta:
            constraints = [CheckConstraint(condition=Q(a__gte=0), name='k')]
        """,
        """
        a = TextField()
        class Meta:
            constraints = [CheckConstraint(condition=~Q(a=''), name='k')]
        """,
    ),
    Case(
        "type changes and a check goes",
        "a = PositiveIntegerField()",
        "a = TextField()",
    ),
    Case(
        "type changes and an expression index goes",
        """
        a = TextField()
        class Meta:
            indexes = [Index(Lower('a'), name='i')]
        """,
        "a = IntegerField()",
        rows="INSERT INTO shop_thing (a) VALUES ('1')",
    ),
    Case(
        "type changes and so does an expression index",
        """
        a = TextField()
        class Meta:
            indexes = [Index(Lower('a'), name='i')]
        """,
        """
        a = IntegerField()
        class Meta:
            indexes = [Index(Abs('a'), name='i')]
        """,
        rows="INSERT INTO shop_thing (a) VALUES ('1')",
    ),
    Case(
        "type changes under a partial unique constraint",
        """
        a = IntegerField()
        b = BooleanField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], condition=Q(b=True), name='u')]
        """,
        """
        a = BigIntegerField()
        b = IntegerField()
        class Meta:
            constraints = [UniqueConstraint(fields=['a'], condition=Q(b=1), name='u')]
        """,
        django="migrate changes the type before it drops the old constraint",
    ),
    Case(
        "type changes under an index whose operator class would not fit",
        """
        a = TextField()
        class Meta:
            indexes = [Index(fields=['a'], name='i', opclasses=['text_pattern_ops'])]
        """,
        """
        a = IntegerField()
        class Meta:
            indexes = [Index(fields=['a'], name='i')]
        """,
        rows="INSERT INTO shop_thing (a) VALUES ('1')",
    ),
    Case(
        "type changes under a GIN index that goes",
        """
        a = JSONField()
        class Meta:
            indexes = [GinIndex(fields=['a'], name='i')]
        """,
        "a = TextField()",
    ),
    Case(
        "type changes under an exclusion constraint",
        """
        a = IntegerField()
        b = IntegerRangeField()
        class Meta:
            constraints = [ExclusionConstraint(name='e', expressions=[('a', '='), ('b', '&&')])]
        """,
        """
        a = BigIntegerField()
        b = IntegerRangeField()
        class Meta:
            constraints = [ExclusionConstraint(name='e', expressions=[('a', '='), ('b', '&&')])]
        """,
    ),
    Case(
        "column with everything on it is dropped",
        """
        a = IntegerField()
        b = PositiveIntegerField(unique=True, db_comment='x', db_default=1)
        class Meta:
            indexes = [Index('b', name='i'), Index('a', 'b', name='j'), Index('a', condition=Q(b__gt=0), name='l')]
            constraints = [CheckConstraint(condition=Q(b__gt=F('a')) | Q(a__gt=0), name='k'), UniqueConstraint(fields=['a', 'b'], name='u'), UniqueConstraint(fields=['a'], include=['b'], name='v')]
        """,
        "a = IntegerField()",
        lossy=True,
    ),
    Case(
        "column with everything on it is renamed and retyped",
        """
        a = IntegerField()
        b = PositiveIntegerField(unique=True, db_comment='x', db_default=1)
        class Meta:
            indexes = [Index('b', name='i'), Index('a', condition=Q(b__gt=0), name='l')]
            constraints = [CheckConstraint(condition=Q(b__gt=0), name='k'), UniqueConstraint(fields=['a'], include=['b'], name='v')]
        """,
        """
        a = IntegerField()
        c = PositiveBigIntegerField(unique=True, db_comment='y', db_default=2)
        class Meta:
            indexes = [Index('c', name='i'), Index('a', condition=Q(c__gt=0), name='l')]
            constraints = [CheckConstraint(condition=Q(c__gt=0), name='k'), UniqueConstraint(fields=['a'], include=['c'], name='v')]
        """,
        renames=("shop.Thing.b=c",),
    ),
    Case(
        "indexed column is renamed and another indexed one takes its name",
        "a = CharField(max_length=9, db_index=True)",
        """
        b = CharField(max_length=9, db_index=True)
        a = CharField(max_length=9, db_index=True, default='x')
        """,
        renames=("shop.Thing.a=b",),
    ),
    Case(
        "unique column is renamed and another unique one takes its name",
        "a = IntegerField(unique=True)",
        """
        b = IntegerField(unique=True)
        a = IntegerField(unique=True, null=True)
        """,
        renames=("shop.Thing.a=b",),
    ),
    Case(
        "table is renamed and one of the same shape takes its name",
        SHAPE.format("A"),
        SHAPE.format("B") + SHAPE.format("A"),
        renames=("shop.A=B",),
    ),
    Case(
        "two tables of the same shape swap their names",
        SHAPE.format("A") + SHAPE.format("B") + "    d = IntegerField()\n",
        SHAPE.format("B") + SHAPE.format("A") + "    d = IntegerField()\n",
        renames=("shop.A=B", "shop.B=A"),
    ),
    Case(
        "everything about a table changes at once",
        """
        a = IntegerField(db_index=True)
        b = CharField(max_length=5)
        c = TextField(null=True)
        class Meta:
            db_table_comment = 'x'
            unique_together = [('a', 'b')]
        """,
        """
        a = BigIntegerField(unique=True)
        bb = TextField(db_default='x', db_comment='b')
        d = DateField(null=True, db_index=True)
        class Meta:
            db_table_comment = 'y'
            indexes = [Index('bb', name='i')]
            constraints = [CheckConstraint(condition=Q(a__gt=0), name='k')]
        """,
        renames=("shop.Thing.b=bb",),
        lossy=True,
    ),
    Case(
        "app is taken apart",
        """
        class A(Model):
            name = TextField()
            kind = CharField(max_length=9, null=True)
            size = IntegerField()
        """,
        """
        class Kind(Model):
            code = CharField(max_length=9, unique=True)
        class A(Model):
            name = TextField()
            kind = ForeignKey(Kind, CASCADE, to_field='code', null=True, db_column='kind_code')
            size = IntegerField()
        class Tag(Model):
            on = ManyToManyField(A)
        """,
        rows="INSERT INTO shop_a (name, size) VALUES ('a', 1)",
    ),
    Case(
        "foreign key becomes a composite part and its target grows",
        """
        class A(Model):
            id = AutoField(primary_key=True)
        class B(Model):
            a = ForeignKey(A, CASCADE)
            n = IntegerField()
            class Meta:
                constraints = [UniqueConstraint(fields=['a', 'n'], name='u')]
        """,
        """
        class A(Model):
            id = BigAutoField(primary_key=True)
            code = CharField(max_length=4, null=True)
        class B(Model):
            a = ForeignKey(A, DB_CASCADE, db_index=False)
            n = SmallIntegerField()
            class Meta:
                constraints = [UniqueConstraint(fields=['n', 'a'], name='u')]
        """,
    ),
    Case(
        "table is renamed, its key too, and others refer to it",
        """
        class A(Model):
            id = AutoField(primary_key=True)
            n = IntegerField(unique=True)
        class B(Model):
            a = ForeignKey(A, CASCADE)
            n = ForeignKey(A, CASCADE, to_field='n', related_name='+')
        """,
        """
        class Z(Model):
            number = BigAutoField(primary_key=True)
            m = BigIntegerField(unique=True)
        class B(Model):
            a = ForeignKey(Z, CASCADE)
            n = ForeignKey(Z, CASCADE, to_field='m', related_name='+')
        """,
        renames=("shop.A=Z", "shop.Z.id=number", "shop.Z.n=m"),
    ),
    Case(
        "generated column, its source and an index on it change",
        """
        a = IntegerField()
        g = GeneratedField(expression=F('a') * 2, output_field=IntegerField(), db_persist=True)
        class Meta:
            indexes = [Index('g', name='i')]
        """,
        """
        a = BigIntegerField()
        g = GeneratedField(expression=F('a') * 3, output_field=BigIntegerField(), db_persist=True)
        class Meta:
            indexes = [Index('g', name='i')]
            constraints = [CheckConstraint(condition=Q(g__gt=0), name='k')]
        """,
        moved=("shop_thing.g",),
        expect={"SELECT a, g FROM shop_thing ORDER BY id": [(1, 3), (2, 6), (3, 9)]},
        django="modifying a GeneratedField is not supported",
    ),
    Case(
        "names longer than 63 bytes that Django cuts itself",
        "",
        """
        class AModelOfAnExceedinglyLongNameThatNobodyWouldEverTypeInEarnest(Model):
            a_field_of_an_exceedingly_long_name_that_nobody_would_type = CharField(max_length=9, db_index=True)
            another_field_of_an_exceedingly_long_name_that_refers = ForeignKey('self', CASCADE, null=True)
            many_fields_of_an_exceedingly_long_name_that_nobody_types = ManyToManyField('self')
            class Meta:
                unique_together = [('a_field_of_an_exceedingly_long_name_that_nobody_would_type', 'another_field_of_an_exceedingly_long_name_that_refers')]
        """,
    ),
    Case(
        "model changes the case of its name",
        """
        class Thing(Model):
            a = IntegerField()
        """,
        """
        class THING(Model):
            a = IntegerField()
        """,
        nothing=True,
    ),
    Case(
        "user of our own",
        "",
        """
        from django.contrib.auth.models import AbstractUser
        class User(AbstractUser):
            phone = CharField(max_length=20, unique=True, null=True)
        """,
        uses=("contenttypes", "auth"),
        rows=0,
    ),
    Case(
        "types that Django has no field for",
        "",
        """
class Custom(Field):
    def __init__(self, kind, *args, **kwargs):
        self.kind = kind
        super().__init__(*args, **kwargs)
    def db_type(self, connection):
        return self.kind
    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, [self.kind, *args], kwargs
class Thing(Model):
    a = Custom('citext')
    b = Custom('char(3)')
    c = Custom('int4', null=True)
    d = Custom('timestamp(3) with time zone')
    e = Custom('numeric(10, 2)[]')
    f = Custom('bit(3)')
    g = Custom('VARCHAR(20)', unique=True)
    h = Custom('public.citext')
    i = Custom('interval day to second')
    j = Custom('money')
    k = Custom('double precision', db_index=True)
    l = Custom('int', db_default=Value(5))
    m = Custom('timestamptz')
    n = Custom('bool')
    o = Custom('float8')
    p = Custom('time without time zone')
    q = Custom('decimal(5)')
    r = Custom('"char"')
    s = Custom('text[][]')
    t = Custom('tsquery')
    u = Custom('xml')
""",
        rows=0,
        django="",
    ),
]
