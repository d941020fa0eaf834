"""The lock of the vault: master keys that wrap what it holds, and the proof of which is the right one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)
from sqlalchemy import Connection, insert, select

from adapters.vault.errors import VaultMissing, WrongMasterKey
from adapters.vault.masterkey import MasterKeys
from adapters.vault.tables import VaultTables

PROOF = b"Plaint vault, master key proof 1"


class Lock:
    """Wraps and unwraps (AES-KWP, RFC 5649) with the master keys that are at hand."""

    def __init__(self, master: MasterKeys, tables: VaultTables) -> None:
        self.master, self.tables = master, tables
        self._keys: Mapping[str, bytes] = {}

    def wrap(self, key: bytes, id: str) -> bytes:
        """Return *key* wrapped with master key *id*."""
        return aes_key_wrap_with_padding(self._master_key(id), key)

    def unwrap(self, wrapped: bytes, id: str) -> bytes:
        """Return the key that was wrapped with master key *id*; raise WrongMasterKey without it."""
        try:
            return aes_key_unwrap_with_padding(self._master_key(id), wrapped)
        except InvalidUnwrap:
            raise WrongMasterKey(str(self.master), id) from None

    def current(self, connection: Connection) -> str:
        """Return the master key that wraps what is new; it stays so until the transaction ends."""
        found = connection.execute(
            select(self.tables.state.c.master_key).with_for_update(read=True)
        ).scalar_one_or_none()
        if found is None:
            raise VaultMissing("(it was never begun)")
        return found

    def verify(self, connection: Connection) -> str:
        """Return the current master key's id, once it was shown to open the vault."""
        state, known = self.tables.state, self.tables.master_keys
        query = select(known.c.id, known.c.proof).join(state, state.c.master_key == known.c.id)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise VaultMissing("(it was never begun)")
        self._keys = self.master.read()
        if self.unwrap(row.proof, row.id) != PROOF:
            raise WrongMasterKey(str(self.master), row.id)
        return row.id

    def begin(self, connection: Connection, now: datetime) -> None:
        """Lock a vault that is new."""
        self._keys = self.master.begin()
        id = next(iter(self._keys))
        self.prove(connection, id, now)
        connection.execute(insert(self.tables.state).values(one=1, master_key=id, destroyed=0))

    def prove(self, connection: Connection, id: str, now: datetime) -> None:
        """Put down what master key *id* must unwrap to be the right one."""
        row = {"id": id, "proof": self.wrap(PROOF, id), "created_at": now}
        connection.execute(insert(self.tables.master_keys).values(row))

    def _master_key(self, id: str) -> bytes:
        if id not in self._keys:
            self._keys = self.master.read()  # another process may have added one
        try:
            return self._keys[id]
        except KeyError:
            raise WrongMasterKey(str(self.master), id) from None
