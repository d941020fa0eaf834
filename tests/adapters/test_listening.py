"""Where `plaint serve` listens."""

from __future__ import annotations

import asyncio
import socket

from adapters.cli.serving import listen


def test_an_answer_in_two_parts_is_sent_at_once():
    """Where the network waits for more to send, a client that keeps its connection waits 40 ms an answer."""
    found: list[int] = []

    async def connect() -> None:
        def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted: socket.socket = writer.get_extra_info("socket")
            found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(look, sock=listen("127.0.0.1", 0))
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await reader.read()
            writer.close()
            await writer.wait_closed()

    asyncio.run(connect())

    assert found == [1]
