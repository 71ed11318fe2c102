"""The project as an ASGI application, for the web server."""

import os

from django.core.asgi import get_asgi_application

from prodobit.web import use_connection_pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodobit.settings")
use_connection_pool()

application = get_asgi_application()
