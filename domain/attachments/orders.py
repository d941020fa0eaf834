"""What is asked of a case about its files, whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from domain.attachments.events import Kind
from domain.attachments.holding import Batch, NewFile, Reason
from domain.kernel import Value
from domain.linking.errors import MergedAway
from domain.privacy import PersonalText

if TYPE_CHECKING:
    from domain.case import Case
    from domain.kernel import Context
    from domain.policies import Rulebook


@dataclass
class Attach:
    """Put files on a case; *judged* then says of each what became of it."""

    recalls: ClassVar[bool] = True
    """The same file is known again by its hash, which concerns a person."""

    files: tuple[NewFile, ...]
    batch: Batch
    until: datetime
    judged: Mapping[UUID, UUID | Reason] = field(default_factory=dict[UUID, UUID | Reason])

    def carry_out(self, case: Case, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records, refuses or ignores."""
        del rules
        if case.received_at is None:
            raise case.MISSING
        if case.survivor is not None:
            raise MergedAway(case.survivor, case.survivor_kind)
        self.judged = case.attach(self.files, self.batch, self.until, by)


@dataclass
class TakeFile:
    """Take a file to look at it; *taken* then says whether it waited for that, and nobody else has it."""

    recalls: ClassVar[bool] = False

    file: UUID
    until: datetime
    taken: bool = False

    def carry_out(self, case: Case, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        del rules
        self.taken = case.take_file(self.file, self.until, by)


@dataclass(frozen=True)
class SettleFile:
    """Say what a file is by its content, or why it is refused."""

    recalls: ClassVar[bool] = False

    file: UUID
    kind: Kind | None = None
    reason: str = ""

    def carry_out(self, case: Case, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        del rules
        if self.kind is None:
            case.refuse_file(self.file, self.reason, by)
        else:
            case.accept_file(self.file, self.kind, by)


@dataclass(frozen=True)
class NoticeFiles:
    """Raise the alarm for the files of a case that stand too long by *now*."""

    recalls: ClassVar[bool] = False

    now: datetime

    def carry_out(self, case: Case, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        del rules
        case.notice_files(self.now, by)


class RemoveFile(Value):
    """Take a file off the case for good: what it held is destroyed; who did it and why stays."""

    reason: PersonalText


@dataclass(frozen=True)
class Remove:
    """Take the *file* off the case because of *reason*."""

    recalls: ClassVar[bool] = False

    file: UUID
    reason: str

    def carry_out(self, case: Case, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records, refuses or ignores."""
        del rules
        case.remove_file(self.file, self.reason, by)
