"""Reactions: what the desk asks of a case because of something that happened.

A reaction has a sentence for a name and decides without memory: the same event on the same case
leads to the same orders, to cases under derived ids.  That it is carried out once, resumed after
a crash, and silent while read models are rebuilt is the follower's business (adapters/reactions).
"""

from domain.reactions.reaction import IMPORTER, NotNow, NotYet, Order, Reaction, Send, cause_of, is_imported

__all__ = ["IMPORTER", "NotNow", "NotYet", "Order", "Reaction", "Send", "cause_of", "is_imported"]
