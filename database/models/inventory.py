"""Where the goods are, and how they got there."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from database.functions import TransactionStart

from .catalog import Product


class Location(models.Model):
    """A place that holds stock: a warehouse, a shop, a van."""

    name = models.CharField(max_length=120)
    code = models.CharField(
        max_length=20, unique=True, db_comment="Short name used on labels and in exchange files."
    )

    class Meta:
        db_table = "locations"
        db_table_comment = "Places that hold stock."
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class StockLevel(models.Model):
    """How much of a product is at a location now."""

    product = models.ForeignKey(
        Product, on_delete=models.DB_CASCADE, db_index=False, related_name="stock_levels"
    )
    location = models.ForeignKey(Location, on_delete=models.DO_NOTHING, related_name="stock_levels")
    quantity = models.IntegerField(
        db_default=0, db_comment="Units on hand; reserved units are part of it."
    )
    updated_at = models.DateTimeField(
        auto_now=True, db_default=TransactionStart(), db_comment="When the quantity last changed."
    )

    class Meta:
        db_table = "stock_levels"
        db_table_comment = "Units on hand of each product at each location."
        ordering: ClassVar = ["product", "location"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "location"],
                name="stock_levels_product_location",
                violation_error_message="This product has a level at this location already.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="stock_levels_quantity_not_negative",
                violation_error_message="The quantity cannot be below zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} at {self.location}: {self.quantity}"


class StockMovement(models.Model):
    """One change of stock. Rows are added, never changed."""

    class Reason(models.TextChoices):
        """Why stock changed."""

        PURCHASE = "purchase", "Purchase"
        SALE = "sale", "Sale"
        RETURN = "return", "Return"
        TRANSFER = "transfer", "Transfer"
        COUNT = "count", "Stock count"
        LOSS = "loss", "Loss"

    product = models.ForeignKey(
        Product, on_delete=models.DO_NOTHING, db_index=False, related_name="stock_movements"
    )
    location = models.ForeignKey(
        Location, on_delete=models.DO_NOTHING, related_name="stock_movements"
    )
    quantity = models.IntegerField(db_comment="Units that came (above zero) or went (below).")
    reason = models.CharField(max_length=10, choices=Reason)
    moved_at = models.DateTimeField(
        db_default=TransactionStart(), db_comment="When the goods moved."
    )

    class Meta:
        db_table = "stock_movements"
        db_table_comment = "Every change of stock; rows are added, never changed."
        ordering: ClassVar = ["-moved_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(quantity=0),
                name="stock_movements_quantity_not_zero",
                violation_error_message="A movement of nothing is no movement.",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["purchase", "sale", "return", "transfer", "count", "loss"]),
                name="stock_movements_reason_known",
                violation_error_message="The reason is not one of the list.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-moved_at", "-id"], name="stock_movements_moved_at_idx"),
            models.Index(fields=["product", "-moved_at"], name="stock_movements_product_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.product} at {self.location}"
