"""What is sold: products, and the tree of categories they are found under."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from database.functions import TransactionStart


class Product(models.Model):
    """An article with its current price."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=255)
    price = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        db_comment="Current unit price; an order line keeps the price it was sold at.",
    )
    created_at = models.DateTimeField(
        db_default=TransactionStart(), editable=False, db_comment="When the product was added."
    )

    class Meta:
        db_table = "products"
        db_table_comment = "Articles that can be stocked and sold."
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(price__gte=0),
                name="products_price_not_negative",
                violation_error_message="The price cannot be below zero.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="products_name_id_idx"),
            models.Index(fields=["-created_at"], name="products_created_at_idx"),
        ]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of the category tree; a category without a parent is a root."""

    parent = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="children",
        db_comment="The category this one stands under; empty for a root.",
    )
    name = models.CharField(max_length=120)
    slug = models.SlugField(
        max_length=140, unique=True, db_comment="Name in addresses: lower case, no spaces."
    )
    products = models.ManyToManyField(
        Product, through="ProductCategory", related_name="categories", blank=True
    )

    class Meta:
        db_table = "categories"
        db_table_comment = "The tree of categories that products are found under."
        verbose_name_plural = "categories"
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="categories_not_own_parent",
                violation_error_message="A category cannot be its own parent.",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="categories_name_id_idx"),
        ]

    def __str__(self) -> str:
        return self.name


class ProductCategory(models.Model):
    """The placing of one product in one category."""

    product = models.ForeignKey(Product, on_delete=models.DB_CASCADE, db_index=False)
    category = models.ForeignKey(Category, on_delete=models.DB_CASCADE)

    class Meta:
        db_table = "product_categories"
        db_table_comment = "Which product stands in which category."
        verbose_name_plural = "product categories"
        ordering: ClassVar = ["product", "category"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "category"],
                name="product_categories_once",
                violation_error_message="The product is in this category already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} in {self.category}"
