"""The models of the business, one module per area."""

from .catalog import Category, Product, ProductCategory
from .inventory import Location, StockLevel, StockMovement
from .parties import Customer
from .sales import SalesOrder, SalesOrderLine

__all__ = [
    "Category",
    "Customer",
    "Location",
    "Product",
    "ProductCategory",
    "SalesOrder",
    "SalesOrderLine",
    "StockLevel",
    "StockMovement",
]
