"""The files of a complainant's own case: what became of each, more of them, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters.files.ports import StoreAway, StoreFull
from adapters.files.reasons import Refusal, said
from adapters.http.attachments import files_of
from adapters.http.attachments_reading import received
from adapters.http.attachments_sending import Wish, taken_in
from adapters.http.limits import limits_of
from adapters.http.pages import words
from adapters.http.problems import Kind, Problem, refused
from adapters.http.sessions import MARK, refuse_foreign_form
from adapters.http.tongue import said as french
from adapters.vault.errors import VaultAway
from domain.attachments import Status
from domain.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from fastapi import Request

    from adapters.bootstrap import Plaint
    from adapters.files.files import Sent
    from adapters.files.incoming import Incoming
    from adapters.http.cases import Reading
    from adapters.http.kinds import KindOfCase
    from domain.access import Principal
    from domain.attachments import File
    from domain.tongues import Language

ADDRESS = "/my/case/files"
TONES = {Status.ACCEPTED: "good", Status.REFUSED: "late"}


class FileTold(NamedTuple):
    """A file as the complainant sees it; *address* leads to what it holds, once it is accepted."""

    name: str
    status: str
    tone: str
    about: str
    reason: str
    address: str | None


class Refused(NamedTuple):
    """Why files that were just sent were not taken, each; *rest* says whether others were."""

    reasons: list[str]
    rest: bool
    status: int


def told(
    plaint: Plaint, reading: Reading, language: Language, day: Callable[[datetime], str]
) -> list[FileTold]:
    """Return the files of the case that concern its complainant, in the order in which they came."""
    return [_told(each, language, day) for each in files_of(plaint, reading)]


def _told(file: File, language: Language, day: Callable[[datetime], str]) -> FileTold:
    texts = words.of_pages(language)
    about = texts["file_day"].format(size=words.size(file.size, language), day=day(file.queued_at))
    return FileTold(
        name=words.plain(file.name, language),
        status=texts[f"file_{file.status.value}"],
        tone=TONES.get(file.status, ""),
        about=f"{about}, {texts['file_from_us']}" if file.origin == "desk" else about,
        reason=said(file.reason, language) if file.reason else "",
        address=f"{ADDRESS}/{file.id}" if file.kind is not None and file.held else None,
    )


async def send(
    plaint: Plaint, request: Request, who: Principal, kind: KindOfCase, language: Language
) -> Refused | None:
    """Take in the files of a form; return what was refused, None where nothing was."""

    async def receive(request: Request, begin: Callable[[], Incoming], most: int) -> list[Sent]:
        fields: dict[str, list[str]] = {MARK: []}
        sent = await received(request, begin, most, fields)
        try:
            refuse_foreign_form(request, fields | {MARK: fields[MARK] or [""]})
        except BaseException:
            for each in sent:
                each.file.close()
            raise
        return sent

    (id,) = who.cases
    wish = Wish(plaint, request, who, None, None, None)
    turns, key = limits_of(request).turns, f"principal {who.id}"
    try:
        await turns.begin(key)
        try:
            _, _, done = await taken_in(wish, kind, str(id), language, receive=receive)
        finally:
            turns.end(key)
    except (Problem, DomainError, StoreAway, VaultAway) as error:
        return refused_for(error, language)
    wrong = [f"{each.name}: {each.detail}" for each in done.files if each.detail is not None]
    return Refused(wrong, rest=True, status=200) if wrong else None


def refused_for(error: Problem | DomainError | StoreAway | VaultAway, language: Language) -> Refused:
    """Return why nothing was taken, in the words of whoever sent it."""
    if isinstance(error, StoreAway | VaultAway):
        full = isinstance(error, StoreFull)
        key = "files_full" if full else "files_away" if isinstance(error, StoreAway) else "files_not_now"
        return Refused([_said(key, language)], rest=False, status=507 if full else 503)
    problem = error if isinstance(error, Problem) else refused(error)
    status = problem.kind.value.status
    if problem.kind is Kind.INVALID and not problem.errors:
        return Refused([_said("file_chosen_none", language)], rest=False, status=status)
    texts = [_reason(each.detail, each.type, language) for each in problem.errors]
    return Refused(texts or [_in(problem.detail, language)], rest=False, status=status)


def _reason(detail: str, kind: str, language: Language) -> str:
    """Return a refusal of one file, which is told in *language* already, or of all of them."""
    known = kind in set(Refusal)
    return detail if known and ": " in detail else said(kind, language) if known else _in(detail, language)


def _in(text: str, language: Language) -> str:
    return (french(text) if language == "fr" else None) or text


def _said(key: str, language: Language) -> str:
    return words.of_pages(language)[key]
