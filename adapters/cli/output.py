"""What the command line prints: the answer alone on standard output, all else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NoReturn

import typer

FAILED, WRONG_USAGE, DIFFERENCE = 1, 2, 3


def answer(text: str, facts: object, *, as_json: bool) -> None:
    """Print the answer: *text*, or *facts* as one JSON value."""
    typer.echo(json.dumps(facts, ensure_ascii=False, default=str) if as_json else text)


def say(text: str) -> None:
    """Print a remark that is no part of the answer."""
    typer.echo(text, err=True)


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    """Stop with one sentence that names the remedy."""
    say(f"plaint: {sentence}")
    raise typer.Exit(code)


@contextmanager
def clear_errors() -> Generator[None]:
    """Turn what can be expected to go wrong into one sentence and exit code 1."""
    from sqlalchemy.exc import OperationalError

    from adapters.eventstore.mapper import UnreadableEvent
    from adapters.importers.reading import ImportRefused
    from adapters.migrations import NewerDatabase, OlderDatabase
    from adapters.places import CannotStart
    from adapters.vault.errors import VaultAway
    from adapters.views.engine import AheadOfTheLog
    from adapters.views.generations import NoWayBack
    from adapters.views.queries import NotBuilt
    from adapters.views.rebuilding import BuildStopped
    from domain.configuration import PolicyTextChanged
    from domain.errors import DomainError
    from domain.policies import PolicyError

    expected = (
        CannotStart,
        NewerDatabase,
        OlderDatabase,
        AheadOfTheLog,
        VaultAway,
        BuildStopped,
        NotBuilt,
        NoWayBack,
        ImportRefused,
        UnreadableEvent,
        PolicyError,
        PolicyTextChanged,
    )
    try:
        yield
    except expected as error:
        fail(str(error) or (type(error).__doc__ or ""))
    except DomainError as error:
        fail(error.remedy)
    except OperationalError:
        fail("The database does not answer; check that it runs, and its disk, then try again.")


@contextmanager
def progress(title: str, total: int | None) -> Generator[Callable[[int], None]]:
    """Show a bar on a terminal, and nothing elsewhere; yields a function that is told how far it is."""
    if not sys.stderr.isatty():
        yield _untold
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def tell(done: int) -> None:
            bar.update(task, completed=done)

        yield tell


def _untold(done: int) -> None:
    del done
