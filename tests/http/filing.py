"""Files to send, and files that a case has already."""

from __future__ import annotations

import io
from datetime import timedelta
from functools import cache
from uuid import UUID

from PIL import Image

from adapters.bootstrap import Plaint
from adapters.files.incoming import Incoming
from domain.attachments.events import Visibility
from domain.attachments.holding import Batch
from domain.attachments.orders import Attach, SettleFile
from domain.case import Case
from domain.ids import derived
from domain.testing import a_submission
from tests.http.world import World


@cache
def a_png(colour: int = 0) -> bytes:
    """Return a small picture; another *colour*, another file."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (colour >> 16, colour >> 8 & 255, colour & 255)).save(file, "PNG")
    return file.getvalue()


def put_file(
    world: World,
    case: UUID,
    name: str = "kept",
    *,
    content: bytes | None = None,
    visibility: Visibility = "customer",
    settled: bool = True,
) -> UUID:
    """Let *case* have an accepted file, which is known as *name*, without a sender or a worker."""
    plaint, id = world.plaint, derived(case, name)
    found = plaint.store.load_cases([case])[case]
    assert isinstance(found, Case)
    file = Incoming(id, case, b"k" * 32, b"prefix-", plaint.attachments.files.folder)
    file.add(content or a_png(len(name)))
    file.finish()
    address = plaint.attachments.files.store.put(file.sealed())
    plaint.attachments.files.keys.keep(case, id, address, file.key)
    new = file.as_new(f"{name}.png", "image/png", address)
    batch = Batch(derived(case, f"batch {name}"), "submission", visibility, 5)
    file.close()
    orders = [Attach((new,), batch, plaint.now() + timedelta(minutes=10))]
    for order in (*orders, *([SettleFile(id, kind="png")] if settled else [])):
        plaint.desk.command(case, order, "setup", kind=type(found))
    return id


def put_many(plaint: Plaint, count: int, each: int = 20) -> dict[UUID, UUID]:
    """Let there be cases with *each* so many files that wait, *count* in all; return each with its case."""
    world, found = World.__new__(World), dict[UUID, UUID]()
    world.plaint = plaint
    cases = [plaint.desk.receive(a_submission(), "setup").id for _ in range(0, count, each)]
    for number in range(count):
        case = cases[number // each]
        file = put_file(world, case, f"file {number}", content=a_png(number), settled=False)
        found[file] = case
    plaint.views.catch_up()
    return found
