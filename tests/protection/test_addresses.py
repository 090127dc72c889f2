"""Whose address counts behind so many proxies."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from rest_framework.settings import api_settings

from common.client_ip import client_address, client_site


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "", "10.0.0.9"),
        (0, "203.0.113.5", "10.0.0.9"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.1, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", "203.0.113.5"),
        (1, "", "10.0.0.9"),
        (1, "unknown", "10.0.0.9"),
        (1, "203.0.113.5:4711", "203.0.113.5"),
        (1, "198.51.100.1:80, 203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::7]:443", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, '"[2001:db8::7]:443"', "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "[2001:db8::7", "10.0.0.9"),
        (1, "203.0.113.5:", "10.0.0.9"),
        (1, "203.0.113.5:4711:80", "10.0.0.9"),
        (1, "'; DROP TABLE", "10.0.0.9"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_only_what_our_proxies_added_counts(
    monkeypatch: pytest.MonkeyPatch, proxies: int, forwarded: str, found: str
) -> None:
    monkeypatch.setattr(api_settings, "NUM_PROXIES", proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="10.0.0.9")
    assert client_address(request) == found


def test_one_site_of_ipv6_is_one_client() -> None:
    def site(address: str) -> str:
        return client_site(RequestFactory().get("/", REMOTE_ADDR=address))

    assert site("2001:db8:1:2:aaaa::1") == site("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::"
    assert site("2001:db8:1:3::1") != site("2001:db8:1:2::1")


def test_a_request_without_an_address_has_none() -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == ""
