"""Links between cases, and the merge, which is one that can be undone.

A merge moves nothing: each case keeps its history.  What is said from then on lands on the
survivor, which also keeps the promises that are left.  `merging` and `splitting` hold what two
cases are asked together.
"""

from domain.linking.linked import Linked

__all__ = ["Linked"]
