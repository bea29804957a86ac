"""HTTP with a limit on headers: uvicorn's fast parser has none of its own."""

from __future__ import annotations

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: URL and headers of one request; proxies and browsers stay well below.
MOST_HEADER_BYTES: Final = 64 * 1024

_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
)
_PROBLEM: Final = (
    b'{"type":"about:blank","title":"Request Header Fields Too Large","status":431,'
    b'"detail":"URL and headers are larger than 65536 bytes; send less of them",'
    b'"request_id":null,"errors":[]}'
)


class LimitedHttpProtocol(HttpToolsProtocol):
    """Refuses requests whose URL and headers are larger than `MOST_HEADER_BYTES`.

    What has not been parsed yet counts as well, so that a header without an end is cut off, too.
    """

    _header_bytes = 0
    _in_headers = True
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Take bytes from the network."""
        if self._refused:
            return
        if self._in_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > MOST_HEADER_BYTES:
            self._refuse()

    def on_message_begin(self) -> None:
        """Start to count."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0

    def on_headers_complete(self) -> None:
        """Judge headers that came all at once."""
        self._in_headers = False
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > MOST_HEADER_BYTES:
            self._refuse()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        if not self._refused:
            super().on_message_complete()

    def _refuse(self) -> None:
        self._refused = True
        self.transport.write(_REFUSAL % (len(_PROBLEM), _PROBLEM))
        self.transport.close()
