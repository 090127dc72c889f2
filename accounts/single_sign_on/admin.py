"""Which of the library's pages stay in the admin: the links of accounts, to look at and to cut."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin


def drop_pages() -> None:
    """Providers come from the settings, tokens are not kept, and addresses stand at the account."""
    for model in (SocialApp, SocialToken, EmailAddress):
        if admin.site.is_registered(model):
            admin.site.unregister(model)
