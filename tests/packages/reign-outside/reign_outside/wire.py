"""What goes over the wire. One request, one connection; nothing is ever asked twice here."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from reign.model.errors import ErrorKind, ProviderError
from reign.ports import Call

Thing = dict[str, Any]


class Wire:
    """The way to the room that a connection names by its `url`."""

    def __init__(self, call: Call) -> None:
        self._at = urlsplit(str(call.connection.settings.get("url", "")))
        self._until_s = call.deadline_s

    def things(self, **only: str) -> list[Thing]:
        """Those that are there, as far as they are like `only`."""
        return list(self._ask("GET", f"/things?{urlencode(only)}"))

    def add(self, thing: Thing) -> Thing:
        """Make one more, whatever is there already."""
        return dict(self._ask("POST", "/things", thing))

    def put(self, number: str, thing: Thing) -> Thing | None:
        """Change the one of that number; None where there is none."""
        found = self._ask("PUT", f"/things/{number}", thing)
        return None if found is None else dict(found)

    def remove(self, number: str) -> None:
        """Take the one of that number away, if it is there."""
        self._ask("DELETE", f"/things/{number}")

    def _ask(self, verb: str, path: str, body: Thing | None = None) -> Any:
        line = HTTPConnection(self._at.hostname or "", self._at.port, timeout=self._until_s)
        try:
            # The process is named so that the system can end it in the middle of a request.
            line.request(verb, self._at.path + path, json.dumps(body), {"Process": str(os.getpid())})
            answer = line.getresponse()
            data = json.loads(answer.read())
        except TimeoutError as error:
            raise ProviderError(ErrorKind.TIMEOUT, "No answer in time", "The outside system did not answer.") from error
        except (OSError, HTTPException, ValueError) as error:
            told = f"The connection to {self._at.netloc} broke: {type(error).__name__}."
            raise ProviderError(ErrorKind.TRANSIENT, "Connection lost", told, "Let it answer again.") from error
        finally:
            line.close()
        if answer.status == 404:
            return None
        if answer.status >= 400:
            raise ProviderError(ErrorKind.FAULT, "Refused", f"The outside system said {answer.status}: {data}.")
        return data
