"""Which addresses webhooks may have, by the settings."""

from __future__ import annotations

from django.conf import settings

from common.outside_addresses import AddressRules


def webhook_rules() -> AddressRules:
    return AddressRules(
        schemes=("https", "http") if settings.WEBHOOK_ALLOW_HTTP else ("https",),
        ports=frozenset(settings.WEBHOOK_ALLOWED_PORTS),
        networks=tuple(settings.WEBHOOK_ALLOWED_NETWORKS),
    )
