from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from database.models import Category, Customer, Product, SalesOrder, StockLevel
from database.studio import modeladmin

pytestmark = pytest.mark.django_db

NO_LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}
NO_PARTS = {
    "productcategory_set-TOTAL_FORMS": "0",
    "productcategory_set-INITIAL_FORMS": "0",
    "stock_levels-TOTAL_FORMS": "0",
    "stock_levels-INITIAL_FORMS": "0",
}


def line(number: int, **values: Any) -> dict[str, str]:
    """The fields of one line on an order's page."""
    return {f"lines-{number}-{name}": str(value) for name, value in values.items()}


def test_a_new_order_needs_only_what_the_database_does_not_know(
    admin_client: Client, customer: Customer
) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    form = {"number": "SO-7", "customer": customer.pk, "status": "draft"} | NO_LINES

    response = admin_client.post("/admin/database/salesorder/add/", form)

    order = SalesOrder.objects.get(number="SO-7")
    assert response.status_code == 302
    assert before < order.ordered_at < datetime.now(UTC) + timedelta(minutes=1)


def test_a_form_for_a_new_row_shows_the_defaults(admin_client: Client) -> None:
    order = admin_client.get("/admin/database/salesorder/add/").content.decode()
    level = admin_client.get("/admin/database/stocklevel/add/").content.decode()

    assert '<option value="draft" selected>Draft</option>' in order
    assert '<option value="">' not in order.split('id="id_status"')[1].split("</select>")[0]
    assert "Left empty, the database fills it in." in order
    assert 'name="quantity" value="0"' in level


def test_a_default_is_kept_where_the_person_chose_otherwise(
    admin_client: Client, customer: Customer
) -> None:
    form = {
        "number": "SO-8",
        "customer": customer.pk,
        "status": "paid",
        "ordered_at_0": "2020-01-02",
        "ordered_at_1": "03:04:05",
    }

    admin_client.post("/admin/database/salesorder/add/", form | NO_LINES)

    order = SalesOrder.objects.get(number="SO-8")
    assert order.status == "paid"
    assert order.ordered_at == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_an_old_row_cannot_lose_what_only_a_new_one_may_omit(
    admin_client: Client, order: SalesOrder
) -> None:
    form = {"number": "SO-1", "customer": order.customer_id, "status": "draft"}

    page = admin_client.post(f"/admin/database/salesorder/{order.pk}/change/", form | NO_LINES)

    assert "This field is required" in page.content.decode()


def test_a_customer_without_a_phone_has_an_empty_one(admin_client: Client) -> None:
    admin_client.post("/admin/database/customer/add/", {"name": "Bo", "email": "bo@example.com"})

    assert Customer.objects.get().phone == ""


def test_what_the_database_fills_in_is_shown_and_not_asked(
    admin_client: Client, product: Product, order: SalesOrder
) -> None:
    order.lines.create(position=1, product=product, quantity=3, unit_price="1.50")

    new = admin_client.get("/admin/database/product/add/").content.decode()
    old = admin_client.get(f"/admin/database/product/{product.pk}/change/").content.decode()
    lines = admin_client.get(f"/admin/database/salesorder/{order.pk}/change/").content.decode()

    assert "Created at" not in new
    assert "Created at" in old
    assert 'name="created_at' not in old
    assert "4.50" in lines


def test_lines_are_edited_on_their_order(
    admin_client: Client, product: Product, order: SalesOrder
) -> None:
    form = {
        "number": "SO-1",
        "customer": order.customer_id,
        "status": "confirmed",
        "ordered_at_0": "2026-03-04",
        "ordered_at_1": "05:06:00",
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        **line(0, position=1, product=product.pk, quantity=2, unit_price="9.50"),
    }

    response = admin_client.post(f"/admin/database/salesorder/{order.pk}/change/", form)

    assert response.status_code == 302
    assert order.lines.get().line_total == Decimal("19.00")


def test_a_page_asks_as_often_for_many_lines_as_for_few(
    admin_client: Client, order: SalesOrder
) -> None:
    path = f"/admin/database/salesorder/{order.pk}/change/"
    counts = []

    for number in range(1, 7):
        product = Product.objects.create(name=f"Desk {number}", price=1)
        order.lines.create(position=number, product=product, quantity=1, unit_price=1)
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[-1]


def test_e403_too_many_parts_are_a_link_and_are_not_lost_on_save(
    admin_client: Client, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modeladmin, "PART_ROWS", 1)
    for number in range(2):
        category = Category.objects.create(name=f"C{number}", slug=f"c{number}")
        product.categories.add(category)
    path = f"/admin/database/product/{product.pk}/change/"

    page = admin_client.get(path).content.decode()
    form = {"name": "Table", "price": "1", "stock_levels-TOTAL_FORMS": "0"}
    saved = admin_client.post(path, form | {"stock_levels-INITIAL_FORMS": "0"})

    assert "prodobit.E403" in page
    assert "productcategory_set-TOTAL_FORMS" not in page
    assert f"/admin/database/productcategory/?product={product.pk}" in page
    assert saved.status_code == 302
    assert Product.objects.get().name == "Table"
    assert product.categories.count() == 2
    assert (
        admin_client.get(f"/admin/database/productcategory/?product={product.pk}")
        .context["cl"]
        .result_count
        == 2
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"price": "-1"}, "The price cannot be below zero."),
        ({"price": "1e400"}, "Ensure that there are no more than"),
        ({"price": "12345678901.00"}, "Ensure that there are no more than"),
        ({"price": "NaN"}, "Enter a number."),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
        ({"name": "x" * 256}, "at most 255 characters"),
    ],
)
def test_a_value_that_does_not_fit_is_an_error_of_the_form(
    admin_client: Client, values: dict[str, str], words: str
) -> None:
    form = {"name": "Desk", "price": "1"} | NO_PARTS | values

    page = admin_client.post("/admin/database/product/add/", form)

    assert words in page.content.decode()
    assert not Product.objects.exists()


def test_the_same_email_in_other_letters_is_an_error_of_the_form(
    admin_client: Client, customer: Customer
) -> None:
    page = admin_client.post(
        "/admin/database/customer/add/", {"name": "Ann", "email": "ANN@example.com"}
    )

    assert "There is a customer with this e-mail already." in page.content.decode()


def test_the_same_line_twice_is_an_error_of_the_form(
    admin_client: Client, product: Product, location: Any
) -> None:
    StockLevel.objects.create(product=product, location=location)

    page = admin_client.post(
        "/admin/database/stocklevel/add/",
        {"product": product.pk, "location": location.pk, "quantity": "1"},
    )

    assert "This product has a level at this location already." in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_e402_what_a_trigger_refuses_is_an_error_of_the_form_and_keeps_the_input(
    admin_client: Client, product: Product
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'Prices are frozen until Monday.'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON products
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
        """)
    try:
        page = admin_client.post(
            f"/admin/database/product/{product.pk}/change/",
            {"name": "Desk", "price": "77.00"} | NO_PARTS,
        ).content.decode()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse CASCADE")

    assert "Nothing was changed: Prices are frozen until Monday. (prodobit.E402)" in page
    assert 'value="77.00"' in page
    assert "was changed successfully" not in page
    assert Product.objects.get().price == Decimal("120.00")
    assert not LogEntry.objects.exists()


def test_e402_an_admin_written_by_hand_gets_a_message(
    later: ModuleType, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later.Written, "validate_constraints", lambda self, exclude: None)

    page = admin_client.post(
        "/admin/later/written/add/", {"name": "x", "limit": "-5"}, follow=True
    ).content.decode()

    assert "prodobit.E402" in page
    assert "was added successfully" not in page
    assert not later.Written.objects.exists()


def test_a_natural_key_is_not_changed_into_a_second_row(
    later: ModuleType, admin_client: Client
) -> None:
    later.Alarm.objects.create(code="A/1 _", tags=["a"])

    page = admin_client.get("/admin/later/alarm/A_2F1 __/change/", follow=True).content.decode()

    assert "A/1 _" in page
    assert 'name="code"' not in page


def test_a_bug_is_not_taken_for_a_refusal(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.utils import ProgrammingError

    def broken(*args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")

    monkeypatch.setattr(Product, "save", broken)

    with pytest.raises(ProgrammingError, match="no_such_column"):
        admin_client.post("/admin/database/product/add/", {"name": "x", "price": "1"} | NO_PARTS)


def test_the_password_page_and_the_history_open(admin_client: Client, product: Product) -> None:
    for path in ("password_change/", "auth/user/", f"database/product/{product.pk}/history/"):
        assert admin_client.get(f"/admin/{path}").status_code == 200
