"""The server of the API, which ends its streams before it waits for open requests."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from adapters.bootstrap import Plaint

STOP_SECONDS = 3
"""How long open requests may take when the desk closes."""


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
            )
        )
        self._streams = plaint.streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say goodbye to every stream, then let open requests end."""
        self._streams.end()
        await super().shutdown(sockets)
