"""What is known of a project that migrations are taken from."""

from __future__ import annotations

from dataclasses import dataclass, field

START = """\
import json
import os
from pathlib import Path

"""

END = """

BASE_DIR = Path(__file__).parent
SECRET_KEY = "only-for-a-comparison-only-for-a-comparison-only-for-it"
DATABASES = {"default": json.loads(os.environ["PROJECT_DATABASE"])}
CACHE = os.environ.get("PROJECT_CACHE", "django.core.cache.backends.dummy.DummyCache")
CACHES = {"default": {"BACKEND": CACHE}}
"""

CONTRIB = """\
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
SITE_ID = 1
STATIC_URL = "/static/"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
}]
INSTALLED_APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
    "django.contrib.humanize", "django.contrib.postgres", "django.contrib.sites",
"""


@dataclass(frozen=True)
class Patch:
    """A change of an installed file, without which a project does not run on this Django.

    Attributes:
        file: Its path below site-packages.
        old: What is replaced; it must be there.
        new: What it is replaced by.
        reason: Why.
    """

    file: str
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class Project:
    """A project, or a few packages with apps that go together.

    Attributes:
        packages: What is installed, as ``name==version``.
        settings: The body of its settings; START and END come before and after it.
        environment: Variables, in which ``{folder}`` and the parts of the database's address
            (``{HOST}``, ``{PORT}``, ``{USER}``, ``{PASSWORD}``, ``{NAME}``) are replaced.
        files: More files of its folder, by name.
        overrides: Requirements that replace those of its packages, beside the ones of ours.
        patches: Changes of installed files.
        module: Its settings, if they are not the module that is written from ``settings``.
        random: For each ``table.column`` that does not come out the same twice, whoever migrates:
            why.
    """

    packages: tuple[str, ...]
    settings: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    patches: tuple[Patch, ...] = ()
    module: str = "project_settings"
    random: dict[str, str] = field(default_factory=dict)
