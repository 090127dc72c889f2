"""Chooses the proxy for an address from the environment."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def is_local(host: str) -> bool:
    """Whether `host` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(address: str) -> str:
    """Returns the proxy for `address` by HTTPS_PROXY and NO_PROXY, or ""."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if not proxy or is_local(host) or proxy_bypass(host) or _is_left_out(host, proxies):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_left_out(host: str, proxies: Mapping[str, str]) -> bool:
    """Whether NO_PROXY excludes the host by a network, such as 10.0.0.0/8."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for part in proxies.get("no", "").split(","):
        try:
            if address in ipaddress.ip_network(part.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False
