"""The floor of HTTP: as many questions and commits as Plaint's, asked by FastAPI and async psycopg alone.

A reading asks what Plaint asked of the same database to answer it, or only the first of it where nothing
has to be read again, and hands out the rows as they are; a complaint asks the one question and writes a row by each of two commits.  Nothing is checked, opened,
sealed, decided, put together or taken down.
``python -m tests.benchmarks.bare_app OURS ASKED PLAIN`` serves it: the database of Plaint, a file of what
it was asked (`kept`), and a database with the tables of the plain application.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from fastapi import FastAPI, Response

from tests.benchmarks import plain_app

Asked: TypeAlias = Mapping[str, Sequence[tuple[bytes, Sequence[object]]]]
"""Questions with ``%s`` for each value, by the case that they are about; under SENT that of a complaint."""
SENT = "sent"


def kept(asked: Asked, file: Path) -> Path:
    """Write *asked* into *file*, which only `main` reads."""
    file.write_bytes(pickle.dumps(asked))
    return file


def create_app(ours: str, asked: Asked, plain: str) -> FastAPI:
    """Return the application that asks *asked* of the database *ours* and writes into *plain*."""
    reading, writing = plain_app.Pool(ours), plain_app.Pool(plain)
    app = plain_app.connected(reading, writing)
    ((question, values),) = asked[SENT]

    async def said(questions: Sequence[tuple[bytes, Sequence[object]]]) -> Response:
        rows: list[Any] = []
        async with reading.lent() as connection:
            for each, named in questions:
                rows += await (await connection.execute(each, named)).fetchall()
        return Response("\n".join(str(row) for row in rows), media_type="text/plain")

    @app.get("/complaints/{id}")
    async def read(id: UUID) -> Response:
        return await said(asked[str(id)])

    @app.get("/complaints/{id}/again")
    async def again(id: UUID) -> Response:
        return await said(asked[str(id)][:1])

    @app.post("/complaints", status_code=201)
    async def write(complaint: plain_app.Complaint) -> dict[str, UUID]:
        id = uuid4()
        async with reading.lent() as connection:
            await (await connection.execute(question, values)).fetchall()
        async with writing.lent() as connection:
            await connection.execute(plain_app.WRITE, {"id": id, **complaint.model_dump()})
        async with writing.lent() as connection:
            await connection.execute(plain_app.ENTER, (id,))
        return {"id": id}

    return app


if __name__ == "__main__":
    _ours, _asked, _plain = sys.argv[1:]
    plain_app.serve(create_app(_ours, pickle.loads(Path(_asked).read_bytes()), _plain))
