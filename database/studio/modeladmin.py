"""The admin of a model that nobody wrote an admin for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.contrib.admin.utils import display_for_value, quote
from django.core.exceptions import ValidationError
from django.db import DatabaseError, DataError, models, router, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from . import deletion, derive
from .counting import InexactCount, StudioPaginator, count_rows, has_more_rows
from .forms import KnownAutocompleteSelect, StudioForm, literal_default
from .refusal import explain, forget_messages

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.forms import Field as FormField
    from django.forms import ModelChoiceField

PART_ROWS = 50
"""Rows of a part, such as an order's lines, that are edited on the page of the whole."""


class StudioFields(BaseModelAdmin):  # type: ignore[type-arg]
    """What the page of a row and the parts on it have in common."""

    form = StudioForm
    joins: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows, together with those they refer to."""
        rows = super().get_queryset(request)
        return rows.select_related(*self.joins) if self.joins else rows

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: Any, **kwargs: Any
    ) -> FormField | None:
        """Add what the database knows of a column: its default and its comment."""
        comment = getattr(db_field, "db_comment", None)
        if comment and not db_field.help_text:
            kwargs.setdefault("help_text", comment)
        default = literal_default(db_field)
        if default is not None:
            kwargs.setdefault("initial", default)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Use the autocomplete that knows the row it stands on."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault(
                "widget",
                KnownAutocompleteSelect(db_field, self.admin_site, using=kwargs.get("using")),
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class StudioInline(StudioFields, admin.TabularInline):  # type: ignore[type-arg,misc]
    """Rows that go with the row whose page they are on."""

    extra = 0
    show_change_link = True

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """A formset that names what refers to a row before it tries to delete it."""
        formset = super().get_formset(request, obj, **kwargs)

        class Form(formset.form):  # type: ignore[name-defined,misc]
            def hand_clean_DELETE(self) -> None:  # noqa: N802 - Django's name
                if self.cleaned_data.get("DELETE") and not self.instance._state.adding:
                    blocking = blocking_sentence(self.instance)
                    if blocking:
                        raise ValidationError(blocking)

        formset.form = Form
        return formset


class StudioModelAdmin(StudioFields, admin.ModelAdmin):  # type: ignore[type-arg]
    """A list and a page for each row, fit for tables of any size.

    Subclass it in an ``admin.py`` to change what was derived for a model; what the subclass
    does not set is Django's default.
    """

    list_per_page = 50
    show_full_result_count = False
    paginator = StudioPaginator
    part_relations: tuple[models.ManyToOneRel, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing that is filled in by itself on a new row; no new key for an old row."""
        fields = super().get_readonly_fields(request, obj)
        if obj is None:
            return [name for name in fields if name not in derive.readonly_fields(self.model)]
        key = self.opts.pk
        if key.editable and not isinstance(key, models.AutoField) and key.name not in fields:
            fields = [key.name, *fields]
        return fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A natural key stays in its place when it becomes read-only."""
        fields = list(super().get_fields(request, obj))
        order = {f.name: place for place, f in enumerate(derive.stored_fields(self.model))}
        return sorted(fields, key=lambda name: order.get(name, len(order)))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only on a new row: an address that others know should not change with the name."""
        return super().get_prepopulated_fields(request, obj) if obj is None else {}

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Django's list; what an address asks for in vain is an incorrect lookup."""
        try:
            with transaction.atomic():
                changelist = super().get_changelist_instance(request)
        except (DataError, ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error
        if isinstance(changelist.result_count, InexactCount):
            # Finding the years and months there are means reading all of the rows.
            changelist.date_hierarchy = None
        return changelist

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """The parts that are few enough for one page.

        A form that comes back has the parts it was sent with, however many there are now.
        """
        inlines = super().get_inlines(request, obj)
        if obj is None or not self.part_relations:
            return inlines
        large = {relation.field for relation in self._large_parts(request, obj)}
        return [
            inline
            for inline in inlines
            if (inline.model._meta.get_field(inline.fk_name) if inline.fk_name else None)
            not in large
        ]

    def _large_parts(self, request: HttpRequest, obj: Any) -> list[models.ManyToOneRel]:
        if request.method == "POST":
            return [
                relation
                for relation in self.part_relations
                if f"{relation.get_accessor_name()}-TOTAL_FORMS" not in request.POST
            ]
        return [
            relation
            for relation in self.part_relations
            if has_more_rows(_rows_referring(relation.field, obj), PART_ROWS)
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of a row; what the database refuses comes back as an error of the form."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DatabaseError as error:
            refusal = explain(error, router.db_for_write(self.model))
            if refusal is None or request.method != "POST":
                raise
        forget_messages(request)
        request.studio_refusal = refusal  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form of the row; after a refusal, one that says so and saves nothing."""
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "studio_refusal", None)
        if refusal is None:
            return form

        class Refused(form):  # type: ignore[valid-type,misc]
            def _post_clean(self) -> None:
                super()._post_clean()
                self.add_error(None, refusal)

        return Refused

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Name the parts that are too many for the page, with the way to their list."""
        obj = kwargs.get("obj")
        if obj is not None and request.method == "GET":
            for relation in self._large_parts(request, obj):
                self._say_large(request, relation, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _say_large(self, request: HttpRequest, relation: models.ManyToOneRel, obj: Any) -> None:
        field: Any = relation.field
        reference = deletion.Reference(field, count_rows(_rows_referring(field, obj)))
        messages.info(
            request,
            format_html(
                "{}: too many to edit here. (prodobit.E403)", self._referring_rows(reference, obj)
            ),
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would go with ``objs`` and what stands in the way, by counting.

        Returns:
            Django's four: a nested list for the page, a count per model, the models whose rows
            the user may not delete, and what the database refuses for.
        """
        if not deletion.is_foreseeable(self.model):
            return super().get_deleted_objects(objs, request)
        only = objs[0] if isinstance(objs, list) else None
        chosen = self.model._default_manager.filter(pk=only.pk) if only else objs
        foreseen = deletion.foresee(chosen)
        counts = {model._meta.verbose_name_plural: count for model, count in foreseen.taken.items()}
        forbidden = {
            model._meta.verbose_name
            for model in foreseen.taken
            if self.admin_site.is_registered(model)
            and not self.admin_site.get_model_admin(model).has_delete_permission(request)
        }
        shown: list[Any] = [self._row_link(row) for row in objs]
        shown += [
            f"{_rows_text(reference)}: {reference.field.verbose_name} is emptied"
            for reference in foreseen.emptied
        ]
        blocking = [self._referring_rows(reference, only) for reference in foreseen.blocking]
        return shown, counts, forbidden, blocking

    def _row_link(self, row: Any) -> str:
        url = reverse(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change",
            args=(quote(row.pk),),
        )
        text = display_for_value(str(row), self.get_empty_value_display())
        return format_html(
            '{}: <a href="{}">{}</a>', capfirst(str(self.opts.verbose_name)), url, text
        )

    def _referring_rows(self, reference: deletion.Reference, row: Any) -> str:
        """How many rows refer to ``row``, with a link to their list where there is one."""
        text = f"{_rows_text(reference)} ({reference.field.verbose_name})"
        target = reference.model._meta
        try:
            url = reverse(
                f"{self.admin_site.name}:{target.app_label}_{target.model_name}_changelist"
            )
        except NoReverseMatch:
            return text
        if row is None:
            return text
        key = getattr(row, reference.field.target_field.attname)
        return format_html('<a href="{}?{}={}">{}</a>', url, reference.field.name, key, text)


def blocking_sentence(row: models.Model) -> str | None:
    """Why the database would refuse to delete ``row``; None where it would not."""
    if not deletion.is_foreseeable(type(row)):
        return None
    foreseen = deletion.foresee(type(row)._base_manager.filter(pk=row.pk))
    if not foreseen.blocking:
        return None
    rows = ", ".join(map(_rows_text, foreseen.blocking))
    return f"{capfirst(str(row))} cannot be deleted, because {rows} refer to it. (prodobit.E402)"


def _rows_text(reference: deletion.Reference) -> str:
    names = reference.model._meta
    name = names.verbose_name if reference.rows == 1 else names.verbose_name_plural
    return f"{reference.rows} {name}"


def _rows_referring(field: Any, obj: models.Model) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = field.model._base_manager.filter(**{field.name: obj})
    return rows
