from __future__ import annotations

from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Access"
    default = True

    def ready(self) -> None:
        from accounts.signals import connect  # it needs models, which are loaded now

        connect()


class FailedLoginsConfig(AxesConfig):  # type: ignore[misc] # axes has no types
    """Names the section in the admin, which would have the library's name."""

    verbose_name = "Failed logins"
