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
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


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
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_unspecified or found.is_link_local
    )
