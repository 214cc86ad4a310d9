"""A Django site whose chat knows who is signed in; README.md says how to run it.

It is one file so that it can be read at once; a project keeps it in settings.py and urls.py.
"""

import os
import secrets
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, execute_from_command_line
from django.urls import path
from django.views.generic import TemplateView

from callingcard import Issuer
from callingcard.integrations.django import token_view
from callingcard.platforms import HubSpot

# Callingcard's desk plays HubSpot here; to ask HubSpot itself, leave base_url out.
DESK = os.environ.get("DESK_URL", "http://127.0.0.1:8400")
HUBSPOT = HubSpot(access_token=os.environ["HUBSPOT_ACCESS_TOKEN"], base_url=DESK)

# settings.py
HERE = Path(__file__).parent
settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ]
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("DATABASE", HERE / "example.sqlite3"),
        }
    },
    LOGOUT_REDIRECT_URL="/",
)
django.setup()

# urls.py
from django.contrib.auth.views import LoginView, LogoutView  # noqa: E402  (needs settings)

# Callingcard, in three lines: Django says who is signed in.
issuer = Issuer(HUBSPOT)
# True because accounts are made below; a site with a sign-up passes what its sign-up knows.
chat = path("chat/token", token_view(issuer, email_verified=True))
# The rest is any site with users.
PAGE = {"template_name": "page.html", "extra_context": {"desk": DESK}}
urlpatterns = [
    chat,
    path("", TemplateView.as_view(**PAGE)),
    path("sign-in", LoginView.as_view(**PAGE, next_page="/")),
    path("sign-out", LogoutView.as_view()),
]


def make_people() -> None:
    """Make the accounts of Ada and Grace, whose password is their name."""
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    for name in ("ada", "grace"):
        if not User.objects.filter(username=name).exists():
            address = f"{name}@example.com"
            User.objects.create_user(name, address, name, first_name=name.title())


if __name__ == "__main__":
    make_people()
    execute_from_command_line(["app.py", "runserver", "--noreload", *sys.argv[1:]])
