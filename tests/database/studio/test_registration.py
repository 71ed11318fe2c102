from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client

from database.studio.modeladmin import StudioModelAdmin
from database.studio.registration import is_own, register_models, unsupported_models


def test_every_model_of_the_project_is_registered() -> None:
    import prodobit.urls  # noqa: F401 - registers

    models = set(apps.get_app_config("database").get_models())

    assert models <= set(admin.site._registry)
    assert {User, Group, LogEntry} <= set(admin.site._registry)


def test_check_finds_nothing_wrong_with_derived_admins() -> None:
    assert run_checks(tags=["admin", "urls"]) == []
    call_command("check")


def test_an_app_added_later_is_shown_without_further_code(
    later: ModuleType, admin_client: Client
) -> None:
    later.Reading.objects.create(value=1.5, taken_on="2026-01-02")

    page = admin_client.get("/admin/later/reading/")

    assert "1.5" in page.content.decode()
    assert run_checks(tags=["admin", "urls"]) == []


def test_an_admin_written_by_hand_wins(later: ModuleType) -> None:
    written = admin.site.get_model_admin(later.Written)

    assert not isinstance(written, StudioModelAdmin)
    assert written.list_display == ("limit",)


def test_registering_twice_changes_nothing(later: ModuleType) -> None:
    before = dict(admin.site._registry)

    register_models(admin.site)

    assert admin.site._registry == before


def test_e401_a_composite_primary_key_is_left_out_and_named(
    later: ModuleType, admin_client: Client
) -> None:
    page = admin_client.get("/admin/").content.decode()

    assert unsupported_models() == [later.Seat]
    assert not admin.site.is_registered(later.Seat)
    assert "prodobit.E401" in page
    assert "seats" in page


def test_without_composite_keys_nothing_is_said(admin_client: Client) -> None:
    assert "prodobit.E401" not in admin_client.get("/admin/").content.decode()


@pytest.mark.django_db
def test_a_relation_to_rows_without_text_is_typed(later: ModuleType) -> None:
    alarm = admin.site.get_model_admin(later.Alarm)

    assert alarm.raw_id_fields == ("reading",)
    assert alarm.autocomplete_fields == ()


def test_an_installed_package_is_not_the_projects_own() -> None:
    assert is_own(apps.get_app_config("database"))
    assert not is_own(apps.get_app_config("auth"))
    assert "site-packages" in Path(apps.get_app_config("auth").path).parts


def test_the_history_is_read_only(admin_client: Client) -> None:
    assert admin_client.get("/admin/admin/logentry/").status_code == 200
    assert admin_client.get("/admin/admin/logentry/add/").status_code == 403
