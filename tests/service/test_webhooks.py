"""Where webhooks may go, and how they are signed."""

from __future__ import annotations

import pytest

from packopt_service.jobs.notifying import signature
from packopt_service.jobs.targets import TargetRefused, addresses_of, is_public, target_of


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "no address",
        # Where versions of Python differ, and the edges of blocks.
        "192.0.0.0",
        "192.0.0.8",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.0.255",
        "192.88.99.1",
        "100.127.255.255",
        "172.31.255.255",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.255",
        "240.0.0.0",
        "::127.0.0.1",
        "::ffff:192.0.0.8",
        "64:ff9b::c000:8",
        "64:ff9b:1::7f00:1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:2::1",
        "2001:20::1",
        "2001:1ff:ffff::1",
        "2002:c000:8::",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fec0::1",
    ],
)
def test_addresses_that_only_we_can_reach_are_not_public(address: str) -> None:
    """Private, loopback, link-local, multicast and reserved addresses are none to send to."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "2606:4700::1111",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1",
        "2002:101:101::",
        # Just beside blocks that are not.
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:db7::1",
        "2001:db9::1",
        "2003::1",
        "3ffe:ffff::1",
    ],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Everybody's addresses may be sent to."""
    assert is_public(address)


def test_every_address_of_a_name_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a public and a private address is refused; with public ones it is resolved."""
    found = [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    target = target_of("https://example.org/hook?a=1", private=False)
    with pytest.raises(TargetRefused, match=r"10\.0\.0\.1"):
        addresses_of(target, private=False)
    assert addresses_of(target, private=True) == ["1.1.1.1", "10.0.0.1"]
    del found[1]
    assert addresses_of(target, private=False) == ["1.1.1.1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https:///path",
        "https://a:b@example.org/",
        "https://example.org:99999/",
        "https://example.org/\r\nHost: other",
        "https://example.org/ ",
        "https://exämple.org/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_urls_that_no_webhook_may_have_are_refused(url: str) -> None:
    """Plain HTTP, users, line breaks and nonsense are refused."""
    with pytest.raises(TargetRefused):
        target_of(url, private=False)


def test_signatures_are_those_of_standard_webhooks() -> None:
    """A signature equals that of the Standard Webhooks reference libraries for their example."""
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
