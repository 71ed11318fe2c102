"""Who the business deals with."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from database.functions import TransactionStart


class Customer(models.Model):
    """A person or company that buys."""

    name = models.CharField(max_length=200)
    email = models.EmailField(
        verbose_name="e-mail", db_comment="Unique whatever the case of its letters."
    )
    phone = models.CharField(max_length=40, blank=True, db_default="")
    created_at = models.DateTimeField(
        db_default=TransactionStart(), editable=False, db_comment="When the customer was added."
    )

    class Meta:
        db_table = "customers"
        db_table_comment = "People and companies that buy."
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="customers_email_unique",
                violation_error_message="There is a customer with this e-mail already.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="customers_name_id_idx"),
            models.Index(fields=["-created_at"], name="customers_created_at_idx"),
        ]

    def __str__(self) -> str:
        return self.name
