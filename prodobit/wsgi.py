"""The project as a WSGI application, for the web server."""

import os

from django.core.wsgi import get_wsgi_application

from prodobit.web import use_connection_pool

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodobit.settings")
use_connection_pool()

application = get_wsgi_application()
