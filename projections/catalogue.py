"""Every read model."""

from typing import Any

from projections.armed import ARMED
from projections.case_file import CASE_FILE
from projections.children import CHILDREN
from projections.directory import ENTITIES, TEAMS, USERS
from projections.files import FILES
from projections.issues import ISSUE_CASES, ISSUES
from projections.loads import TURNS
from projections.projection import Projection
from projections.queue import QUEUE
from projections.timers import TIMERS
from projections.tokens import TOKENS

PROJECTIONS: tuple[Projection[Any], ...] = (
    QUEUE,
    CASE_FILE,
    ARMED,
    TIMERS,
    TOKENS,
    USERS,
    TEAMS,
    ENTITIES,
    FILES,
    ISSUES,
    ISSUE_CASES,
    TURNS,
    CHILDREN,
)
