"""Studio's entry in INSTALLED_APPS."""

from django.contrib.admin.apps import SimpleAdminConfig


class StudioConfig(SimpleAdminConfig):
    """Django's admin with Studio as its site; the models register when the addresses load."""

    default_site = "database.studio.site.StudioSite"
