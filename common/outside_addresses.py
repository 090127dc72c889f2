"""Checks which URLs of other people may be called, so that nobody reaches our own network by one.

Both the URL and the IP addresses of its host are checked when it is entered, and again at every
call, because a name may have other addresses by then. The connection goes to the address that was
checked (`common.pinned`).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
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

Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"https": 443, "http": 80}
NAT64 = IPv6Network("64:ff9b::/96")
# The former site-local addresses, which Python takes for public.
SITE_LOCAL = IPv6Network("fec0::/10")
# Azure's metadata server has a public address; those of other clouds have private ones.
METADATA = {IPv4Address("168.63.129.16")}
MAX_LENGTH = 500


class AddressRefusedError(Exception):
    """The message is for the one who gave the address and says nothing about our network."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What may be called: the first of the `schemes` is the one to ask for. `ports` come besides
    the schemes' own, `networks` besides public addresses."""

    schemes: tuple[str, ...] = ("https",)
    ports: frozenset[int] = frozenset()
    networks: tuple[str, ...] = ()


def check_url(text: str, rules: AddressRules) -> httpx.URL:
    """Returns the URL in normal form. Raises AddressRefusedError for one that is never called."""
    if len(text) > MAX_LENGTH:
        raise AddressRefusedError(f"Use an address of at most {MAX_LENGTH} characters.")
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise AddressRefusedError("This is not a valid address.") from error
    if url.scheme not in rules.schemes or not url.host:
        raise AddressRefusedError(f"Give an address that begins with {rules.schemes[0]}://.")
    if url.userinfo:
        raise AddressRefusedError("Leave the user name and password out of the address.")
    allowed = {DEFAULT_PORTS[scheme] for scheme in rules.schemes} | rules.ports
    if port_of(url) not in allowed:
        ports = ", ".join(str(port) for port in sorted(allowed))
        raise AddressRefusedError(f"Only these ports may be called: {ports}.")
    return url.copy_with(fragment=None)


def public_addresses(url: httpx.URL, seconds: float, rules: AddressRules) -> list[str]:
    """Returns the IP addresses of the host now.

    Raises AddressRefusedError unless each is public or allowed by the rules.
    """
    found = _look_up(url.raw_host.decode("ascii"), port_of(url), seconds)
    # An IPv6 address that contains an IPv4 address is judged by that.
    judged = [_embedded(address) for address in found]
    is_allowed = all(
        any(one in ip_network(text) for text in rules.networks) or _is_public(one) for one in judged
    )
    if not found or not is_allowed:
        # The same text whether the name is unknown or internal.
        raise AddressRefusedError(f"“{url.host[:200]}” has no public address, so it is not called.")
    return [str(address) for address in dict.fromkeys(found)]


def port_of(url: httpx.URL) -> int:
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


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
    if address in NAT64:  # In a network without IPv4, IPv4 servers have such addresses.
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _look_up(host: str, port: int, seconds: float) -> Sequence[Address]:
    """Returns the host's addresses, or none. Asks in a thread, because a look-up cannot be
    stopped."""
    answers: SimpleQueue[list[Address]] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([ip_address(address[0]) for *_rest, address in found])
        except (OSError, ValueError):
            answers.put([])

    Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return []
