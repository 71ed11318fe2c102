"""The same tables as Django models and as a Drizzle schema.

Each of N tables has 10 columns, 2 indexes, 1 unique constraint, 1 check, and 1 foreign key to the
table before it (the first one's is to itself), or to the first one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

APP = "benchmark_shop"

MODELS = """\
\"\"\"{count} models.\"\"\"

from django.db import models
"""

MODEL = """

class Item{number}(models.Model):
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    note = models.TextField(null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2)
    amount = models.IntegerField(db_default=0)
    active = models.BooleanField(db_default=True)
    made_at = models.DateTimeField()
    day = models.DateField(null=True)
    previous = models.ForeignKey(
        {target}, on_delete=models.CASCADE, null=True, db_index=False, related_name="+"
    )

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="item{number}_name"),
            models.Index(fields=["previous", "made_at"], name="item{number}_previous"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="item{number}_code"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="item{number}_price"),
        ]
"""

COMMAND = """\
\"\"\"Starts Django and ends: what every command costs.\"\"\"

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    requires_system_checks = []

    def handle(self, *args, **options):
        pass
"""

DRIZZLE = """\
import {{ bigint, boolean, check, date, index, integer, numeric, pgTable, text, timestamp,
  unique, varchar }} from "drizzle-orm/pg-core";
import {{ sql }} from "drizzle-orm";
"""

DRIZZLE_TABLE = """
export const item{number} = pgTable("benchmark_shop_item{number}", {{
  id: bigint("id", {{ mode: "number" }}).primaryKey().generatedByDefaultAsIdentity(),
  code: varchar("code", {{ length: 40 }}).notNull(),
  name: varchar("name", {{ length: 200 }}).notNull(),
  note: text("note"),
  price: numeric("price", {{ precision: 12, scale: 2 }}).notNull(),
  amount: integer("amount").notNull().default(0),
  active: boolean("active").notNull().default(true),
  madeAt: timestamp("made_at", {{ withTimezone: true }}).notNull(),
  day: date("day"),
  previousId: bigint("previous_id", {{ mode: "number" }}){reference},
}}, (t) => [
  index("item{number}_name").on(t.name),
  index("item{number}_previous").on(t.previousId, t.madeAt),
  unique("item{number}_code").on(t.code),
  check("item{number}_price", sql`${{t.price}} >= 0`),
]);
"""


def chain(number: int) -> str:
    """Return what a model of a chain points to: the one before it, the first one to itself."""
    return f"Item{number - 1}" if number > 1 else '"self"'


def star(number: int) -> str:
    """Return what a model of a star points to: the first one, also that one itself."""
    return "Item1" if number > 1 else '"self"'


def models_source(count: int, shape: Callable[[int], str] = chain) -> str:
    """Return the source of a module with ``count`` models."""
    text = MODELS.format(count=count)
    for number in range(1, count + 1):
        text += MODEL.format(number=number, target=shape(number))
    return text


def write_app(folder: Path, source: str) -> None:
    """Write a Django app with these models, and a command that does nothing."""
    commands = folder / APP / "management" / "commands"
    commands.mkdir(parents=True)
    for package in (folder / APP, folder / APP / "management", commands):
        (package / "__init__.py").write_text("")
    (commands / "benchmark_nothing.py").write_text(COMMAND)
    (folder / APP / "models.py").write_text(source)


def write_drizzle(path: Path, count: int) -> None:
    """Write a Drizzle schema with ``count`` tables."""
    text = DRIZZLE.format()
    for number in range(1, count + 1):
        reference = (
            f'.references(() => item{number - 1}.id, {{ onDelete: "no action" }})'
            if number > 1
            else ""
        )
        text += DRIZZLE_TABLE.format(number=number, reference=reference)
    path.write_text(text)
