"""Why personal data cannot be read or written, each with its remedy."""

from __future__ import annotations


class VaultAway(Exception):
    """The keys cannot be had now; what concerns nobody is read and written as before."""

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence."""
        return str(self)


class VaultMissing(VaultAway):
    """There is no vault where one is expected."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The vault {where} is missing. Restore it from its backup; "
            "where nothing was ever sealed, `plaint migrate` makes a new one."
        )


class AnotherVault(VaultAway):
    """The vault is not the one in which the record was sealed."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The vault {where} is another one: it lacks the key that the record names first. Put this "
            "record's own vault in its place, with its master key, or say with PLAINT_VAULT_URL where it is."
        )


class VaultSilent(VaultAway):
    """The vault's database does not answer."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The vault {where} does not answer; see that its database runs, and PLAINT_VAULT_URL."
        )


class WrongMasterKey(VaultAway):
    """The master key at hand does not open the vault."""

    def __init__(self, where: str, id: str) -> None:
        super().__init__(
            f"The vault is locked with master key {id}, and {where} holds another; "
            "restore the file that belongs to this vault, or set PLAINT_MASTER_KEY_FILE."
        )


class NoMasterKey(VaultAway):
    """There is no master key, or it is not kept as it must be."""


class KeyMissing(VaultAway):
    """The vault knows nothing of a key that the record names."""

    def __init__(self) -> None:
        super().__init__(
            "The vault lacks a key that the record names, and did not destroy it: it is older than "
            "the record, or another one. Restore its latest backup."
        )


class SealBroken(Exception):
    """A sealed value is damaged, or stands where it was not sealed for."""
