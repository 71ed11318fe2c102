from django.contrib import admin

from .models import Written


@admin.register(Written)
class WrittenAdmin(admin.ModelAdmin):
    list_display = ("limit",)
