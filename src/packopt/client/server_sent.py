"""Server-sent events, line by line, as the HTML standard reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NO_CONTENT: Final = 204


@dataclass(frozen=True)
class Event:
    """An event.

    Attributes
    ----------
    name, data
        What happened, and its data as text.
    """

    name: str
    data: str


class ServerSentEvents:
    """Makes events of lines.

    Attributes
    ----------
    last_id
        The id of the last event, from which a broken stream goes on; None before the first.
    retry_s
        Seconds that the service wants between two streams.
    """

    def __init__(self) -> None:
        self.last_id: str | None = None
        self.retry_s = 1.0
        self.forget_unfinished()

    def forget_unfinished(self) -> None:
        """Forget an event whose end did not come."""
        self._name = "message"
        self._data: list[str] = []
        self._id = self.last_id

    def feed(self, line: str) -> Event | None:
        """Read a line; return the event that it ends, if it ends one.

        Parameters
        ----------
        line
            A line without its end.
        """
        if not line:
            event = Event(self._name, "\n".join(self._data)) if self._data else None
            self.last_id = self._id
            self.forget_unfinished()
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id":
            self._id = value
        elif name == "retry" and value.isdecimal():
            self.retry_s = int(value) / 1000
        return None
