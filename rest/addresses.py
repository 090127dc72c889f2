"""Who is asking, by address: the one rule of throttles, login limits and the audit log."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest
from rest_framework.settings import api_settings

# What one household or school gets; who has it can use any address in it.
IPV6_SITE = 64


def client_address(request: HttpRequest) -> str:
    """The address that the outermost of our NUM_PROXIES proxies saw, or "" if there is none.

    Each proxy adds to the right of X-Forwarded-For whom it was asked by; what stands further left
    is a stranger's word. Something that is no address counts as the connection's own.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies = api_settings.NUM_PROXIES or 0
    named = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    told = named[-min(proxies, len(named))] if proxies else peer
    return _normal(told) or _normal(peer)


def client_site(request: HttpRequest) -> str:
    """What counts as one client for limits: the address, or the site that an IPv6 one is in."""
    return site_of(client_address(request))


def site_of(address: str) -> str:
    """ "" for what is no address."""
    found = _normal(address)
    if found and isinstance(ip_address(found), IPv6Address):
        return str(ip_network((found, IPV6_SITE), strict=False).network_address)
    return found


def _normal(text: str) -> str:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
