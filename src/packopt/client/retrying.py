"""When to send a request again, and how long to wait before."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx

#: Above the 300 s after which a service gives evidence up by default, with its start beside it.
EVIDENCE_TIMEOUT_S: Final = 360.0
#: The service, or a proxy before it, asks to come back. 409 with Retry-After is an idempotency
#: key whose first request is still being answered.
_AGAIN: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Retries:
    """How often and how long to try.

    Attributes
    ----------
    most
        Attempts after the first.
    first_s, longest_s
        Seconds of the first wait, which doubles, and of the longest.
    """

    most: int = 5
    first_s: float = 0.2
    longest_s: float = 30.0

    def wait_s(self, attempt: int, response: httpx.Response | None) -> float | None:
        """Return the seconds to wait after an attempt; None if there shall be no other.

        Parameters
        ----------
        attempt
            Attempts so far, from 1.
        response
            What came back; None if the connection failed.
        """
        if attempt > self.most:
            return None
        if response is not None:
            stated = response.headers.get("retry-after", "")
            if response.status_code not in _AGAIN and not (response.status_code == 409 and stated):
                return None
            if stated.isdigit():
                return min(float(stated), self.longest_s)
        # Jitter, so that many clients do not come back at once.
        most = min(self.longest_s, self.first_s * 2.0 ** (attempt - 1))
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - nothing depends on it
