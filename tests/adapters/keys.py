"""Keys for tests: the real sealing, under data keys that follow from the case alone."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from adapters.vault.errors import SealBroken
from adapters.vault.kinds import Identity
from adapters.vault.sealing import NONCE_BYTES, FieldKey, Place, decoded, place_of
from domain.errors import PersonalDataErased
from domain.privacy import Sealed


class FixedKeys:
    """Seals and opens with keys that anybody can compute; the same value is sealed to the same bytes."""

    def __init__(self) -> None:
        self.prepared: list[Mapping[UUID, Identity | None]] = []
        self.destroyed: set[UUID] = set()

    def prepare(self, cases: Mapping[UUID, Identity | None]) -> None:
        self.prepared.append(cases)

    def seal(self, case: UUID, version: int, label: str, value: bytes) -> Sealed:
        if case in self.destroyed:
            raise PersonalDataErased
        place = Place(key_id(case), case, version, label)
        nonce = sha256(value).digest()[:NONCE_BYTES]
        return Sealed(sealed=FieldKey(data_key(case), place).seal(value, nonce))

    def open(
        self, sealed: Sealed, case: UUID, version: int | None = None, label: str | None = None
    ) -> bytes | None:
        kept = decoded(sealed.sealed)
        place = place_of(kept, case)
        if version not in (None, place.version) or label not in (None, place.label):
            raise SealBroken
        if place.key != key_id(case):
            raise SealBroken
        return None if case in self.destroyed else FieldKey(data_key(case), place).open(kept)


def data_key(case: UUID) -> bytes:
    return sha256(b"test key of " + case.bytes).digest()


def key_id(case: UUID) -> UUID:
    return UUID(bytes=sha256(b"id of the test key of " + case.bytes).digest()[:16])
