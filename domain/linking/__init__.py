"""Links between cases, and the merge, which is one that can be undone."""

from domain.linking.linked import Linked

__all__ = ["Linked"]
