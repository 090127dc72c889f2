from __future__ import annotations

from django.apps import AppConfig
from django.contrib import admin


class SingleSignOnConfig(AppConfig):
    name = "accounts.single_sign_on"
    label = "single_sign_on"
    verbose_name = "Single sign-on"

    def ready(self) -> None:
        """Keeps only the library's page of linked accounts in the admin: providers come from the
        settings, tokens are not kept, and addresses stand at the account."""
        from allauth.account.models import EmailAddress  # models load after the apps
        from allauth.socialaccount.models import SocialApp, SocialToken

        for model in (SocialApp, SocialToken, EmailAddress):
            if admin.site.is_registered(model):
                admin.site.unregister(model)
