"""The protocol below the application: what is no HTTP is answered with a problem document too."""

from __future__ import annotations

import sys
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.http.problems import Kind, Problem

UNREADABLE = {431: Kind.HEADERS_TOO_LARGE}


class Protocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but for requests that cannot be read."""

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with the bytes that came, and hang up."""
        del msg
        error = sys.exc_info()[1]
        hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        answer = Problem(UNREADABLE.get(hint, Kind.BAD_REQUEST)).response()
        headers = [*answer.raw_headers, (b"connection", b"close")]
        status = HTTPStatus(answer.status_code)
        for event in (
            h11.Response(status_code=status, headers=headers, reason=status.phrase.encode()),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
