"""What migrate adds to Django's own."""
