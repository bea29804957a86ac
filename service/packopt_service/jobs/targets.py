"""Where webhooks may go: never, unless allowed, to addresses that only we can reach.

A name is resolved once, every address it has is checked, and the connection goes to a checked
address: a name that resolves to something else a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LONGEST: Final = 2000
#: Blocks of IPv4 that no webhook may go to: those of the IANA IPv4 Special-Purpose Address
#: Registry (iana.org/assignments/iana-ipv4-special-registry, RFC 6890) that are not reachable
#: globally, the one of protocol assignments as a whole, the former relays of 6to4 (RFC 7526), and
#: multicast. Python's own lists are others with each version, and its is_global with them.
_NOT_PUBLIC_IPV4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
#: All of IPv6 that IANA gives out as global unicast (iana.org/assignments/ipv6-address-space); what
#: is local, mapped, multicast or for discarding lies outside.
_PUBLIC_IPV6: Final = ipaddress.IPv6Network("2000::/3")
#: Blocks in it that the IANA IPv6 Special-Purpose Address Registry
#: (iana.org/assignments/iana-ipv6-special-registry) keeps for protocols, Teredo among them, and for
#: documentation.
_NOT_PUBLIC_IPV6: Final = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20"))
)
#: Blocks of IPv6 whose addresses stand for one of IPv4, and how many bits come after that one:
#: mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
_WITH_IPV4_INSIDE: Final = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


class TargetRefused(Exception):  # noqa: N818 - told to the owner of the job
    """A webhook must not go there, and why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart.

    Attributes
    ----------
    scheme, host, port
        Where it points.
    path
        Path and query.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def target_of(url: str, *, private: bool) -> Target:
    """Take a URL apart.

    Parameters
    ----------
    url
        The URL.
    private
        Whether plain HTTP is allowed.

    Raises
    ------
    TargetRefused
        If it is no URL that a webhook may have.
    """
    schemes = ("https", "http") if private else ("https",)
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise TargetRefused(f"expected up to {_LONGEST} printable ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        raise TargetRefused(f"is no URL: {fault}") from None
    if parts.scheme not in schemes:
        raise TargetRefused(f"expected a URL that begins with {' or '.join(schemes)}://")
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise TargetRefused("expected a host, and neither user nor password before it")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    return Target(parts.scheme, parts.hostname, port or _DEFAULT_PORTS[parts.scheme], path)


def addresses_of(target: Target, *, private: bool) -> list[str]:
    """Resolve a target to addresses that may be connected to.

    Raises
    ------
    TargetRefused
        If one of them is private, loopback, link-local, multicast or reserved, and these are not
        allowed; or if no host can have the name.
    OSError
        If the name has no address.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except UnicodeError:  # an empty label, or one of more than 63 characters
        raise TargetRefused(f"{target.host} is no name that a host can have") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    for address in addresses:
        if not private and not is_public(address):
            raise TargetRefused(
                f"{target.host} has the address {address}, which is not a public one; webhooks "
                "go there only if the service is started with private webhooks"
            )
    return addresses


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also behind an IPv6 disguise."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in block for block in _NOT_PUBLIC_IPV4)
    for block, shift in _WITH_IPV4_INSIDE:
        if found in block:
            inner = int(found) >> shift & 0xFFFF_FFFF
            return is_public(str(ipaddress.IPv4Address(inner)))
    return found in _PUBLIC_IPV6 and not any(found in block for block in _NOT_PUBLIC_IPV6)
