"""The projects, with pinned versions."""

from __future__ import annotations

from .project import CONTRIB, Patch, Project

QUICK = ("wagtail", "bundle", "oscar", "pretalx")
"""Those that CI compares."""

TIME = "the time of the migration"
UUID = "a random UUID"
TOKEN = "a random token"
PASSWORD = "the hash of a password, salted at random"
OF_SYSTEM = "computed from the random UUID of the installation"
OF_DOMAIN = "points to the default domain, which has a random UUID"

PROJECTS = {
    "wagtail": Project(
        ("wagtail==8.0.1",),
        CONTRIB
        + """\
    "wagtail.contrib.forms", "wagtail.contrib.redirects", "wagtail.contrib.search_promotions",
    "wagtail.contrib.simple_translation", "wagtail.contrib.settings", "wagtail.embeds",
    "wagtail.sites", "wagtail.users", "wagtail.snippets", "wagtail.documents", "wagtail.images",
    "wagtail.search", "wagtail.admin", "wagtail", "modelcluster", "taggit",
]
WAGTAIL_SITE_NAME = "comparison"
WAGTAILADMIN_BASE_URL = "http://localhost"
""",
        random={"wagtailcore_page.translation_key": UUID},
    ),
    "bundle": Project(
        (
            "wiki==0.13.0",
            "django-allauth[mfa,openid]==65.21.1",
            "django-oauth-toolkit==3.4.1",
            "django-celery-beat==2.9.0",
            "django-q2==1.11.1",
        ),
        CONTRIB
        + """\
    "django_nyt", "mptt", "sekizai", "sorl.thumbnail", "wiki", "wiki.plugins.attachments",
    "wiki.plugins.notifications", "wiki.plugins.images", "wiki.plugins.macros",
    "allauth", "allauth.account", "allauth.socialaccount", "allauth.mfa", "allauth.usersessions",
    "allauth.socialaccount.providers.openid", "allauth.idp.oidc",
    "oauth2_provider", "django_celery_beat", "django_q",
]
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
""",
    ),
    "oscar": Project(
        ("django-oscar==4.2.1",),
        "from oscar.defaults import *\n"
        + CONTRIB
        + """\
    "django.contrib.flatpages", "oscar.config.Shop",
    "oscar.apps.analytics.apps.AnalyticsConfig", "oscar.apps.checkout.apps.CheckoutConfig",
    "oscar.apps.address.apps.AddressConfig", "oscar.apps.shipping.apps.ShippingConfig",
    "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig", "oscar.apps.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig", "oscar.apps.payment.apps.PaymentConfig",
    "oscar.apps.offer.apps.OfferConfig", "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig", "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig", "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig",
    "oscar.apps.dashboard.reports.apps.ReportsDashboardConfig",
    "oscar.apps.dashboard.users.apps.UsersDashboardConfig",
    "oscar.apps.dashboard.orders.apps.OrdersDashboardConfig",
    "oscar.apps.dashboard.catalogue.apps.CatalogueDashboardConfig",
    "oscar.apps.dashboard.offers.apps.OffersDashboardConfig",
    "oscar.apps.dashboard.partners.apps.PartnersDashboardConfig",
    "oscar.apps.dashboard.pages.apps.PagesDashboardConfig",
    "oscar.apps.dashboard.ranges.apps.RangesDashboardConfig",
    "oscar.apps.dashboard.reviews.apps.ReviewsDashboardConfig",
    "oscar.apps.dashboard.vouchers.apps.VouchersDashboardConfig",
    "oscar.apps.dashboard.communications.apps.CommunicationsDashboardConfig",
    "oscar.apps.dashboard.shipping.apps.ShippingDashboardConfig",
    "widget_tweaks", "haystack", "treebeard", "django_tables2",
]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
""",
    ),
    "pretalx": Project(
        ("pretalx==2026.2.1",),
        "from pretalx.settings import *\n",
        environment={
            "PRETALX_DATA_DIR": "{folder}/data",
            "PRETALX_FILESYSTEM_STATIC": "{folder}/static",
            "PRETALX_DB_TYPE": "postgresql",
        },
    ),
    "cms": Project(
        ("django-cms==5.1.3", "packaging==26.3"),
        CONTRIB
        + """\
    "cms", "menus", "treebeard", "sekizai",
]
LANGUAGES = [("en", "English")]
LANGUAGE_CODE = "en"
CMS_CONFIRM_VERSION4 = True
""",
    ),
    "pulpcore": Project(
        ("pulpcore==3.123.1",),
        module="pulpcore.app.settings",
        environment={
            "PULP_DB_ENCRYPTION_KEY": "{folder}/database.key",
            "PULP_DATABASES__default__ENGINE": "django.db.backends.postgresql",
            "PULP_DATABASES__default__HOST": "{HOST}",
            "PULP_DATABASES__default__PORT": "'{PORT}'",
            "PULP_DATABASES__default__USER": "{USER}",
            "PULP_DATABASES__default__PASSWORD": "'{PASSWORD}'",
            "PULP_DATABASES__default__NAME": "{NAME}",
            "PULP_CONTENT_ORIGIN": "http://localhost",
            "PULP_SECRET_KEY": "only-for-a-comparison",
        },
        files={"database.key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
        random={
            **{
                f"core_{table}.{column}": reason
                for table in ("accesspolicy", "contentguard", "distribution", "domain", "role")
                for column, reason in (
                    ("pulp_created", TIME),
                    ("pulp_last_updated", TIME),
                    ("pulp_id", UUID),
                )
            },
            "core_systemid.pulp_id": UUID,
            "core_contentguard.name": OF_SYSTEM,
            "core_contentguard.pulp_domain_id": OF_DOMAIN,
            "core_distribution.name": OF_SYSTEM,
            "core_distribution.base_path": OF_SYSTEM,
            "core_distribution.pulp_domain_id": OF_DOMAIN,
            "core_distribution.content_guard_id": "points to a guard, which has a random UUID",
            "core_artifactdistribution.distribution_ptr_id": "is the distribution's random UUID",
            "core_contentredirectcontentguard.contentguard_ptr_id": "is the guard's random UUID",
            "core_contentredirectcontentguard.shared_secret": TOKEN,
            "core_role_permissions.role_id": "points to a role, which has a random UUID",
        },
    ),
    "netbox": Project(
        ("netbox==4.7.3",),
        "from netbox.settings import *\n",
        environment={"NETBOX_CONFIGURATION": "netbox_configuration", "NETBOX_ROOT": "{folder}"},
        files={
            "netbox_configuration.py": """\
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}}
REDIS = {name: {"HOST": "localhost", "PORT": 1} for name in ("tasks", "caching")}
SECRET_KEY = "only-for-a-comparison-only-for-a-comparison-only-for-it"
API_TOKEN_PEPPERS = {1: SECRET_KEY}
CENSUS_REPORTING_ENABLED = False
"""
        },
        random={
            "dcim_moduletypeprofile.created": TIME,
            "dcim_moduletypeprofile.last_updated": TIME,
        },
    ),
    "pretix": Project(
        # The second is Django's extra "argon2", which is lost where Django's version is overridden.
        ("pretix==2026.8.0", "argon2-cffi==25.1.0"),
        "from pretix.settings import *\n",
        patches=(
            Patch(
                "pretix/base/models/fields.py",
                'params[0] = "%" + delimiter + params[0][1:-1] + delimiter + "%"',
                'params = ("%" + delimiter + params[0][1:-1] + delimiter + "%", *params[1:])',
                "since Django 6 the parameters of a lookup are a tuple",
            ),
        ),
        environment={"DATA_DIR": "{folder}", "PRETIX_DATABASE_BACKEND": "postgresql"},
        random={
            "pretixbase_user.date_joined": TIME,
            "pretixbase_user.password": PASSWORD,
            "pretixbase_user.session_token": TOKEN,
            "pretixbase_user.notifications_token": TOKEN,
        },
    ),
    "nautobot": Project(
        ("nautobot==3.2.7",),
        "from nautobot.core.settings import *\n",
        overrides=("djangorestframework==3.18.0",),
        patches=(
            Patch(
                "nautobot/core/models/query_functions.py",
                "from django.db.models.fields.json import compile_json_path",
                "compile_json_path = None",
                "Django 6.1 has it elsewhere; no migration uses it",
            ),
        ),
        environment={"NAUTOBOT_ROOT": "{folder}", "PROJECT_CACHE": "nautobot_cache.Cache"},
        files={
            "nautobot_cache.py": """\
from django.core.cache.backends.dummy import DummyCache

class Cache(DummyCache):
    def delete_pattern(self, pattern):
        pass
"""
        },
        random={
            **{
                f"{table}.{column}": reason
                for table in (
                    *("dcim_cabletype", "extras_approvalworkflowdefinition", "extras_job"),
                    *("extras_approvalworkflowstagedefinition", "extras_jobbutton", "extras_role"),
                    *("extras_jobqueue", "extras_status", "ipam_namespace"),
                    *("users_objectpermission", "vpn_vpnphase1policy", "vpn_vpnphase2policy"),
                    "vpn_vpnprofile",
                )
                for column, reason in (("id", UUID), ("created", TIME), ("last_updated", TIME))
            },
            **dict.fromkeys(
                (
                    "extras_approvalworkflowstagedefinition.approval_workflow_definition_id",
                    "extras_job.default_job_queue_id",
                    "extras_jobbutton.job_id",
                    "extras_jobbutton_content_types.jobbutton_id",
                    "extras_jobqueueassignment.job_id",
                    "extras_jobqueueassignment.job_queue_id",
                    "extras_role_content_types.role_id",
                    "extras_status_content_types.status_id",
                    "users_objectpermission_groups.objectpermission_id",
                    "users_objectpermission_object_types.objectpermission_id",
                    "vpn_vpnprofilephase1policyassignment.vpn_phase1_policy_id",
                    "vpn_vpnprofilephase1policyassignment.vpn_profile_id",
                    "vpn_vpnprofilephase2policyassignment.vpn_phase2_policy_id",
                    "vpn_vpnprofilephase2policyassignment.vpn_profile_id",
                ),
                "points to a row that has a random UUID",
            ),
            "extras_jobqueueassignment.id": UUID,
            "vpn_vpnprofilephase1policyassignment.id": UUID,
            "vpn_vpnprofilephase2policyassignment.id": UUID,
        },
    ),
    "misago": Project(
        ("misago==0.39.6",),
        """\
from misago.settings import *
from misago.conf.defaults import *
AUTH_USER_MODEL = "misago_users.User"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_ROOT = str(Path(__file__).parent)
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": TEMPLATE_CONTEXT_PROCESSORS},
}]
""",
        overrides=("pillow==12.3.0",),
        random={
            "misago_cache_cacheversion.version": TOKEN,
            "misago_themes_theme.dirname": TOKEN,
        },
    ),
    "weblate": Project(
        ("weblate==2026.10.1",),
        "from weblate.settings_example import *\n",
        # No migration needs it, and building it needs libraries that are no Python packages.
        overrides=("borgbackup; python_version < '3'",),
        random={
            "authtoken_token.created": TIME,
            "authtoken_token.key": TOKEN,
            "weblate_auth_user.date_joined": TIME,
            "weblate_auth_user.password": "random, so that it never matches",
        },
    ),
}
