"""The keys of files: each sealed under the data key of its case, and destroyed by itself.

A key that stood in the record could never be destroyed alone.  Here it can: with its row what the
file holds is gone, in every copy of the sealed bytes; and with the data key of the case, every file.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select

from adapters.vault.vault import Vault
from domain.privacy import Sealed

VERSION = 0
"""In place of the version of an event: no event has it."""
AT_ONCE = 500


class FileKeys:
    """Keeps the keys of files in *vault*."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def keep(self, case: UUID, file: UUID, address: str, key: bytes) -> None:
        """Keep *key* of *file*, whose sealed bytes have that *address*.

        Raises PersonalDataErased when the personal data of the case was erased.
        """
        self.vault.prepare({case: None})
        sealed = self.vault.seal(case, VERSION, _label(file), key).sealed
        row = {"id": file, "case_id": case, "address": address, "sealed": sealed, "made_at": self.vault.now()}
        with self.vault.answering(), self.vault.database.write() as connection:
            connection.execute(insert(self.vault.tables.file_keys), row)

    def find(self, case: UUID, file: UUID) -> bytes | None:
        """Return the key of *file*, or None when it, or that of the case, was destroyed."""
        table = self.vault.tables.file_keys
        query = select(table.c.sealed).where(table.c.id == file, table.c.case_id == case)
        self.vault.refuse_unless_open()
        with self.vault.answering(), self.vault.database.read() as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        return None if sealed is None else self.vault.open(Sealed(sealed=sealed), case, VERSION, _label(file))

    def exist(self) -> bool:
        """Whether there is any file that has a key."""
        self.vault.refuse_unless_open()
        with self.vault.answering(), self.vault.database.read() as connection:
            query = select(self.vault.tables.file_keys.c.id).limit(1)
            return connection.execute(query).first() is not None

    def destroy(self, addresses: Sequence[str]) -> None:
        """Destroy the keys of files by the *addresses* of their sealed bytes, to the last trace."""
        table = self.vault.tables.file_keys
        self.vault.refuse_unless_open()
        with self.vault.answering(), self.vault.database.write() as connection:
            for start in range(0, len(addresses), AT_ONCE):
                some = addresses[start : start + AT_ONCE]
                connection.execute(delete(table).where(table.c.address.in_(some)))
        self.vault.scrub(table)


def _label(file: UUID) -> str:
    return f"attachment:{file}"
