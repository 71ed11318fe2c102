"""The project's addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from database.studio.registration import register_models

register_models(admin.site)

urlpatterns = [
    path("", include("database.health")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
]
