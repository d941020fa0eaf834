"""The vault keeps a key for each subject and case, and what ends there has ended everywhere."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text

from adapters.vault import sealing
from adapters.vault.errors import (
    KeyMissing,
    NoMasterKey,
    SealBroken,
    VaultAway,
    VaultMissing,
    VaultSilent,
    WrongMasterKey,
)
from adapters.vault.kinds import Condition, Identity
from adapters.vault.masterkey import KeyFile
from adapters.vault.rotation import rotate
from adapters.vault.vault import HEED, Vault
from domain.errors import PersonalDataErased
from domain.privacy import Sealed
from domain.testing import an_id

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
A, B, C = an_id("a"), an_id("b"), an_id("c")
ZOE = Identity("email", "zoe@example.org")
LABEL = "complaint.noted:text"


@dataclass
class Place:
    """A vault's address and key file, and the processes that opened it."""

    url: str
    file: Path
    seconds: float = 0.0
    opened: list[Vault] = field(default_factory=list[Vault])

    def vault(self, *, begin: bool = True) -> Vault:
        """Open the vault as another process would."""
        made = Vault(self.url, KeyFile(self.file), now=lambda: NOW, steady=lambda: self.seconds)
        self.opened.append(made)
        if begin:
            made.begin()
        return made


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Generator[Place]:
    place = Place(database_url, tmp_path / "keys" / "master.key")
    yield place
    for vault in place.opened:
        vault.close()


@pytest.fixture
def vault(place: Place) -> Vault:
    return place.vault()


def sealed(vault: Vault, case: UUID, value: bytes = b'"x"', who: Identity | None = None) -> Sealed:
    vault.prepare({case: who})
    return vault.seal(case, 1, LABEL, value)


def test_another_process_opens_what_one_sealed(place: Place, vault: Vault):
    value = sealed(vault, A, b'"Zo\xc3\xab"')

    assert place.vault(begin=False).open(value, A, 1, LABEL) == b'"Zo\xc3\xab"'


def test_the_same_value_is_never_sealed_to_the_same_bytes(vault: Vault):
    assert sealed(vault, A) != sealed(vault, A)


def test_a_value_is_refused_where_it_was_not_sealed(vault: Vault):
    value = sealed(vault, A)
    sealed(vault, B)

    for case, version, label in ((B, 1, LABEL), (A, 2, LABEL), (A, 1, "complaint.noted:other")):
        with pytest.raises(SealBroken):
            vault.open(value, case, version, label)


def test_cases_are_prepared_together_and_once(vault: Vault):
    vault.prepare(dict.fromkeys((A, B, C)))
    vault.prepare(dict.fromkeys((A, B, C)))

    assert vault.condition() == Condition(vault.condition().master_key, 3, 0, 0)


def test_a_case_that_was_not_prepared_has_no_key(vault: Vault):
    with pytest.raises(KeyError):
        vault.seal(A, 1, LABEL, b"1")


def test_cases_of_one_address_are_of_one_subject(place: Place, vault: Vault):
    """However it is spelt, and in whichever process; the key of each is its own."""
    vault.prepare({A: ZOE, B: Identity("email", " ZOE@Example.org "), C: Identity("email", "other@x.org")})
    other = place.vault()
    case = an_id("d")
    other.prepare({case: ZOE})

    zoe = vault.lookup("email", "zoe@example.org")
    assert zoe is not None
    assert [vault.subject_of(each) == zoe for each in (A, B, C, case)] == [True, True, False, True]
    assert vault.lookup("phone", "zoe@example.org") is None
    assert vault.lookup("email", "nobody@example.org") is None
    assert vault.subject_of(an_id("nobody")) is None
    assert vault.condition().data_keys == 4


def test_cases_without_an_address_are_subjects_of_their_own(vault: Vault):
    vault.prepare(dict.fromkeys((A, B)))

    assert vault.subject_of(A) != vault.subject_of(B)


def test_a_look_up_tells_nothing_of_the_text(vault: Vault):
    vault.prepare({A: ZOE})

    with vault.database.read() as connection:
        (row,) = connection.execute(select(vault.tables.lookups)).all()
    assert len(row.hash) == 32
    assert b"zoe" not in row.hash


def test_a_destroyed_key_opens_nothing_any_more(vault: Vault):
    """The other person's key stays; a new case of that address is of somebody new."""
    of_a, of_c = sealed(vault, A, who=ZOE), sealed(vault, C)
    vault.prepare({B: ZOE})
    zoe = vault.subject_of(A)
    assert zoe is not None

    assert vault.destroy(zoe) == 2

    assert vault.open(of_a, A) is None
    assert vault.open(of_c, C) == b'"x"'
    assert vault.lookup(*ZOE) is None
    with pytest.raises(PersonalDataErased):
        sealed(vault, A)
    assert vault.destroy(zoe) == 0
    assert vault.condition() == Condition(vault.condition().master_key, 1, 2, 0)


def test_other_processes_forget_a_destroyed_key_within_a_second(place: Place, vault: Vault):
    value = sealed(vault, A)
    other = place.vault()
    other.prepare({A: None})
    assert other.open(value, A) == b'"x"'
    subject = vault.subject_of(A)
    assert subject is not None

    vault.destroy(subject)
    place.seconds += HEED

    assert other.open(value, A) is None
    with pytest.raises(PersonalDataErased):
        other.seal(A, 2, LABEL, b"1")


@pytest.mark.parametrize("does", ["opens", "seals"])
def test_the_key_of_a_field_that_was_made_while_its_person_was_destroyed_is_not_kept(
    place: Place, vault: Vault, monkeypatch: pytest.MonkeyPatch, does: str
):
    """Another thread hears of the destruction between the look for the data key and what is made of it."""
    value = sealed(vault, A)
    another = place.vault(begin=False)
    assert another.open(value, A, 1, LABEL) == b'"x"'
    another.prepare({A: None})
    another._fields.clear(another._fields.generation)
    person = vault.subject_of(A)
    assert person

    def overtaken(key: bytes, where: sealing.Place) -> sealing.FieldKey:
        monkeypatch.undo()
        vault.destroy(person)
        place.seconds += HEED
        assert another.open(value, A) is None
        return sealing.FieldKey(key, where)

    monkeypatch.setattr("adapters.vault.vault.FieldKey", overtaken)
    if does == "opens":
        assert another.open(value, A) == b'"x"'
    else:
        another.seal(A, 1, LABEL, b"1")

    assert another.open(value, A) is None


def test_nothing_of_a_destroyed_key_is_left_in_the_files(tmp_path: Path):
    """Searched as bytes; before, the wrapped key is found there."""
    place = Place(f"sqlite:///{tmp_path / 'vault.db'}", tmp_path / "master.key")
    vault = place.vault()
    vault.prepare({A: ZOE})
    with vault.database.read() as connection:
        wrapped = connection.execute(select(vault.tables.data_keys.c.wrapped)).scalar_one()
        hash = connection.execute(select(vault.tables.lookups.c.hash)).scalar_one()

    def left() -> list[bool]:
        bytes_of = b"".join(path.read_bytes() for path in tmp_path.glob("vault.db*"))
        return [wrapped in bytes_of, hash in bytes_of]

    assert left() == [True, True]
    subject = vault.subject_of(A)
    assert subject is not None
    vault.destroy(subject)
    assert left() == [False, False]
    vault.close()


def test_a_key_that_is_gone_without_being_destroyed_is_no_erasure(place: Place, vault: Vault):
    """An older vault was restored: that must not read as if somebody had been erased."""
    value = sealed(vault, A)
    with vault.database.write() as connection:
        connection.execute(delete(vault.tables.data_keys))

    with pytest.raises(KeyMissing, match="Restore its latest backup"):
        place.vault().open(value, A)


def test_secrets_are_made_once(place: Place, vault: Vault):
    others = [place.vault() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(each.secret, "receipts") for each in others]
        found = [each.result() for each in asked]

    assert len(found[0]) == 32
    assert set(found) == {vault.secret("receipts")}
    assert vault.secret("other") != vault.secret("receipts")


def test_processes_that_begin_at_once_share_one_vault(place: Place):
    with ThreadPoolExecutor(4) as pool:
        beginning = [pool.submit(place.vault) for _ in range(4)]
        vaults = [each.result() for each in beginning]
        sealing = [pool.submit(sealed, each, A, who=ZOE) for each in vaults]
        values = [each.result() for each in sealing]

    assert [vaults[0].open(value, A) for value in values] == [b'"x"'] * 4
    assert vaults[0].condition().data_keys == 1


def test_a_vault_that_is_not_there_is_missing(place: Place):
    vault = place.vault(begin=False)

    with pytest.raises(VaultMissing, match=r"Restore it from its backup"):
        vault.prepare({A: None})
    assert isinstance(vault.away(), VaultMissing)
    assert not vault.exists()


def test_asking_for_a_vault_makes_no_file(tmp_path: Path):
    place = Place(f"sqlite:///{tmp_path / 'vault.db'}", tmp_path / "master.key")
    place.vault(begin=False).away()

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_goes_away_is_noticed(tmp_path: Path):
    """Those who had it open would go on writing into what nobody can find again."""
    place = Place(f"sqlite:///{tmp_path / 'vault.db'}", tmp_path / "master.key")
    vault = place.vault()
    sealed(vault, A)
    (tmp_path / "vault.db").unlink()
    place.seconds += HEED

    with pytest.raises(VaultMissing):
        vault.seal(A, 2, LABEL, b"1")
    vault.close()


def test_a_server_that_does_not_answer_is_told(tmp_path: Path):
    vault = Vault(
        f"postgresql+psycopg://someone:secret@/plaint?host={tmp_path}",
        KeyFile(tmp_path / "master.key"),
        now=lambda: NOW,
    )

    with pytest.raises(VaultSilent) as refused:
        vault.prepare({A: None})
    assert "secret" not in str(refused.value)
    vault.close()


def broken(place: Place) -> Callable[[str], str]:
    """Return what the vault says once its key file was changed to a text."""

    def says(change: str) -> str:
        place.file.write_text(change)
        with pytest.raises(VaultAway) as refused:
            place.vault(begin=False).refuse_unless_open()
        return str(refused.value)

    return says


def test_a_wrong_master_key_is_known_at_once(place: Place, vault: Vault):
    """By its id, or where that is the same by what it opens."""
    id = vault.condition().master_key
    says, key = broken(place), place.file.read_text().splitlines()[-1].partition(" ")[2]

    other = f"The vault is locked with master key {id}, and {place.file} holds another; "
    assert says(f"mk-00000000 {key}\n").startswith(other)
    assert says(f"{id} {'A' * 43}\n").startswith(other)
    assert "damaged" in says("")
    assert "damaged" in says("nonsense\n")

    place.file.write_text(f"{id} {'A' * 43}\n")
    later = place.vault()  # beginning again changes nothing of a vault that is there
    with pytest.raises(WrongMasterKey):
        later.refuse_unless_open()


def test_a_lost_master_key_is_never_made_again(place: Place, vault: Vault):
    place.file.unlink()
    later = place.vault()

    with pytest.raises(NoMasterKey, match="restore it from its backup"):
        later.refuse_unless_open()
    assert not place.file.exists()


def test_a_master_key_that_others_can_read_is_refused(place: Place, vault: Vault):
    assert place.file.stat().st_mode & 0o777 == 0o600
    place.file.chmod(0o640)

    with pytest.raises(NoMasterKey, match="chmod 600"):
        place.vault(begin=False).refuse_unless_open()


def test_a_vault_that_was_away_is_tried_again_after_a_second(place: Place, vault: Vault):
    hidden = place.file.rename(place.file.with_name("hidden"))
    later = place.vault(begin=False)
    assert isinstance(later.away(), NoMasterKey)
    hidden.rename(place.file)

    assert isinstance(later.away(), NoMasterKey)
    place.seconds += HEED
    assert later.away() is None


def test_a_rotation_wraps_everything_anew(place: Place, vault: Vault):
    """Values stay as they are, and processes that run go on, whichever key they began with."""
    value, secret = sealed(vault, A), vault.secret("receipts")
    vault.prepare({B: ZOE})
    before = place.file.read_text()
    running = place.vault()

    assert rotate(place.vault()) == 4  # two keys, two secrets

    after = vault.condition()
    assert after == Condition(after.master_key, 2, 0, 0)
    assert after.master_key in place.file.read_text()
    assert before.splitlines()[-1] not in place.file.read_text()
    assert running.open(value, A) == b'"x"'
    assert sealed(running, C) != value
    later = place.vault(begin=False)
    assert (later.open(value, A), later.secret("receipts")) == (b'"x"', secret)
    assert later.condition().under_other_master_keys == 0
    place.file.write_text(before)
    with pytest.raises(WrongMasterKey):
        place.vault(begin=False).refuse_unless_open()


@pytest.mark.parametrize("step", ["_take", "_wrap_anew", "_forget_others"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rotation_that_was_killed_is_completed(
    place: Place, vault: Vault, step: str, when: str, monkeypatch: pytest.MonkeyPatch
):
    """With the key that it had begun with; meanwhile everything opens."""
    from adapters.vault import rotation

    value = sealed(vault, A)
    goes_on = getattr(rotation, step)

    def killed(*args: object) -> None:
        if when == "after":
            goes_on(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, step, killed)
    with pytest.raises(KeyboardInterrupt):
        rotate(place.vault())
    half = place.file.read_text()
    assert place.vault(begin=False).open(value, A) == b'"x"'
    assert sealed(place.vault(begin=False), B)
    monkeypatch.undo()

    rotate(place.vault())

    lines = [line for line in place.file.read_text().splitlines() if line.startswith("mk-")]
    assert len(lines) == 1
    assert lines[0] in half
    assert place.vault(begin=False).open(value, A) == b'"x"'
    assert place.vault(begin=False).condition().under_other_master_keys == 0


def test_whoever_writes_during_a_rotation_loses_nothing(place: Place, vault: Vault):
    writers = [place.vault() for _ in range(3)]
    cases = [[an_id(f"{writer}{number}") for number in range(30)] for writer in range(3)]

    def write(number: int) -> list[Sealed]:
        return [sealed(writers[number], case) for case in cases[number]]

    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write, number) for number in range(3)]
        for _ in range(3):
            rotate(place.vault())
        values = [each.result() for each in written]

    later = place.vault(begin=False)
    assert later.condition().under_other_master_keys == 0
    for some, of in zip(values, cases, strict=True):
        assert [later.open(value, case) for value, case in zip(some, of, strict=True)] == [b'"x"'] * 30


def test_a_vault_shares_a_database_in_a_schema_of_its_own(postgres_url: str, tmp_path: Path):
    vault = Vault(postgres_url, KeyFile(tmp_path / "master.key"), now=lambda: NOW)
    vault.begin()

    with vault.database.read() as connection:
        query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'vault'"
        assert connection.execute(text(query)).scalar_one() == 6
    vault.close()
