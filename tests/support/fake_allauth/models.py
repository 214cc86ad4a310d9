"""The part of django-allauth's model that is read: the same fields under the same label.

https://docs.allauth.org/en/latest/account/models.html
"""

from django.conf import settings
from django.db import models


class EmailAddress(models.Model):
    """An address of a user, verified or not."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    email = models.EmailField()
    verified = models.BooleanField(default=False)
    primary = models.BooleanField(default=False)

    class Meta:
        """Where the table belongs."""

        app_label = "account"

    def __str__(self) -> str:
        """Name no address."""
        return f"address {self.pk}"
