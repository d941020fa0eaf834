"""The other side of HTTP: FastAPI and async psycopg, one row by its id, and two rows in one transaction.

It has no rights, no screening, no record of reading and no receipt to look for.
``python -m tests.benchmarks.plain_app URL`` serves it on a free port and says on which.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from fastapi import FastAPI, HTTPException
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from pydantic import BaseModel

Connection = AsyncConnection[DictRow]
CONNECTIONS = 10
TABLES = """
CREATE TABLE complaints (
    id uuid PRIMARY KEY,
    account_email text NOT NULL,
    account_id text NOT NULL,
    full_name text NOT NULL,
    country text NOT NULL,
    category text NOT NULL,
    details text NOT NULL,
    language text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint uuid NOT NULL REFERENCES complaints,
    what text NOT NULL
);
"""
FIELDS = ("account_email", "account_id", "full_name", "country", "category", "details", "language")
READ = "SELECT * FROM complaints WHERE id = %s"
ENTER = "INSERT INTO entries (complaint, what) VALUES (%s, 'received')"
WRITE = (
    f"INSERT INTO complaints (id, {', '.join(FIELDS)}) "
    f"VALUES (%(id)s, {', '.join(f'%({name})s' for name in FIELDS)})"
)


class Complaint(BaseModel):
    """What is sent."""

    account_email: str
    account_id: str
    full_name: str
    country: str
    category: str
    details: str
    language: str


class Pool:
    """A few connections to one database, each statement of which is a transaction unless it is said."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._idle: asyncio.Queue[Connection] = asyncio.Queue()

    async def open(self) -> None:
        """Connect."""
        for _ in range(CONNECTIONS):
            connection = await Connection.connect(self.conninfo, autocommit=True, row_factory=dict_row)
            connection.prepare_threshold = 1
            self._idle.put_nowait(connection)

    async def close(self) -> None:
        """Hang up."""
        while not self._idle.empty():
            await self._idle.get_nowait().close()

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[Connection]:
        """Lend one to whoever comes first."""
        connection = await self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put_nowait(connection)


def connected(*pools: Pool) -> FastAPI:
    """Return an application without routes that has *pools* open while it serves."""

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncGenerator[None]:
        for each in pools:
            await each.open()
        yield
        for each in pools:
            await each.close()

    return FastAPI(lifespan=living)


def create_app(conninfo: str) -> FastAPI:
    """Return the application on the database *conninfo*, which has the tables."""
    pool = Pool(conninfo)
    app = connected(pool)

    @app.get("/complaints/{id}")
    async def read(id: UUID) -> dict[str, Any]:
        async with pool.lent() as connection:
            row = await (await connection.execute(READ, (id,))).fetchone()
        if row is None:
            raise HTTPException(404)
        return row

    @app.post("/complaints", status_code=201)
    async def write(complaint: Complaint) -> dict[str, UUID]:
        id = uuid4()
        async with pool.lent() as connection, connection.transaction():
            await connection.execute(WRITE, {"id": id, **complaint.model_dump()})
            await connection.execute(ENTER, (id,))
        return {"id": id}

    return app


def serve(app: FastAPI) -> None:
    """Serve *app* on a free port, and say on which."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        # As `plaint serve` has it: else half of each answer waits for 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sys.stderr.write(f"The plain app serves at http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stderr.flush()
        uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run([listening])


if __name__ == "__main__":
    serve(create_app(sys.argv[1]))
