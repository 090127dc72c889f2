"""Which addresses may be called: nobody reaches our own network through a webhook.

Both the form of an address and what its name leads to are checked when it is given, and again at
every delivery: a name may lead elsewhere by then. The connection goes to the very address that was
checked.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from queue import Empty, SimpleQueue
from threading import Thread

import httpx
from django.conf import settings

Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"https": 443, "http": 80}
NAT64 = IPv6Network("64:ff9b::/96")
# What was site-local: Python takes it for public.
SITE_LOCAL = IPv6Network("fec0::/10")
# Azure's, which lies among the public addresses; those of other clouds do not.
METADATA = {IPv4Address("168.63.129.16")}
MAX_LENGTH = 500


class AddressRefusedError(Exception):
    """The message is for the owner of the endpoint. It tells nothing of our network."""


def check_url(text: str) -> httpx.URL:
    """The address in normal form. Raises AddressRefusedError for one that is never called."""
    if len(text) > MAX_LENGTH:
        raise AddressRefusedError(f"Use an address of at most {MAX_LENGTH} characters.")
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise AddressRefusedError("This is not a valid address.") from error
    if url.scheme not in _schemes() or not url.host:
        raise AddressRefusedError(f"Give an address that begins with {_schemes()[0]}://.")
    if url.userinfo:
        raise AddressRefusedError("Leave the user name and password out; messages are signed.")
    if port_of(url) not in _ports():
        ports = ", ".join(str(port) for port in sorted(_ports()))
        raise AddressRefusedError(f"Only these ports may be called: {ports}.")
    return url.copy_with(fragment=None)


def public_addresses(url: httpx.URL, seconds: float) -> list[str]:
    """What the host leads to now. Raises AddressRefusedError unless all of it is public."""
    found = _look_up(url.raw_host.decode("ascii"), port_of(url), seconds)
    if not found or not all(may_be_called(address) for address in found):
        raise _not_public(url)
    return [str(address) for address in dict.fromkeys(found)]


def port_of(url: httpx.URL) -> int:
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def may_be_called(address: Address) -> bool:
    """An IPv6 address that carries an IPv4 address is judged by that."""
    inner = _embedded(address)
    networks = [ip_network(text) for text in settings.WEBHOOK_ALLOWED_NETWORKS]
    return any(inner in network for network in networks) or _is_public(inner)


def _is_public(address: Address) -> bool:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    return address.is_global and not (special or address in SITE_LOCAL or address in METADATA)


def _embedded(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:  # Where a network has no IPv4, all IPv4 servers are found there.
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _look_up(host: str, port: int, seconds: float) -> Sequence[Address]:
    """Nothing for a name that leads nowhere. In a thread, since a look-up cannot be stopped."""
    answers: SimpleQueue[list[Address]] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([ip_address(address[0]) for *_rest, address in found])
        except (OSError, ValueError):
            answers.put([])

    Thread(target=ask, name="webhook-look-up", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return []


def _schemes() -> tuple[str, ...]:
    return ("https", "http") if settings.WEBHOOK_ALLOW_HTTP else ("https",)


def _ports() -> set[int]:
    usual = {DEFAULT_PORTS[scheme] for scheme in _schemes()}
    return usual | set(settings.WEBHOOK_ALLOWED_PORTS)


def _not_public(url: httpx.URL) -> AddressRefusedError:
    # The same words whether the name is unknown or internal.
    return AddressRefusedError(f"“{url.host[:200]}” has no public address, so it is not called.")
