"""What was sold, to whom, at what price."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from database.functions import TransactionStart

from .catalog import Product
from .parties import Customer


class SalesOrder(models.Model):
    """An order of one customer."""

    class Status(models.TextChoices):
        """How far an order has come."""

        DRAFT = "draft", "Draft"
        CONFIRMED = "confirmed", "Confirmed"
        SHIPPED = "shipped", "Shipped"
        PAID = "paid", "Paid"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(
        max_length=20, unique=True, db_comment="Number printed on papers to the customer."
    )
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, related_name="orders")
    status = models.CharField(max_length=10, choices=Status, db_default=Status.DRAFT)
    ordered_at = models.DateTimeField(
        db_default=TransactionStart(), db_comment="When the customer ordered."
    )

    class Meta:
        db_table = "sales_orders"
        db_table_comment = "Orders of customers."
        ordering: ClassVar = ["-ordered_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "confirmed", "shipped", "paid", "cancelled"]),
                name="sales_orders_status_known",
                violation_error_message="The status is not one of the list.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-ordered_at", "-id"], name="sales_orders_ordered_at_idx"),
            models.Index(
                fields=["ordered_at"],
                name="sales_orders_open_idx",
                condition=Q(status__in=["draft", "confirmed", "shipped"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class SalesOrderLine(models.Model):
    """One product on an order, at the price it was sold for."""

    order = models.ForeignKey(
        SalesOrder, on_delete=models.DB_CASCADE, db_index=False, related_name="lines"
    )
    position = models.PositiveSmallIntegerField(
        db_comment="Place of the line on the order, from 1."
    )
    product = models.ForeignKey(Product, on_delete=models.DO_NOTHING, related_name="order_lines")
    quantity = models.PositiveIntegerField(db_comment="Units sold; at least one.")
    unit_price = models.DecimalField(
        max_digits=10, decimal_places=2, db_comment="Price of one unit when it was sold."
    )
    line_total = models.GeneratedField(
        expression=F("quantity") * F("unit_price"),
        output_field=models.DecimalField(max_digits=20, decimal_places=2),
        db_persist=True,
        db_comment="quantity times unit_price, kept by the database.",
    )

    class Meta:
        db_table = "sales_order_lines"
        db_table_comment = "Products on orders, at the price they were sold for."
        ordering: ClassVar = ["order", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "position"],
                name="sales_order_lines_position",
                violation_error_message="This position is taken.",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1),
                name="sales_order_lines_position_from_one",
                violation_error_message="Positions start at 1.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1),
                name="sales_order_lines_quantity_positive",
                violation_error_message="At least one unit must be sold.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0),
                name="sales_order_lines_price_not_negative",
                violation_error_message="The price cannot be below zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} line {self.position}"
