from django.contrib import admin

from .models import Written


@admin.register(Written)
class WrittenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("limit",)
