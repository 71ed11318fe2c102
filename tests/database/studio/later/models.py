"""Models that are hard to show, as people write them."""
# ruff: noqa: DJ008

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower


class Note(models.Model):
    """Nothing but a bulky text."""

    body = models.TextField()


class Reading(models.Model):
    """No text at all, no __str__, no Meta."""

    value = models.FloatField()
    valid = models.BooleanField(default=True)
    taken_on = models.DateField()


class Alarm(models.Model):
    """Refers to rows without a text, and keeps a natural key."""

    code = models.CharField(primary_key=True, max_length=10)
    reading = models.ForeignKey(Reading, on_delete=models.DB_SET_NULL, null=True, blank=True)
    tags = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    loud = models.GeneratedField(
        expression=Lower("code"), output_field=models.CharField(max_length=10), db_persist=True
    )


class Folder(models.Model):
    """A tree that goes with its root."""

    title = models.CharField(max_length=20)
    inside = models.ForeignKey("self", on_delete=models.DB_CASCADE, null=True, blank=True)


class Document(models.Model):
    """Goes with its folder, and stands in the way of what it cites."""

    title = models.CharField(max_length=20)
    folder = models.ForeignKey(Folder, on_delete=models.DB_CASCADE)
    cites = models.ForeignKey("self", on_delete=models.DO_NOTHING, null=True, blank=True)


class Seat(models.Model):
    """Django's admin refuses a composite primary key."""

    pk = models.CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()


class Written(models.Model):
    """Has an admin of its own."""

    name = models.CharField(max_length=20)
    limit = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(limit__gte=0), name="written_limit")
        ]
