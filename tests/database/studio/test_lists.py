from types import ModuleType

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from database import models as project
from database.studio import counting, filters

pytestmark = pytest.mark.django_db

LISTS = [
    "product",
    "category",
    "productcategory",
    "customer",
    "location",
    "stocklevel",
    "stockmovement",
    "salesorder",
    "salesorderline",
]


def add_rows(first: int, last: int) -> None:
    """Rows in every table, each with rows of its own to refer to."""
    for number in range(first, last):
        product = project.Product.objects.create(name=f"Desk {number}", price=number)
        place = project.Location.objects.create(name=f"Hall {number}", code=f"H{number}")
        parent = project.Category.objects.create(name=f"Root {number}", slug=f"root-{number}")
        category = project.Category.objects.create(
            name=f"Leaf {number}", slug=f"leaf-{number}", parent=parent
        )
        project.ProductCategory.objects.create(product=product, category=category)
        project.StockLevel.objects.create(product=product, location=place, quantity=number)
        project.StockMovement.objects.create(
            product=product, location=place, quantity=1, reason="sale"
        )
        customer = project.Customer.objects.create(name="Ann", email=f"ann{number}@example.com")
        order = project.SalesOrder.objects.create(number=f"SO-{number}", customer=customer)
        order.lines.create(position=1, product=product, quantity=1, unit_price=1)


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_many_rows_as_for_few(admin_client: Client, name: str) -> None:
    path = f"/admin/database/{name}/"
    add_rows(0, 3)
    few = queries_of(admin_client, path)

    add_rows(3, 12)

    assert queries_of(admin_client, path) == few
    assert few <= 12


@pytest.mark.parametrize("name", LISTS)
def test_every_list_can_be_searched(admin_client: Client, name: str) -> None:
    add_rows(1, 3)

    page = admin_client.get(f"/admin/database/{name}/", {"q": "no such thing"})

    assert "0 results" in page.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "created_at__year=9999",
        "created_at__year=abc",
        "created_at__month=13&created_at__year=2026",
        "name__regex=%5B",
        "id__exact=99999999999999999999",
        "price__gt=abc",
        "nonsense=1",
        "p=99999999",
        "p=abc",
        "o=77.-x",
        "_to_field=id",
    ],
)
def test_a_nonsensical_address_is_no_crash(admin_client: Client, query: str) -> None:
    page = admin_client.get(f"/admin/database/product/?{query}", follow=True)

    assert page.status_code == 200


def test_a_large_table_is_estimated_and_says_so(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNTED_ROWS", 5)
    add_rows(0, 8)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products")

    whole = admin_client.get("/admin/database/product/").content.decode()
    part = admin_client.get("/admin/database/product/?q=Desk").content.decode()

    assert "about 8 products" in whole
    assert "more than 5 products" in part
    for page in (whole, part):
        assert "Filter by created at" not in page


def test_a_table_that_was_never_analyzed_is_not_guessed(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "COUNTED_ROWS", 2)
    # PostgreSQL analyzes tables by itself, and may just have done so to what an earlier test left.
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_class SET reltuples = -1 WHERE oid = %s::regclass",
            [project.Customer._meta.db_table],
        )
    add_rows(0, 3)

    assert str(counting.count_rows(project.Customer.objects.all())) == "more than 2"


def test_an_estimate_below_what_was_counted_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counting, "COUNTED_ROWS", 2)
    monkeypatch.setattr(counting, "_estimate", lambda rows: 1)
    add_rows(0, 4)

    assert str(counting.count_rows(project.Product.objects.all())) == "more than 2"


def test_a_relation_to_many_rows_is_no_filter(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "CHOICES", 2)
    add_rows(0, 2)
    assert "By customer" in admin_client.get("/admin/database/salesorder/").content.decode()
    add_rows(2, 4)
    customer = project.Customer.objects.first()
    assert customer is not None

    whole = admin_client.get("/admin/database/salesorder/").content.decode()
    part = admin_client.get(f"/admin/database/salesorder/?customer__id__exact={customer.pk}")

    assert "By customer" not in whole
    assert "1 sales order" in part.content.decode()
    assert "4 sales order" not in part.content.decode()


def test_autocomplete_finds_rows_without_asking_for_each(admin_client: Client) -> None:
    path = "/admin/autocomplete/?app_label=database&model_name={}&field_name={}&term={}"
    add_rows(0, 3)
    found = admin_client.get(path.format("salesorderline", "product", "desk 1")).json()
    few = queries_of(admin_client, path.format("salesorderline", "order", ""))

    add_rows(3, 12)

    assert [result["text"] for result in found["results"]] == ["Desk 1"]
    assert queries_of(admin_client, path.format("salesorderline", "order", "")) == few


def test_a_user_without_rights_sees_nothing(client: Client) -> None:
    User.objects.create_user("clerk", password="x", is_staff=True)
    client.login(username="clerk", password="x")

    assert "permission" in client.get("/admin/").content.decode()
    assert client.get("/admin/database/product/").status_code == 403


def test_lists_of_models_that_are_hard_to_show(later: ModuleType, admin_client: Client) -> None:
    later.Note.objects.create(body="x" * 5000)
    reading = later.Reading.objects.create(value=1, taken_on="2026-01-02")
    later.Alarm.objects.create(code="A/1 _", reading=reading, tags=["a"])

    for model in apps.get_app_config("later").get_models():
        if model is not later.Seat:
            path = f"/admin/later/{model._meta.model_name}/"
            assert admin_client.get(path).status_code == 200
            assert admin_client.get(f"{path}add/").status_code == 200


def test_the_root_leads_to_studio(client: Client) -> None:
    response = client.get("/", follow=True)

    assert response.redirect_chain[0] == ("/admin/", 302)
    assert "Prodobit Studio" in response.content.decode()
