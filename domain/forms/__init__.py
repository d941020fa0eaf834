"""Forms as data: what is asked, in which steps, by which rules, and in which words."""

from domain.forms.check import Mistake, Submission, advice, check
from domain.forms.conditions import Condition
from domain.forms.model import Advice, Attachments, Field, Form, Kind, Notice, Option, Privacy, Step
from domain.forms.reading import FormError, Shared, parse, parse_choices, parse_shared, problems
from domain.forms.words import DEFAULT_LANGUAGE, Words, said

__all__ = [
    "DEFAULT_LANGUAGE",
    "Advice",
    "Attachments",
    "Condition",
    "Field",
    "Form",
    "FormError",
    "Kind",
    "Mistake",
    "Notice",
    "Option",
    "Privacy",
    "Shared",
    "Step",
    "Submission",
    "Words",
    "advice",
    "check",
    "parse",
    "parse_choices",
    "parse_shared",
    "problems",
    "said",
]
