"""What those who are told of a migrate get to see."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db.migrations.state import ModelState
from django.db.models.signals import post_migrate, pre_migrate

from database.migrating import receivers
from database.migrating.present_state import PresentState
from tests.database.shop import Shop

MODELS = """
class Shelf(models.Model):
    id = models.BigAutoField(primary_key=True)

class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
"""

MIGRATION = """\
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [{before}]
    key = models.BigAutoField(primary_key=True, serialize=False)
    operations = [migrations.CreateModel("{model}", [("id", key)])]
"""


@pytest.fixture
def seen() -> Iterator[list[Any]]:
    """The registries that a receiver of somebody's own was given."""
    found: list[Any] = []

    def note(apps: Any, **more: Any) -> None:
        found.append(apps)

    for signal in (pre_migrate, post_migrate):
        signal.connect(note)
    yield found
    for signal in (pre_migrate, post_migrate):
        signal.disconnect(note)


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were rendered, one after the other."""
    found: list[str] = []
    render = ModelState.render

    def count(state: ModelState, registry: Any) -> Any:
        found.append(f"{state.app_label}.{state.name}")
        return render(state, registry)

    monkeypatch.setattr(ModelState, "render", count)
    return found


@pytest.mark.parametrize("verbosity", [0, 1])
@pytest.mark.django_db(transaction=True)
def test_with_nothing_to_do_nothing_is_rendered_for_receivers(
    renderings: list[str], verbosity: int
) -> None:
    call_command("migrate", verbosity=verbosity, stdout=io.StringIO())

    assert receivers.are_known()
    assert renderings == []


@pytest.mark.django_db(transaction=True)
def test_with_nothing_to_do_the_models_are_compared_once() -> None:
    with mock.patch.object(
        PresentState, "share", autospec=True, side_effect=PresentState.share
    ) as share:
        call_command("migrate", verbosity=1, stdout=io.StringIO())

    assert share.call_count == 1


@pytest.mark.django_db(transaction=True)
def test_content_types_and_permissions_that_are_missing_come_back() -> None:
    before = ContentType.objects.count(), Permission.objects.count()
    ContentType.objects.filter(app_label="database").delete()

    call_command("migrate", verbosity=1, stdout=io.StringIO())

    assert (ContentType.objects.count(), Permission.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_a_receiver_of_somebodys_own_gets_the_models_of_the_migrations(seen: list[Any]) -> None:
    call_command("migrate", verbosity=0)

    assert not receivers.are_known()
    assert seen
    assert all(registry is not apps for registry in seen)
    assert all(
        len(registry.get_models()) >= len(apps.get_app_config("database").models)
        for registry in seen
    )


@pytest.mark.parametrize("verbosity", ["0", "1"])
def test_content_types_come_with_the_migration_that_makes_the_model(
    shop: Shop, verbosity: str
) -> None:
    shop.models(MODELS)
    for name, model, before in (
        ("0001_shelf", "Shelf", ""),
        ("0002_thing", "Thing", "('shop', '0001_shelf')"),
    ):
        shop.migration(name, MIGRATION.format(model=model, before=before))
    assert shop.run("migrate", "shop", "0001_shelf").code == 0

    result = shop.run("migrate", "contenttypes", "-v", verbosity)

    assert result.code == 0, result.stderr
    query = "SELECT model FROM django_content_type WHERE app_label = 'shop'"
    assert shop.sql(query) == [("shelf",)]
