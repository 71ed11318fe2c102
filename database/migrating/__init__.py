"""What is added to Django's migrations: project apps, adoption, promotion."""
