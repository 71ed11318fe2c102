"""Studio: Django's admin over every model of the project."""
