import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import modify_settings
from django.urls import clear_url_caches
from pytest_django import Settings

import prodobit.urls
from database.models import Category, Customer, Location, Product, SalesOrder

LATER = "tests.database.studio.later"


@pytest.fixture(autouse=True)
def plain_http(settings: Settings) -> None:
    """The suite runs with production settings; the test client has no proxy in front of it."""
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def product() -> Product:
    return Product.objects.create(name="Desk", price="120.00")


@pytest.fixture
def category() -> Category:
    return Category.objects.create(name="Furniture", slug="furniture")


@pytest.fixture
def location() -> Location:
    return Location.objects.create(name="Main", code="MAIN")


@pytest.fixture
def customer() -> Customer:
    return Customer.objects.create(name="Ann", email="ann@example.com")


@pytest.fixture
def order(customer: Customer) -> SalesOrder:
    moment = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    return SalesOrder.objects.create(number="SO-1", customer=customer, ordered_at=moment)


@pytest.fixture
def later(transactional_db: None) -> Iterator[ModuleType]:
    """The app ``later`` installed, with its tables, and the addresses loaded anew."""
    registered = dict(admin.site._registry)
    with modify_settings(INSTALLED_APPS={"append": LATER}):
        models = list(apps.get_app_config("later").get_models())
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        _reload_addresses()
        yield sys.modules[f"{LATER}.models"]
        with connection.schema_editor() as editor:
            for model in reversed(models):
                editor.delete_model(model)
    admin.site._registry.clear()
    admin.site._registry.update(registered)
    sys.modules.pop(f"{LATER}.admin")
    _reload_addresses()


def _reload_addresses() -> None:
    importlib.reload(prodobit.urls)
    clear_url_caches()
