"""What the scheduler asks of a case, and nobody else: to record what fell due by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from domain.kernel import Instant, Value

if TYPE_CHECKING:
    from domain.clocks.promises import Promises
    from domain.kernel import Context
    from domain.policies import Rulebook


class Notice(Value):
    """Record the misses and the warnings that fell due by *now*; asked again, there is nothing new."""

    NAME: ClassVar[str] = "notice"

    now: Instant

    def carry_out(self, case: Promises, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        case.notice_warnings(self.now, by, rules)
