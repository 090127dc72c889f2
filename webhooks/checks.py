"""System checks: settings that would only be found wrong at the first delivery."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_settings(**_: Any) -> list[CheckMessage]:
    return [
        *(_network(text) for text in settings.WEBHOOK_ALLOWED_NETWORKS if not _is_network(text)),
        *(_port(port) for port in settings.WEBHOOK_ALLOWED_PORTS if not 0 < port <= 65535),  # noqa: PLR2004 - the largest there is
    ]


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _network(text: str) -> Error:
    return Error(
        f"WEBHOOK_ALLOWED_NETWORKS has “{text}”, which is no network.",
        hint="Write networks such as 10.1.2.0/24, separated by commas, with no host bits set.",
        id="webhooks.E001",
    )


def _port(port: int) -> Error:
    return Error(
        f"WEBHOOK_ALLOWED_PORTS has {port}, which is no port.",
        hint="Write numbers from 1 to 65535, separated by commas.",
        id="webhooks.E002",
    )
