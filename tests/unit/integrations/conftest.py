"""One Django site for all tests here: its settings can be made only once in a process."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

FAKE_ALLAUTH = Path(__file__).parents[2] / "support" / "fake_allauth"
APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]


@pytest.fixture(scope="session")
def django_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set Django up with its own users, sessions and CSRF check, and an empty database."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    file = tmp_path_factory.mktemp("django") / "site.db"
    settings.configure(
        SECRET_KEY="s" * 50,
        ALLOWED_HOSTS=["shop.example", "testserver"],
        INSTALLED_APPS=APPS,
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=(),
        LOGGING_CONFIG=None,
        USE_TZ=True,
        TIME_ZONE="UTC",
    )
    django.setup()

    def migrate() -> None:
        call_command("migrate", verbosity=0)
        connections.close_all()

    # Django will not touch a database while a loop runs, as it does under an async test.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(migrate).result()
    yield
    connections.close_all()


@pytest.fixture
def allauth(django_site: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[type]:
    """Install what stands in for django-allauth, and return its model of an address."""
    from django.apps import apps
    from django.db import connection
    from django.test import override_settings

    account = ModuleType("allauth.account")
    account.__path__ = [str(FAKE_ALLAUTH)]
    account.__file__ = str(FAKE_ALLAUTH / "__init__.py")
    monkeypatch.setitem(sys.modules, "allauth", ModuleType("allauth"))
    monkeypatch.setitem(sys.modules, "allauth.account", account)
    with override_settings(INSTALLED_APPS=[*APPS, "allauth.account"]):
        address = apps.get_model("account", "EmailAddress")
        with connection.schema_editor() as editor:
            editor.create_model(address)
        yield address
        with connection.schema_editor() as editor:
            editor.delete_model(address)
