"""What is asked of a case that concerns another one too: both answer, and both are saved or neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import Field

from domain.case import Case
from domain.commands.command import Asked, Either
from domain.kernel import Context, Event
from domain.linking import merging
from domain.linking.errors import LinkToItself
from domain.linking.events import LinkKind
from domain.linking.plan import Plan, plan
from domain.linking.splitting import Wish, split
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText
from domain.ticket import Ticket

MOST_VERSIONS = 100
UPLOADS = frozenset({"document_upload", "security_documents"})
"""The forms that bring nothing but files for another case."""


class Together(Protocol):
    """The other cases of a command, and what was said on the one that it was sent to."""

    def case(self, id: UUID, /) -> Case:
        """Return another case, to be saved with this one; raise what is said of one that is not there."""
        ...

    def history(self) -> Sequence[Event]:
        """Return the events of the case that the command was sent to, oldest first."""
        ...

    def begin(self, case: Case, /) -> None:
        """Save *case*, which is new, with the others."""
        ...


class Joint(Asked):
    """Something asked of one case that concerns another one too."""

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask *case* and the others; each records, refuses or ignores.  Return the case to answer with."""
        raise NotImplementedError


class _WithAnother(Joint):
    """Names the other case, by id or reference; whoever carries it out has found its id."""

    other: Code

    @property
    def other_id(self) -> UUID:
        """The id of the other case."""
        return UUID(self.other)


class LinkCases(_WithAnother):
    """Link the case with another: say what this one is to it."""

    NAME = "link"

    kind: LinkKind

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask both; each records or ignores."""
        other = case if self.other_id == case.id else together.case(self.other_id)
        merging.link(case, other, self.kind, by, rules, occurred_at=self.occurred_at)
        return case


class UnlinkCases(_WithAnother):
    """Take a link back."""

    NAME = "unlink"

    kind: LinkKind

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask both; each records or ignores."""
        other = case if self.other_id == case.id else together.case(self.other_id)
        merging.unlink(case, other, self.kind, by, rules, occurred_at=self.occurred_at)
        return case


class MergeCases(_WithAnother):
    """Merge the case into another, or into the one that this was merged into; it can be undone.

    Cases of different people are merged with ``other_person_reason`` alone, which is recorded.
    """

    NAME = "merge"

    other_person_reason: PersonalText | None = None

    @property
    def recalls(self) -> bool:
        """Of whom the cases are is compared."""
        return True

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask both; each records, refuses or ignores."""
        survivor = self.survivor(case, together)
        if case.survivor is not None and last(case, together).id == survivor.id:
            return case
        reason = self.other_person_reason
        merging.merge(case, survivor, by, rules, other_person_reason=reason, occurred_at=self.occurred_at)
        return case

    def plan(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Plan:
        """Return what the merge would do."""
        return plan(
            case,
            self.survivor(case, together),
            by,
            rules,
            other_person_reason=self.other_person_reason,
        )

    def survivor(self, case: Case, together: Together) -> Case:
        """Return the case in which *case* would go on: the end of the chain that begins at the other."""
        if self.other_id == case.id:
            raise LinkToItself
        return last(together.case(self.other_id), together, case)


class MergeUpload(MergeCases):
    """Merge a ticket that brings nothing but files into the case that it belongs to, however that goes on.

    A ticket that brings more is left, and so is one that somebody answered, that went on already, or
    that has a file in flight.
    """

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask both; each records, refuses or ignores."""
        uploaded = isinstance(case, Ticket) and case.form in UPLOADS and case.survivor is None
        if not uploaded or case.in_flight or not case.awaits_answer:
            return case
        return super().carry_out(case, by, rules, together)

    def survivor(self, case: Case, together: Together) -> Case:
        """Return the case in which the other goes on by now, merged or as one of the other kind."""
        found = super().survivor(case, together)
        while found.goes_on_as is not None:
            found = last(together.case(found.goes_on_as[0]), together, case)
        return found


class UnmergeCases(Joint):
    """Let the case and the one that it was merged into part again."""

    NAME = "unmerge"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask both; each records, refuses or ignores."""
        if case.survivor is not None:
            survivor = together.case(case.survivor)
            others = [together.case(id) for id in survivor.absorbed if id != case.id]
            merging.unmerge(case, survivor, others, by, rules, occurred_at=self.occurred_at)
        return case


class SplitCase(Joint):
    """Let some of what was said go on in a case of its own."""

    NAME = "split"

    versions: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=MOST_VERSIONS)
    ]
    category: Code | None = None
    reason: PersonalText

    def carry_out(self, case: Either, by: Context, rules: Rulebook, together: Together, /) -> Case:
        """Ask *case*; return the case that begins, or the one that the same began before."""
        wish = Wish(self.versions, self.reason, self.category)
        new = split(case, together.history(), wish, by, rules)
        if new.version == 0:
            return together.case(new.id)
        together.begin(new)
        return new


def last(case: Case, together: Together, known: Case | None = None) -> Case:
    """Return the case at the end of the chain of merges that begins at *case*; *known* is at hand."""
    while case.survivor is not None:
        at_hand = known is not None and known.id == case.survivor
        case = known if at_hand and known is not None else together.case(case.survivor)
    return case


JOINT_COMMANDS: tuple[type[Joint], ...] = (LinkCases, UnlinkCases, MergeCases, UnmergeCases, SplitCase)
"""What the API offers of complaints and tickets alike."""
