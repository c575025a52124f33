"""Whose address it is: what our own proxies saw, never what a caller wrote."""

import pytest
from django.test import RequestFactory

from core.clients import network_of, request_address, scope_address


def address(peer: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    plain = request_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))
    lines = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    assert scope_address({"client": (peer, 1) if peer else None, "headers": lines}) == plain
    return plain


def test_without_proxies_no_header_is_believed(settings):
    settings.TRUSTED_PROXIES = 0
    assert address("192.0.2.7", "203.0.113.9") == "192.0.2.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "unknown", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_behind_proxies_the_one_that_the_outermost_of_ours_saw(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    assert address("10.0.0.1", forwarded) == expected


def test_a_unix_socket_has_no_address(settings):
    settings.TRUSTED_PROXIES = 0
    assert address("") == ""


def test_a_household_of_ipv6_counts_as_one():
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::"
    assert network_of("203.0.113.9") == "203.0.113.9"
