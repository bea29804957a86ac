"""Evidence of orders of jobs that somebody has on the screen: made once, shown several times.

A packing bench opens an order, and then asks for a picture of each parcel and confirms it. Jobs
never change once they have succeeded, so what was made of an order holds as long as its job.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

#: Bytes that are kept at most: hundreds of orders, of which a bench needs one at a time.
_MOST_BYTES: Final = 32 << 20


class KeptEvidence:
    """Evidence by job and order; what was not used for longest goes first.

    Parameters
    ----------
    most_bytes
        How much is kept.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bodies: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def keep(self, job_id: str, order_id: str, body: bytes) -> None:
        """Keep the evidence of an order of a job."""
        self._bytes += len(body) - len(self._bodies.pop((job_id, order_id), b""))
        self._bodies[job_id, order_id] = body
        while self._bytes > self._most_bytes:
            _, gone = self._bodies.popitem(last=False)
            self._bytes -= len(gone)

    def find(self, job_id: str, order_id: str) -> bytes | None:
        """Return what is kept of an order of a job, or None."""
        body = self._bodies.get((job_id, order_id))
        if body is not None:
            self._bodies.move_to_end((job_id, order_id))
        return body
