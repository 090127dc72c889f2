from __future__ import annotations

from django.apps import AppConfig


class SingleSignOnConfig(AppConfig):
    name = "accounts.single_sign_on"
    label = "single_sign_on"
    verbose_name = "Single sign-on"

    def ready(self) -> None:
        from accounts.single_sign_on.admin import drop_pages  # the library's admin needs models

        drop_pages()
