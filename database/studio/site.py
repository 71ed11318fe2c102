"""Studio's site: Django's admin site, under the project's name and above its database's rules."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin, action, actions
from django.contrib.admin.sites import AdminSite
from django.db import DatabaseError, router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from .counting import has_more_rows
from .refusal import explain, forget_messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.template.response import TemplateResponse

    View = Callable[..., Any]

DELETED_AT_ONCE = 1_000


@action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
def delete_selected(
    modeladmin: ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Django's action, whole or not at all, and for a number of rows that fits a page."""
    if has_more_rows(queryset, DELETED_AT_ONCE):
        messages.error(
            request,
            f"Nothing was changed: more than {DELETED_AT_ONCE:,} rows were selected, and that is "
            "as many as can be looked through before they are deleted. "
            "Narrow the list by a filter or a search, or delete them in SQL. (prodobit.E404)",
        )
        return None
    with transaction.atomic(using=router.db_for_write(modeladmin.model)):
        return actions.delete_selected(modeladmin, request, queryset)


class StudioSite(AdminSite):
    """The site that every model of the project is registered with."""

    site_header = "Prodobit Studio"
    site_title = "Prodobit Studio"
    index_title = "Tables"
    site_url = None
    index_template = "studio/index.html"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")
        self.add_action(delete_selected)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Turn what the database refuses into a message, on every page of every admin."""
        return super().admin_view(refusing(view), cacheable)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The list of tables, with those that cannot be shown."""
        from .registration import unsupported_models

        left_out = [model._meta.verbose_name_plural for model in unsupported_models()]
        return super().index(request, {"left_out": left_out} | (extra_context or {}))


def refusing(view: View) -> View:
    """Wrap ``view``: a change that PostgreSQL refuses leads back to the page, with the reason."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = view(request, *args, **kwargs)
            return response
        except DatabaseError as error:
            refusal = explain(error) if request.method == "POST" else None
            if refusal is None:
                raise
        forget_messages(request)
        messages.error(request, refusal)
        return HttpResponseRedirect(request.get_full_path())

    return wrapper
