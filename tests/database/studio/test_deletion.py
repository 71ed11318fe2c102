from types import ModuleType

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from database.models import (
    Category,
    Location,
    Product,
    ProductCategory,
    SalesOrder,
    SalesOrderLine,
    StockLevel,
    StockMovement,
)
from database.studio import deletion, site
from database.studio.deletion import foresee

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sold(product: Product, order: SalesOrder, location: Location) -> Product:
    """A product on two order lines, with a level and a movement."""
    for position in (1, 2):
        order.lines.create(position=position, product=product, quantity=1, unit_price=1)
    StockLevel.objects.create(product=product, location=location)
    StockMovement.objects.create(product=product, location=location, quantity=1, reason="sale")
    return product


def confirm(client: Client, path: str) -> str:
    """Confirm a deletion and return the page it leads to."""
    return client.post(path, {"post": "yes"}, follow=True).content.decode()


def delete_selected(client: Client, model: str, keys: list[int], **values: str) -> str:
    """Confirm the bulk action and return the page it leads to."""
    form = {"action": "delete_selected", "_selected_action": keys, "post": "yes", **values}
    return client.post(f"/admin/database/{model}/", form, follow=True).content.decode()


def test_foresees_what_goes_and_what_blocks(sold: Product) -> None:
    foreseen = foresee(Product.objects.filter(pk=sold.pk))

    assert foreseen.taken == {Product: 1, StockLevel: 1}
    assert {(ref.model, ref.rows) for ref in foreseen.blocking} == {
        (SalesOrderLine, 2),
        (StockMovement, 1),
    }


def test_foreseeing_loads_no_rows(sold: Product) -> None:
    with CaptureQueriesContext(connection) as queries:
        foresee(Product.objects.filter(pk=sold.pk))

    assert all("COUNT(*)" in query["sql"] for query in queries)
    assert len(queries) <= 5


def test_what_goes_as_well_does_not_block() -> None:
    root = Category.objects.create(name="Root", slug="root")
    Category.objects.create(name="Leaf", slug="leaf", parent=root)

    alone = foresee(Category.objects.filter(pk=root.pk))
    together = foresee(Category.objects.all())

    assert [ref.rows for ref in alone.blocking] == [1]
    assert together.blocking == ()


def test_follows_a_tree_to_its_leaves(later: ModuleType) -> None:
    folder = root = later.Folder.objects.create(title="root")
    for depth in range(3):
        folder = later.Folder.objects.create(title=str(depth), inside=folder)
    inner = later.Document.objects.create(title="inner", folder=folder)
    outside = later.Folder.objects.create(title="outside")
    later.Document.objects.create(title="outer", folder=outside, cites=inner)

    foreseen = foresee(later.Folder.objects.filter(pk=root.pk))

    assert foreseen.taken == {later.Folder: 4, later.Document: 1}
    assert [(ref.model, ref.rows) for ref in foreseen.blocking] == [(later.Document, 1)]


def test_tells_what_is_emptied(later: ModuleType, admin_client: Client) -> None:
    reading = later.Reading.objects.create(value=1, taken_on="2026-01-02")
    later.Alarm.objects.create(code="A", reading=reading)
    path = f"/admin/later/reading/{reading.pk}/delete/"

    page = admin_client.get(path).content.decode()
    confirm(admin_client, path)

    assert "1 alarm: reading is emptied" in page
    assert later.Alarm.objects.get().reading is None


def test_what_is_foreseen_is_what_the_database_does(
    product: Product, location: Location, category: Category
) -> None:
    StockLevel.objects.create(product=product, location=location)
    ProductCategory.objects.create(product=product, category=category)
    foreseen = foresee(Product.objects.all())

    product.delete()

    assert foreseen.taken == {Product: 1, StockLevel: 1, ProductCategory: 1}
    assert not StockLevel.objects.exists()
    assert not ProductCategory.objects.exists()


def test_the_page_names_what_goes_before_it_is_confirmed(
    admin_client: Client, order: SalesOrder, product: Product
) -> None:
    order.lines.create(position=1, product=product, quantity=1, unit_price=1)
    path = f"/admin/database/salesorder/{order.pk}/delete/"

    page = admin_client.get(path).content.decode()
    done = confirm(admin_client, path)

    assert "Sales order lines: 1" in page
    assert "was deleted successfully" in done
    assert not SalesOrderLine.objects.exists()


def test_e402_a_sold_product_stays_and_the_page_says_why(
    admin_client: Client, sold: Product
) -> None:
    path = f"/admin/database/product/{sold.pk}/delete/"

    asked = admin_client.get(path).content.decode()
    confirmed = confirm(admin_client, path)

    for page in (asked, confirmed):
        assert f'<a href="/admin/database/salesorderline/?product={sold.pk}">' in page
        assert "2 sales order lines" in page
        assert "prodobit.E402" in page
    assert Product.objects.exists()


def test_e402_a_product_sold_in_the_meantime_stays(
    admin_client: Client, sold: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BLOCKS", ())

    page = confirm(admin_client, f"/admin/database/product/{sold.pk}/delete/")

    assert "Nothing was changed" in page
    assert "refer to products by their product" in page
    assert "was deleted successfully" not in page
    assert Product.objects.exists()
    assert not LogEntry.objects.exists()


def test_e402_selected_products_go_together_or_not_at_all(
    admin_client: Client, sold: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Product.objects.create(name="Lamp", price=1)

    foreseen = delete_selected(admin_client, "product", [sold.pk, other.pk])
    monkeypatch.setattr(deletion, "BLOCKS", ())
    refused = delete_selected(admin_client, "product", [sold.pk, other.pk])

    assert "2 sales order lines (product)" in foreseen
    assert "Nothing was changed" in refused
    assert "Successfully deleted" not in refused
    assert Product.objects.count() == 2
    assert not LogEntry.objects.exists()


def test_selected_products_that_nothing_refers_to_are_deleted(
    admin_client: Client, product: Product
) -> None:
    page = delete_selected(admin_client, "product", [product.pk])

    assert "Successfully deleted 1 product" in page
    assert not Product.objects.exists()


def test_e404_more_rows_than_can_be_looked_through_are_not_deleted(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "DELETED_AT_ONCE", 1)
    keys = [Product.objects.create(name=name, price=1).pk for name in ("a", "b")]

    page = delete_selected(admin_client, "product", keys[:1], select_across="1", index="0")

    assert "prodobit.E404" in page
    assert Product.objects.count() == 2


def test_e402_a_part_that_others_refer_to_is_named_on_the_page_of_the_whole(
    later: ModuleType, admin_client: Client
) -> None:
    folder = later.Folder.objects.create(title="a")
    cited = later.Document.objects.create(title="cited", folder=folder)
    other = later.Folder.objects.create(title="b")
    later.Document.objects.create(title="citing", folder=other, cites=cited)
    form = {
        "title": "renamed",
        "document_set-TOTAL_FORMS": "1",
        "document_set-INITIAL_FORMS": "1",
        "document_set-0-id": cited.pk,
        "document_set-0-folder": folder.pk,
        "document_set-0-title": "cited",
        "document_set-0-DELETE": "on",
    }

    page = admin_client.post(f"/admin/later/folder/{folder.pk}/change/", form).content.decode()

    assert "cannot be deleted, because 1 document refer" in page
    assert later.Document.objects.count() == 2
    assert not later.Folder.objects.filter(title="renamed").exists()


def test_nobody_deletes_through_a_cascade_what_he_may_not_delete(
    client: Client, product: Product, location: Location
) -> None:
    StockLevel.objects.create(product=product, location=location)
    clerk = User.objects.create_user("clerk", password="x", is_staff=True)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_product", "delete_product"])
    )
    client.force_login(clerk)
    path = f"/admin/database/product/{product.pk}/delete/"

    asked = client.get(path).content.decode()
    confirmed = client.post(path, {"post": "yes"})

    assert "permission to delete the following types of objects" in asked
    assert confirmed.status_code == 403
    assert Product.objects.exists()


def test_a_user_can_be_deleted(admin_client: Client) -> None:
    clerk = User.objects.create_user("clerk", password="x")

    page = confirm(admin_client, f"/admin/auth/user/{clerk.pk}/delete/")

    assert "was deleted successfully" in page


def test_the_database_would_have_refused(sold: Product) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sold.delete()
