"""Which models Studio shows, and how each gets its admin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin, autodiscover
from django.contrib.admin.models import LogEntry

from . import derive
from .modeladmin import StudioInline, StudioModelAdmin

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

INSTALLED_PLACES = frozenset(("site-packages", "dist-packages"))


class LogEntryAdmin(StudioModelAdmin):
    """Who changed what in Studio; read, never written by hand."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_filter = ("action_time", "action_flag")
    search_fields = ("object_repr", "user__username")
    joins = ("user", "content_type")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes history."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody rewrites it."""
        return False


def register_models(site: AdminSite) -> None:
    """Register every model of the project that is not registered yet.

    An admin that an app registers itself, in its ``admin.py``, wins over the derived one.

    Side effects:
        Imports the ``admin`` module of every installed app.
    """
    autodiscover()
    missing = [model for model in project_models() if not site.is_registered(model)]
    for model in missing:
        site.register(model, derived_admin(model, site))
    if not site.is_registered(LogEntry):
        site.register(LogEntry, LogEntryAdmin)


def project_models() -> list[type[Model]]:
    """Models of the project's own apps that an admin can show."""
    return [model for model in _own_models() if not model._meta.is_composite_pk]


def unsupported_models() -> list[type[Model]]:
    """Models with a composite primary key, which Django's admin refuses.

    https://docs.djangoproject.com/en/6.1/topics/composite-primary-key/
    """
    return [model for model in _own_models() if model._meta.is_composite_pk]


def derived_admin(model: type[Model], site: AdminSite) -> type[StudioModelAdmin]:
    """Write the admin that ``model`` would have been given by hand."""
    options = derive.list_options(model)
    relations = derive.parts(model)
    inlines = [_inline(relation, site) for relation in relations]
    return type(
        f"{model.__name__}StudioAdmin",
        (StudioModelAdmin,),
        {
            **vars(options),
            **_form_options(model, site),
            "prepopulated_fields": derive.prepopulated_fields(model),
            "inlines": inlines,
            "part_relations": tuple(relations),
        },
    )


def _inline(relation: Any, site: AdminSite) -> type[StudioInline]:
    model = relation.related_model
    options = derive.list_options(model)
    return type(
        f"{model.__name__}StudioInline",
        (StudioInline,),
        {
            **_form_options(model, site, without=relation.field.name),
            "model": model,
            "fk_name": relation.field.name,
            "ordering": options.ordering,
            "joins": options.joins,
        },
    )


def _form_options(model: type[Model], site: AdminSite, without: str = "") -> dict[str, Any]:
    references: list[Any] = [f for f in derive.relations(model) if f.name != without]
    many: list[Any] = list(model._meta.many_to_many)
    references += [field for field in many if field.remote_field.through._meta.auto_created]
    searchable = [field.name for field in references if _is_searchable(field.related_model, site)]
    return {
        "autocomplete_fields": tuple(searchable),
        # Without a text to search by, a key is typed or picked from a list of its own.
        "raw_id_fields": tuple(f.name for f in references if f.name not in searchable),
        "readonly_fields": derive.readonly_fields(model),
    }


def _is_searchable(model: type[Model], site: AdminSite) -> bool:
    if site.is_registered(model):
        written: ModelAdmin[Any] = site.get_model_admin(model)
        return bool(written.search_fields)
    return model in project_models() and bool(derive.search_fields(model))


def _own_models() -> list[type[Model]]:
    return [
        model
        for config in apps.get_app_configs()
        if is_own(config)
        for model in config.get_models()
        if not model._meta.swapped
    ]


def is_own(config: AppConfig) -> bool:
    """Whether the app's code is the project's own, and not an installed package."""
    path, base = Path(config.path).resolve(), Path(settings.BASE_DIR).resolve()
    return path.is_relative_to(base) and not (INSTALLED_PLACES & set(path.relative_to(base).parts))
