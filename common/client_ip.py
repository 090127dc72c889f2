"""The client's IP address, for throttles, login limits and the audit log."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest
from rest_framework.settings import api_settings

# The prefix that one household or school gets; its owner can use any address in it.
IPV6_SITE = 64
# Some gateways, such as Azure's, add the port.
_WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::[0-9]{1,5})?")


def client_address(request: HttpRequest) -> str:
    """Returns the address that the outermost of our NUM_PROXIES proxies saw; "" if there is none.

    Each proxy appends the address of its client to X-Forwarded-For; entries further left cannot be
    trusted. If the entry is no address, the address of the connection counts.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = api_settings.NUM_PROXIES or 0
    named = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    told = named[-min(proxies, len(named))] if proxies else peer
    return _normal(told) or _normal(peer)


def client_site(request: HttpRequest) -> str:
    """Returns what limits apply to: an IPv4 address, or the /64 network of an IPv6 address."""
    return site_of(client_address(request))


def site_of(address: str) -> str:
    """Returns what limits apply to for an address; "" for a text that is no address."""
    found = _normal(address)
    if found and isinstance(ip_address(found), IPv6Address):
        return str(ip_network((found, IPV6_SITE), strict=False).network_address)
    return found


def _normal(text: str) -> str:
    """Returns the address in its normal form, without port and zone; "" if it is no address."""
    parts = _WITH_PORT.fullmatch(text.strip('"'))
    plain = (parts["v6"] or parts["v4"]) if parts else text
    try:
        found = ip_address(plain.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
