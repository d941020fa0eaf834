"""What is below the application: the server, and HTTP as it is spoken to it.

Open streams are ended before the server waits for requests to end; what is no HTTP is
answered with a problem document too.
"""

from __future__ import annotations

import socket
import sys
from http import HTTPStatus

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from adapters.bootstrap import Plaint
from adapters.http.problems import Kind, Problem

STOP_SECONDS = 3
"""How long open requests may take when the desk closes."""
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


class Server(uvicorn.Server):
    """Serves *app* for *plaint*."""

    def __init__(self, plaint: Plaint, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS,
                http=Protocol,
                proxy_headers=plaint.settings.forwarded_allow_ips is not None,
                forwarded_allow_ips=plaint.settings.forwarded_allow_ips,
                root_path=plaint.settings.root_path.rstrip("/"),
            )
        )
        self._streams = plaint.streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye to every stream, then let open requests end."""
        self._streams.end()
        await super().shutdown(sockets)
