"""The project's addresses."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("database.health")),
    path("", admin.site.urls),
]
