"""Which addresses webhooks may have, by the settings, and the system check of these settings.

Without the check, a wrong setting would fail only at the first delivery.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from common.outside_addresses import AddressRules


def webhook_rules() -> AddressRules:
    return AddressRules(
        schemes=("https", "http") if settings.WEBHOOK_ALLOW_HTTP else ("https",),
        ports=frozenset(settings.WEBHOOK_ALLOWED_PORTS),
        networks=tuple(settings.WEBHOOK_ALLOWED_NETWORKS),
    )


MAX_PORT = 65535


def check_settings(**_: Any) -> list[CheckMessage]:
    """Errors for networks and ports of the settings that are not valid."""
    found: list[CheckMessage] = []
    for text in settings.WEBHOOK_ALLOWED_NETWORKS:
        try:
            ip_network(text)
        except ValueError:
            message = f"WEBHOOK_ALLOWED_NETWORKS has “{text}”, which is no network."
            hint = "Write networks such as 10.1.2.0/24, separated by commas, with no host bits set."
            found.append(Error(message, hint=hint, id="webhooks.E001"))
    for port in settings.WEBHOOK_ALLOWED_PORTS:
        if not 0 < port <= MAX_PORT:
            message = f"WEBHOOK_ALLOWED_PORTS has {port}, which is no port."
            hint = "Write numbers from 1 to 65535, separated by commas."
            found.append(Error(message, hint=hint, id="webhooks.E002"))
    return found
