"""Which of the installed apps are this project's own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from django.apps import AppConfig
from django.apps.registry import Apps
from django.conf import settings

PACKAGE_FOLDERS = ("site-packages", "dist-packages")


def is_own(config: AppConfig) -> bool:
    """Tell whether an app lies in the project's folder, and is no installed package there."""
    base = Path(settings.BASE_DIR).resolve()
    path = Path(config.path).resolve()
    if not path.is_relative_to(base):
        return False
    if any(part in PACKAGE_FOLDERS for part in path.relative_to(base).parts):
        return False
    # A virtual environment may lie in the project's folder, and keep packages elsewhere in it.
    installed = {Path(sys.prefix).resolve(), Path(sysconfig.get_path("purelib")).resolve()}
    return not any(folder != base and path.is_relative_to(folder) for folder in installed)


def own_labels(apps: Apps) -> list[str]:
    """Return the labels of the project's own apps, in the order of INSTALLED_APPS."""
    return [config.label for config in apps.get_app_configs() if is_own(config)]
