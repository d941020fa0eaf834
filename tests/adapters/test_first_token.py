"""The first administrator's token is made once, and the desk opens however far the read models are behind."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from adapters import tokens
from adapters.bootstrap import Plaint
from adapters.cli import serving
from adapters.settings import Settings
from domain.access import Role
from tests.adapters.schedulers import RECEIVED, receive


@pytest.fixture
def plaint(tmp_path: Path) -> Generator[Plaint]:
    opened = Plaint.open(Settings(data=tmp_path), now=lambda: RECEIVED)
    yield opened
    opened.close()


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split()[-1] for line in capsys.readouterr().err.splitlines() if "Administrator" in line]


def test_it_is_shown_once_and_opens_at_once(plaint: Plaint, capsys: pytest.CaptureFixture[str]):
    for _ in range(2):
        serving._first_token(plaint)

    [secret] = shown(capsys)
    row = plaint.queries.token(tokens.digest(secret))
    assert row is not None
    assert row.role is Role.ADMIN


def test_one_that_no_read_model_knows_yet_is_found_in_the_log(plaint: Plaint):
    receive(plaint, 5)
    assert not tokens.administered(plaint)
    tokens.create(plaint, Role.HANDLER)
    assert not tokens.administered(plaint)
    tokens.create(plaint, Role.ADMIN)

    assert plaint.queries.tokens() == []
    assert tokens.administered(plaint)


def test_nobody_waits_for_read_models_that_are_far_behind(
    plaint: Plaint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The token is shown all the same, and opens something when the worker has come that far."""
    receive(plaint, 5)
    monkeypatch.setattr(serving, "AT_ONCE", 10)
    before = plaint.views.lag()
    serving._first_token(plaint)

    [secret] = shown(capsys)
    assert plaint.views.lag() == before + 1
    serving._first_token(plaint)
    assert shown(capsys) == []
    plaint.views.catch_up()
    assert plaint.queries.token(tokens.digest(secret)) is not None
    assert plaint.views.lag() == 0
