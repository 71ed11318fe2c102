"""Expressions: many that stay as they are, and some that change in what is easily overlooked."""

from tests.database.schema.contract.case import Case

FIELDS = """
a = IntegerField()
b = IntegerField(null=True)
text = TextField(default='x')
word = CharField(max_length=40, default='x')
price = DecimalField(max_digits=9, decimal_places=2, default=1)
real = FloatField(default=1)
flag = BooleanField(default=True)
day = DateField(default=date(2024, 2, 29))
at = DateTimeField(default=datetime(2024, 2, 29, tzinfo=timezone.utc))
span = DurationField(default=timedelta(1))
clock = TimeField(default=time(12))
data = JSONField(default=dict)
tags = ArrayField(IntegerField(), default=list)
words = ArrayField(CharField(max_length=9), default=list)
extent = IntegerRangeField(default=(1, 2))
days = DateRangeField(default=(date(2024, 1, 1), None))
key = UUIDField(default='00000000-0000-0000-0000-000000000001')
net = GenericIPAddressField(default='10.0.0.1')
pairs = HStoreField(default=dict)
raw = BinaryField(default=b'x')
"""

CONDITIONS = """
Q(a=1)
~Q(a=1)
Q(a=-1)
Q(a__gte=F('b'))
Q(a__lt=F('b') * 2 + 1)
Q(a__lt=(F('b') + 1) * 2)
Q(a__lt=F('b') - (F('a') - 1))
Q(a__lt=F('b') % 3)
Q(a__lt=F('b') / 3)
Q(a__lt=F('b') ** 2)
Q(a=F('b').bitand(4))
Q(a__in=[1])
Q(a__in=[3, 1, 2])
~Q(a__in=[3, 1, 2])
Q(a__range=(-5, 5))
Q(b__isnull=True)
Q(b__isnull=False)
Q(a=1) | Q(b=2) & Q(text='x')
(Q(a=1) | Q(b=2)) & Q(text='x')
~(Q(a=1) | ~Q(b=2))
Q(a=1) ^ Q(b=2)
Q(price__gt=0)
Q(price__gt=Decimal('1.50'))
Q(price__gt=1.5)
Q(price=F('a'))
Q(price__lte=F('real') * 2)
Q(real__gt=1)
Q(real__gt=1e-7)
Q(flag=True)
Q(flag=False)
~Q(flag=True)
Q(flag=F('flag'))
Q(text='')
Q(text="it's")
Q(text='back\\\\slash')
Q(text='line\\nbreak')
Q(text='ü☃ %s %% {}')
Q(text=F('word'))
Q(word='x')
Q(word__in=['a', 'b c', "d'e"])
Q(text__contains='50%_')
Q(text__icontains='Ab')
Q(text__startswith='a')
Q(text__istartswith='a')
Q(text__endswith='%')
Q(text__iexact='Ab')
Q(text__regex=r'^\\d+[a-z]$')
Q(text__iregex=r'(a|b)')
Q(text__gt='a')
Q(word__contains=F('text'))
Q(day__gt=date(2024, 2, 29))
Q(day__year=2024)
Q(day__month__in=[1, 2])
Q(day__week_day=1)
Q(at__gt=datetime(2024, 2, 29, 12, 30, tzinfo=timezone.utc))
Q(at__gt=F('at') - timedelta(days=1))
Q(span__gt=timedelta(hours=1, microseconds=5))
Q(clock__lt=time(23, 59))
Q(data={})
Q(data={'a': [1, None, "it's"]})
Q(data__a=1)
Q(data__a__b='x')
Q(data__list__0=1)
Q(data__has_key='a')
Q(data__has_any_keys=['a', 'b'])
Q(data__contains={'a': 1})
Q(data__a__isnull=True)
Q(tags=[1, 2])
Q(tags=[])
Q(tags__contains=[1])
Q(tags__contained_by=[1, 2])
Q(tags__overlap=[1])
Q(tags__len__lte=3)
Q(tags__0=1)
Q(words__contains=['a'])
Q(extent__contains=5)
Q(extent__overlap=(1, 5))
Q(extent__startswith__gte=0)
Q(extent__isempty=False)
Q(extent__fully_lt=(10, 20))
Q(days__contains=date(2024, 1, 1))
Q(days__endswith__isnull=True)
Q(key='00000000-0000-0000-0000-000000000001')
Q(net='10.0.0.1')
Q(pairs__a='1')
Q(pairs__has_key='a')
Q(Exact(Lower('word'), 'x'))
Q(Exact(Upper(Trim('text')), Concat('word', Value('-'), 'text', output_field=TextField())))
Q(GreaterThan(Length('text'), 0))
Q(GreaterThan(Coalesce('b', 'a', 0), 0))
Q(GreaterThan(Greatest('a', 'b'), Least('a', 'b')))
Q(GreaterThan(NullIf('a', 0), 0))
Q(GreaterThan(Cast('word', IntegerField()), 0))
Q(GreaterThan(Cast('a', DecimalField(max_digits=9, decimal_places=2)), 0))
Q(Exact(Cast('a', CharField(max_length=3)), 'x'))
Q(GreaterThan(Abs('a'), 0))
Q(GreaterThan(Round('price'), 0))
Q(GreaterThan(Mod('a', 2), 0))
Q(GreaterThan(StrIndex('text', Value('x')), 0))
Q(Exact(Substr('text', 1, 2), 'ab'))
Q(Exact(Left('text', 2), 'ab'))
Q(Exact(Replace('word', Value('a'), Value('b')), 'ab'))
Q(Exact(Repeat('word', 2), 'xx'))
Q(Exact(Reverse('word'), 'x'))
Q(Exact(MD5('word'), 'x'))
Q(Exact(LPad('word', 5, Value('0')), 'x'))
Q(Exact(Collate('word', 'C'), 'x'))
Q(GreaterThan(ExtractYear('day'), 2000))
Q(GreaterThan(Extract('day', 'quarter'), 0))
Q(Exact(TruncMonth('day'), date(2024, 1, 1)))
Q(a__gte=Case(When(b__gt=5, then=1), When(b=3, then=2), default=0))
Q(a__gte=Case(When(Q(b__gt=5) & ~Q(text='x'), then=F('b')), default=None))
Q(Q(a=1), Q(b=2), Q(text='x') | Q(word='y'), flag=True)
Q(Exact(F('a') + F('b'), F('b') + F('a')))
Q(GreaterThan(F('price') * F('a'), Value(Decimal('0.00'))))
Q(GreaterThan(F('price') * Value(Decimal('1.5')), 0))
Q(Exact(-F('a'), -1))
Q(Exact(Func(F('text'), Value('b'), function='strpos', output_field=IntegerField()), 1))
Q(Exact(Func(F('text'), template="(%(expressions)s || '%%%%')", output_field=TextField()), 'x%'))
""".strip().split("\n")

MUTABLE = ("F('at') - ", "TruncMonth")
"""What PostgreSQL refuses in the condition of an index."""

KEYS = """
Lower('word')
Upper('text').desc()
F('a').desc(nulls_last=True)
Coalesce('b', 'a')
F('a') + F('b')
(F('a') + 1) * F('b')
Cast('a', TextField())
Concat('word', Value('%'), 'text', output_field=TextField())
Collate('word', 'C')
KeyTextTransform('a', 'data')
Length('text')
Abs('a')
ExtractYear('day')
NullIf('text', Value(''))
Case(When(flag=True, then=F('a')), default=Value(0))
MD5('text')
Round('price', 1)
F('tags__0')
Substr('text', 1, 3)
OpClass(Lower('text'), name='text_pattern_ops')
""".strip().split("\n")

GENERATED = """
IntegerField() <- F('a') + 1
IntegerField() <- F('a') * F('b') - 1
DecimalField(max_digits=12, decimal_places=2) <- F('price') * F('a')
DecimalField(max_digits=12, decimal_places=4) <- F('price') * Decimal('1.19')
FloatField() <- F('real') / 3
TextField() <- Lower('text')
TextField() <- Concat('text', Value(" 'n' %"), output_field=TextField())
CharField(max_length=99) <- Upper('word')
BooleanField() <- Q(a__gt=0)
BooleanField() <- Q(a__gt=0) & Q(text='x') | ~Q(flag=True)
IntegerField() <- Coalesce('b', 0)
TextField() <- Case(When(a__gt=0, then=Value('plus')), default=Value('minus'))
IntegerField() <- Length('text')
JSONField() <- KeyTransform('a', 'data')
TextField() <- KeyTextTransform('a', 'data')
DateField() <- F('day') + timedelta(days=1)
SearchVectorField() <- SearchVector('text', config='english')
ArrayField(IntegerField()) <- F('tags')
""".strip().split("\n")

DEFAULTS = """
IntegerField(db_default=-1)
IntegerField(db_default=Value(1) + Value(2) * Value(3))
BigIntegerField(db_default=9000000000)
DecimalField(max_digits=9, decimal_places=2, db_default=0)
DecimalField(max_digits=9, decimal_places=2, db_default=Decimal('-0.10'))
FloatField(db_default=1e-7)
FloatField(db_default=Pi())
BooleanField(db_default=False)
TextField(db_default='')
TextField(db_default="it's 100% \\\\ 'so' \\n")
CharField(max_length=9, db_default='x')
CharField(max_length=9, db_default=Value('x'))
TextField(db_default=Lower(Value('X')))
TextField(db_default=Concat(Value('a'), Value('b')))
TextField(null=True, db_default=None)
DateField(db_default=date(2024, 2, 29))
DateField(db_default=Now())
DateTimeField(db_default=datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=timezone.utc))
DateTimeField(db_default=Now())
TimeField(db_default=time(1, 2, 3))
DurationField(db_default=timedelta(days=-1, seconds=5))
UUIDField(db_default='00000000-0000-0000-0000-000000000001')
UUIDField(db_default=Func(function='gen_random_uuid'))
JSONField(db_default=Value({}, JSONField()))
JSONField(db_default=Value([1, None, "it's"], JSONField()))
JSONField(db_default={'a': 1})
ArrayField(IntegerField(), db_default=[1, 2])
ArrayField(TextField(), db_default=[])
ArrayField(CharField(max_length=5), db_default=['a', "b'c"])
HStoreField(db_default={})
HStoreField(db_default={'a': '1', 'b': None})
IntegerRangeField(db_default=(1, 5))
BinaryField(db_default=b'\\x00%\\\\')
GenericIPAddressField(db_default='10.0.0.1')
SlugField(db_default='a-b')
EmailField(db_default='a@b.c')
IntegerField(db_default=Cast(Value('5'), IntegerField()))
FloatField(db_default=Random())
""".strip().split("\n")

MANY = (
    FIELDS
    + "class Meta:\n    constraints = [\n"
    + "".join(
        f"        CheckConstraint(condition={condition}, name='k{number}'),\n"
        for number, condition in enumerate(CONDITIONS)
    )
    + "    ]\n    indexes = [\n"
    + "".join(f"        Index({key}, name='i{number}'),\n" for number, key in enumerate(KEYS))
    + "".join(
        f"        Index('a', condition={condition}, name='p{number}'),\n"
        for number, condition in enumerate(CONDITIONS)
        if not any(mutable in condition for mutable in MUTABLE)
    )
    + "    ]\n"
)
COLUMNS = (
    FIELDS
    + "".join(
        "g{} = GeneratedField(output_field={}, expression={}, db_persist=True)\n".format(
            number, *line.split(" <- ")
        )
        for number, line in enumerate(GENERATED)
    )
    + "".join(f"d{number} = {default}\n" for number, default in enumerate(DEFAULTS))
)


def changed(story: str, old: str, new: str) -> Case:
    """The condition of a check and of an index, or more of the kind, changes."""
    meta = (
        "class Meta:\n"
        "    constraints = [CheckConstraint(condition={0} | Q(id__gt=0), name='k')]\n"
        "    indexes = [Index('a', condition={0}, name='i')]\n"
    )
    return Case(f"condition changes: {story}", FIELDS + meta.format(old), FIELDS + meta.format(new))


CHANGED = [
    changed("case of a text", "Q(text='x')", "Q(text='X')"),
    changed("spaces in a text", "Q(text='a b')", "Q(text='a  b')"),
    changed("parentheses in a text", "Q(text='(a)')", "Q(text='a')"),
    changed("quotes in a text", 'Q(text="it\'s")', "Q(text='its')"),
    changed("cast in a text", "Q(text='a::text')", "Q(text='a')"),
    changed("brackets", "Q(a=1) | Q(b=2) & Q(flag=True)", "(Q(a=1) | Q(b=2)) & Q(flag=True)"),
    changed("sum and product", "Q(a__gt=F('b') * 2 + 1)", "Q(a__gt=F('b') * (Value(2) + 1))"),
    changed("sign", "Q(a=1)", "Q(a=-1)"),
    changed("number", "Q(price=Decimal('1.5'))", "Q(price=Decimal('1.51'))"),
    changed("comparison", "Q(a__gt=1)", "Q(a__gte=1)"),
    changed("negation", "Q(a__gt=1)", "~Q(a__gt=1)"),
    changed("column", "Q(a__gt=1)", "Q(b__gt=1)"),
    changed("members of a list", "Q(a__in=[1, 2])", "Q(a__in=[1, 3])"),
    changed("order of a list", "Q(a__in=[1, 2])", "Q(a__in=[2, 1])"),
    changed("upper and lower", "Q(text__iexact='a')", "Q(text='A')"),
    changed("pattern", "Q(text__contains='%')", "Q(text__contains='_')"),
    changed("NULL", "Q(b__isnull=True)", "Q(b__isnull=False)"),
    changed("boolean", "Q(flag=True)", "Q(flag=False)"),
    changed("date", "Q(day__gt=date(2024, 2, 28))", "Q(day__gt=date(2024, 2, 29))"),
    changed(
        "second",
        "Q(at=datetime(2024, 2, 29, 1, tzinfo=timezone.utc))",
        "Q(at=datetime(2024, 2, 29, 1, 0, 1, tzinfo=timezone.utc))",
    ),
    changed("JSON key", "Q(data__a=1)", "Q(data__b=1)"),
    changed("JSON type", "Q(data__a=1)", "Q(data__a='1')"),
    changed(
        "order of branches",
        "Q(a=Case(When(b=1, then=1), When(b=2, then=2), default=0))",
        "Q(a=Case(When(b=2, then=2), When(b=1, then=1), default=0))",
    ),
    changed("order of operands", "Q(a=F('b') - F('id'))", "Q(a=F('id') - F('b'))"),
    changed(
        "cast",
        "Q(Exact(Cast('a', TextField()), '1'))",
        "Q(Exact(Cast('a', CharField(max_length=1)), '1'))",
    ),
]

CASES = [
    Case("a hundred checks and indexes stay", MANY, MANY, nothing=True, rows=0),
    Case("many generated columns and defaults stay", COLUMNS, COLUMNS, nothing=True, rows=0),
    Case("a hundred checks and indexes are made", FIELDS, MANY, rows=0),
    *CHANGED,
]
