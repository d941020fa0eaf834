"""Another master key: everything is wrapped anew under it, and no event is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from adapters.vault.vault import Vault

PAGE = 500


def rotate(vault: Vault, progress: Callable[[int], object] | None = None) -> int:
    """Wrap every data key and secret under a new master key, then forget the old; return how many.

    The file holds both keys until the last is wrapped anew, so a run that was killed is
    completed by the next, which makes no further key.
    """
    vault.refuse_unless_open()
    master, state = vault.lock.master, vault.tables.state
    newest = next(iter(master.read()))
    with vault.database.read() as connection:
        current = connection.execute(select(state.c.master_key)).scalar_one()
    if newest == current and len(master.read()) == 1:
        master.add()
        newest = next(iter(master.read()))
    _take(vault, newest)
    moved = _wrap_anew(vault, newest, progress)
    _forget_others(vault, newest)
    master.keep(newest)
    return moved


def _take(vault: Vault, newest: str) -> None:
    """Let everything new be wrapped under *newest*; whoever wraps under another has finished by then."""
    state, known = vault.tables.state, vault.tables.master_keys
    with vault.database.write() as connection:
        if connection.execute(select(known.c.id).where(known.c.id == newest)).one_or_none() is None:
            vault.lock.prove(connection, newest, vault.now())
        connection.execute(update(state).values(master_key=newest))


def _wrap_anew(vault: Vault, newest: str, progress: Callable[[int], object] | None) -> int:
    moved = 0
    for table, key in (
        (vault.tables.data_keys, vault.tables.data_keys.c.id),
        (vault.tables.secrets, vault.tables.secrets.c.name),
    ):
        while count := _page(vault, table, key, newest):
            moved += count
            if progress is not None:
                progress(moved)
    return moved


def _page(vault: Vault, table: Any, key: Any, newest: str) -> int:
    query = select(key.label("key"), table.c.wrapped, table.c.master_key)
    query = query.where(table.c.master_key != newest).order_by(key).limit(PAGE).with_for_update()
    anew = update(table).where(key == bindparam("at")).values(wrapped=bindparam("new"), master_key=newest)
    with vault.database.write() as connection:
        rows = connection.execute(query).all()
        values = [
            {"at": row.key, "new": vault.lock.wrap(vault.lock.unwrap(row.wrapped, row.master_key), newest)}
            for row in rows
        ]
        if values:
            connection.execute(anew, values)
    return len(values)


def _forget_others(vault: Vault, newest: str) -> None:
    known = vault.tables.master_keys
    with vault.database.write() as connection:
        _refuse_if_used(connection, vault, newest)
        connection.execute(delete(known).where(known.c.id != newest))


def _refuse_if_used(connection: Connection, vault: Vault, newest: str) -> None:
    for table in (vault.tables.data_keys, vault.tables.secrets):
        left = select(table.c.master_key).where(table.c.master_key != newest).limit(1)
        if connection.execute(left).one_or_none() is not None:
            raise AssertionError("a key was wrapped under an old master key after the new one was taken")
