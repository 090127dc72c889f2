from __future__ import annotations

from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Access"
    default = True

    def ready(self) -> None:
        from accounts.signals import connect  # imported here: it needs models, which are loaded now

        connect()


class FailedLoginsConfig(AxesConfig):  # type: ignore[misc] # axes has no types
    """Gives the section in the admin a name of ours instead of the library's."""

    verbose_name = "Failed logins"
