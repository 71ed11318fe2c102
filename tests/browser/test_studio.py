from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import psycopg
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    WebError,
    expect,
)

from tests.browser.conftest import Studio

pytestmark = pytest.mark.browser

TABLES = {
    "category": "categories",
    "customer": "customers",
    "location": "locations",
    "productcategory": "product_categories",
    "product": "products",
    "salesorderline": "sales_order_lines",
    "salesorder": "sales_orders",
    "stocklevel": "stock_levels",
    "stockmovement": "stock_movements",
}
TIMEOUT_MS = 60_000
REPORT_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", event => console.error(
        `CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))
"""


@pytest.fixture(scope="module")
def session(studio: Studio, chromium: Browser) -> Iterator[BrowserContext]:
    """A session, logged in with the printed password."""
    context = chromium.new_context(base_url=studio.url, viewport={"width": 1200, "height": 800})
    context.set_default_timeout(TIMEOUT_MS)
    context.add_init_script(REPORT_VIOLATIONS)
    with noting_problems(context) as problems:
        page = context.new_page()
        page.goto("/")
        page.fill("#id_username", "admin")
        page.fill("#id_password", studio.password)
        page.click("input[type=submit]")
        page.wait_for_url("**/admin/")
        page.close()
    assert problems == []
    yield context
    context.close()


@pytest.fixture
def page(session: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong."""
    with noting_problems(session) as problems:
        page = session.new_page()
        yield page
        page.close()
    assert problems == []


@contextmanager
def noting_problems(context: BrowserContext) -> Iterator[list[str]]:
    """Collect what the browser complains of and every answer that is an error."""
    problems: list[str] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"{message.location}: {message.text}")

    def note_answer(answer: Response) -> None:
        if answer.status >= 400:
            problems.append(f"{answer.status} {answer.url}")

    def note_error(error: WebError) -> None:
        problems.append(str(error.error))

    listeners = {"console": note_message, "response": note_answer, "weberror": note_error}
    for event, listener in listeners.items():
        context.on(event, listener)  # type: ignore[call-overload]
    yield problems
    for event, listener in listeners.items():
        context.remove_listener(event, listener)


def one(studio: Studio, query: str, *values: object) -> object:
    """The one value that ``query`` finds in Studio's database."""
    with psycopg.connect(studio.conninfo) as connection:
        row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0]


def test_shows_the_nine_tables_with_rows(studio: Studio, page: Page) -> None:
    page.goto("/")
    for model, table in TABLES.items():
        page.click(f".model-{model} th a")

        count = one(studio, f"SELECT count(*) FROM {table}")
        assert count
        expect(page.locator("#result_list tbody tr").first).to_be_visible()
        expect(page.locator("nav.paginator")).to_contain_text(str(count))
        page.click("#site-name a")


def test_changes_the_price_of_a_product(studio: Studio, page: Page) -> None:
    page.goto("/admin/database/product/")
    page.click("#result_list tbody tr:first-child .field-name a")
    key = int(page.url.split("/")[-3])
    before = one(studio, "SELECT price FROM products WHERE id = %s", key)
    assert before != Decimal("4321.09")

    page.fill("#id_price", "4321.09")
    page.click("input[name=_save]")

    expect(page.locator(".messagelist .success")).to_contain_text("was changed successfully")
    expect(page.locator("#result_list tbody tr:first-child .field-price")).to_have_text("4321.09")
    assert one(studio, "SELECT price FROM products WHERE id = %s", key) == Decimal("4321.09")


def test_refuses_to_delete_a_sold_product(studio: Studio, page: Page) -> None:
    key = one(studio, "SELECT product_id FROM sales_order_lines LIMIT 1")

    page.goto(f"/admin/database/product/{key}/delete/")

    expect(page.locator("#deleted-objects")).to_contain_text("sales order line")
    expect(page.locator("#content input[type=submit]")).to_have_count(0)


def test_adds_a_line_to_an_order_with_a_product_found_by_name(studio: Studio, page: Page) -> None:
    key = one(studio, "SELECT order_id FROM sales_order_lines LIMIT 1")
    name = one(studio, "SELECT name FROM products ORDER BY id DESC LIMIT 1")
    lines = one(studio, "SELECT count(*) FROM sales_order_lines WHERE order_id = %s", key)
    page.goto(f"/admin/database/salesorder/{key}/change/")

    page.click(".add-row a")
    page.fill(f"#id_lines-{lines}-position", "77")
    page.fill(f"#id_lines-{lines}-quantity", "3")
    page.fill(f"#id_lines-{lines}-unit_price", "1.50")
    page.click(f"#lines-{lines} .select2-selection")
    page.fill(".select2-search__field", str(name))
    page.click(f".select2-results__option--highlighted:has-text({str(name)!r})")
    page.click("input[name=_continue]")

    expect(page.locator(f"#lines-{lines} .field-line_total")).to_have_text("4.50")
    query = "SELECT p.name FROM sales_order_lines JOIN products p ON p.id = product_id"
    assert one(studio, f"{query} WHERE order_id = %s AND position = 77", key) == name


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/database/stockmovement/?reason__exact=sale",
        "/admin/database/salesorder/?_facets=True",
        "/admin/database/product/add/",
        "/admin/database/category/add/",
        "/admin/database/salesorder/1/change/",
        "/admin/database/salesorder/1/delete/",
        "/admin/database/product/1/history/",
        "/admin/auth/user/",
        "/admin/auth/user/1/change/",
        "/admin/auth/user/1/password/",
        "/admin/auth/group/add/",
        "/admin/admin/logentry/",
        "/admin/password_change/",
    ],
)
def test_keeps_the_content_security_policy_on(page: Page, path: str) -> None:
    answer = page.goto(path)
    page.wait_for_load_state("networkidle")

    assert answer is not None
    assert answer.status == 200
    assert "script-src 'self' 'nonce-" in answer.headers["content-security-policy"]


def test_drills_into_the_dates(page: Page) -> None:
    page.goto("/admin/database/stockmovement/")

    page.click(".toplinks a >> nth=0")

    assert "moved_at__" in page.url
    expect(page.locator("#result_list tbody tr").first).to_be_visible()


def test_turns_dark_and_stays_dark(page: Page) -> None:
    page.goto("/admin/")
    for _ in range(3):
        if page.locator("html").get_attribute("data-theme") == "dark":
            break
        page.click("#user-tools .theme-toggle")
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
