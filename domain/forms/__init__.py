"""Forms as data: what is asked, in which steps, by which rules, and in which words."""

from domain.forms.check import Mistake, Submission, advice, check
from domain.forms.conditions import Condition
from domain.forms.model import (
    SEEN_IN,
    Advice,
    Attachments,
    Field,
    Form,
    Kind,
    Notice,
    Option,
    Privacy,
    Step,
    language_seen,
)
from domain.forms.reading import FormError, Shared, parse, parse_choices, parse_shared, problems
from domain.forms.translating import heading, is_language, template, translated, translation_problems
from domain.forms.words import DEFAULT_LANGUAGE, Words, said

__all__ = [
    "DEFAULT_LANGUAGE",
    "SEEN_IN",
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
    "heading",
    "is_language",
    "language_seen",
    "parse",
    "parse_choices",
    "parse_shared",
    "problems",
    "said",
    "template",
    "translated",
    "translation_problems",
]
