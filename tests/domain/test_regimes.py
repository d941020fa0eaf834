"""The regimes that ship: every number has its row, every regime its scope."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

import domain.policies
from domain.policies import Regime, Rulebook, Scope, Term, parse

DATA = Path(__file__).parents[1] / "data"
FILES = sorted(Path(domain.policies.__file__).parent.rglob("*.toml"))
REGIMES = {path.stem: parse(path.read_text("utf-8"), path.name) for path in FILES}
ROWS = {row["id"]: row for row in csv.DictReader((DATA / "regimes.csv").read_text("utf-8").splitlines())}
ROW_ID = re.compile(r"^# ([A-Z0-9]+(?:-[A-Z0-9]+)+)[:.]", re.MULTILINE)

# The row counts the days in which a changed procedure is reported: no promise on a case.
NO_CASE = {"US-NYDFS"}
# What is computed from the row instead of standing in it.
COMPUTED = {"GDPR-DSR": {3}, "AU-DLY": {21, 30, 45}, "HOUSE-PRG": {5}}
UNITS = {
    "week": ("week",),
    "month": ("month",),
    "year": ("year",),
    "hour": ("hour",),
    "business_day": ("business", "working", "jours ouvrables", "limit", "no number"),
    "calendar_day": ("calendar",),
}


class Stated(NamedTuple):
    """A number of a policy file, and the row that the comment above it names."""

    file: str
    row: str
    milestone: str
    limit: int | None
    unit: str | None
    confidence: str


def stated() -> list[Stated]:
    """Return each term and each extension with its row."""
    found: list[Stated] = []
    for path in FILES:
        text, regime = path.read_text("utf-8"), REGIMES[path.stem]
        heads = re.split(r"^(?=\[)", text, flags=re.MULTILINE)
        above = [heads[i - 1] for i, part in enumerate(heads) if part.startswith("[[terms]]")]
        longer = [heads[i - 1] for i, part in enumerate(heads) if part.startswith("[terms.extension]")]
        extended = iter(longer)
        for term, comment in zip(regime.terms, above, strict=True):
            row = ROW_ID.findall(comment)[-1]
            found.append(Stated(path.name, row, term.milestone, term.limit, term.unit, term.confidence))
            if term.extension is not None:
                row = ROW_ID.findall(next(extended))[-1]
                unit = term.extension.unit
                found.append(
                    Stated(path.name, row, term.milestone, term.extension.limit, unit, term.confidence)
                )
    return found


STATED = stated()


def test_every_row_is_a_term():
    """But those that promise nothing on a case."""
    assert {each.row for each in STATED} == ROWS.keys() - NO_CASE


@pytest.mark.parametrize(
    "given", STATED, ids=lambda each: f"{each.file}-{each.row}-{each.limit}-{each.unit}-{each.milestone}"
)
def test_every_number_is_that_of_its_row(given: Stated):
    """So are its unit and its mark; a duty has no number."""
    row = ROWS[given.row]
    numbers = {int(number) for number in re.findall(r"\d+", row["limit"])} | COMPUTED.get(given.row, set())

    if given.limit is None:
        assert re.match("without undue delay|no number|prompt", row["limit"])
    else:
        assert given.limit in numbers
        words = f"{row['limit']} {ROWS['AU-STD' if given.row == 'AU-DLY' else given.row]['day_type']}"
        assert any(word in words for word in UNITS[given.unit or ""])
    assert re.split(r"\W", row["confidence"])[0] == given.confidence


def test_what_rests_on_memory_or_an_old_text_is_not_verified():
    """A term that was not read makes its regime unverified."""
    unverified = {regime.regime for regime in REGIMES.values() if not regime.verified}
    from_memory = {
        regime.regime for regime in REGIMES.values() if any(term.confidence == "M" for term in regime.terms)
    }

    assert from_memory == {
        "eu-jc", "gdpr-dsr", "au-asic", "au-asic-hardship", "au-asic-super", "au-asic-death",
    }  # fmt: skip
    assert unverified == from_memory | {"bh-cbb"}


def test_every_regime_is_complete():
    """Each has a source, each term a mark, each law a scope of countries and, but MiCA, of services."""
    for name, regime in REGIMES.items():
        assert name in {regime.regime, f"{regime.regime}-{regime.version}"}
        assert regime.source
        assert all(term.confidence for term in regime.terms)
        assert not any(term.pausable for term in regime.terms)
        if regime.legal:
            assert regime.applies.country
            assert all(term.article for term in regime.terms)
            assert regime.regime == "mica" or regime.applies.service
            assert not any(term.required_parts for term in regime.terms if term.limit is not None)


def test_all_regimes_load_together():
    """No version contradicts another, and the latest of each is the file of its name."""
    rules = Rulebook(REGIMES.values())

    assert len(rules.regimes) == len(FILES)
    assert rules.regime("uk-disp") == REGIMES["uk-disp"]
    assert rules.regime("ie-cpc") == REGIMES["ie-cpc"]


BEFORE, AFTER = datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2027, 10, 26, 12, tzinfo=UTC)
CRYPTO = "crypto_assets"


@pytest.mark.parametrize(
    ("country", "service", "at", "laws"),
    [
        ("FR", CRYPTO, BEFORE, ["mica@2025-294"]),
        ("FR", CRYPTO, AFTER, ["mica@2025-294"]),
        ("IE", CRYPTO, BEFORE, ["mica@2025-294"]),
        ("GB", CRYPTO, BEFORE, []),
        ("GB", CRYPTO, datetime(2027, 10, 24, 22, 59, tzinfo=UTC), []),
        ("GB", CRYPTO, datetime(2027, 10, 24, 23, 0, tzinfo=UTC), ["uk-disp@2027-10"]),
        ("GB", CRYPTO, AFTER, ["uk-disp@2027-10"]),
        ("US", CRYPTO, AFTER, []),
        ("AU", CRYPTO, AFTER, []),
        ("SG", CRYPTO, AFTER, []),
        ("CA", CRYPTO, AFTER, []),
        ("BH", CRYPTO, AFTER, []),
        ("DE", CRYPTO, AFTER, ["mica@2025-294"]),
        ("LU", CRYPTO, AFTER, ["mica@2025-294"]),
        ("FR", None, BEFORE, ["mica@2025-294"]),
        ("GB", None, AFTER, []),
        (None, CRYPTO, AFTER, []),
        ("FR", "payment", BEFORE, ["fr-acpr@2022-R-01", "mica@2025-294", "psd2@2015-2366"]),
        ("FR", "insurance", BEFORE, ["eu-jc@2018-35", "fr-acpr@2022-R-01", "mica@2025-294"]),
        ("FR", "investment", BEFORE, ["eu-jc@2018-35", "fr-amf@2012-07", "mica@2025-294"]),
        ("FR", "crypto_assets_psan", BEFORE, ["fr-amf-psan@721-11", "mica@2025-294"]),
        ("FR", "token_issuance", BEFORE, ["mica-art@2025-293", "mica@2025-294"]),
        ("FR", "crowdfunding", BEFORE, ["ecsp@2022-2117", "mica@2025-294"]),
        ("FR", "personal_data", BEFORE, ["gdpr-dsr@2016-679", "mica@2025-294"]),
        ("IE", "payment", BEFORE, ["ie-cpc@2025", "ie-psr@2018", "mica@2025-294"]),
        ("IE", "payment", datetime(2026, 3, 23, 12, tzinfo=UTC), ["ie-cpc@2012", "ie-psr@2018", "mica@2025-294"]),
        ("IE", "insurance", BEFORE, ["eu-jc@2018-35", "ie-cpc@2025", "mica@2025-294"]),
        ("DE", "payment", BEFORE, ["de-bafin@2018-06", "mica@2025-294", "psd2@2015-2366"]),
        ("LU", "banking", BEFORE, ["eu-jc@2018-35", "lu-cssf@16-07", "mica@2025-294"]),
        ("GB", "payment", BEFORE, ["uk-disp-psd@2026-06"]),
        ("GB", "insurance", BEFORE, ["uk-disp@2026-06"]),
        ("GB", "insurance", datetime(2026, 5, 31, 12, tzinfo=UTC), ["uk-disp@2007"]),
        ("GB", "insurance", AFTER, ["uk-disp@2027-10"]),
        ("US", "banking", BEFORE, ["us-cfpb@2012"]),
        ("US", "insurance", BEFORE, []),
        ("AU", "payment", BEFORE, ["au-asic@rg-271"]),
        ("AU", "credit_hardship", BEFORE, ["au-asic-hardship@rg-271"]),
        ("AU", "superannuation", BEFORE, ["au-asic-super@rg-271"]),
        ("AU", "death_benefit", BEFORE, ["au-asic-death@rg-271"]),
        ("SG", "financial_advice", BEFORE, ["sg-far@2021-912"]),
        ("SG", "payment", BEFORE, []),
        ("CA", "banking", BEFORE, ["ca-bank@2023"]),
        ("BH", "banking", BEFORE, ["bh-cbb@2010"]),
    ],
)  # fmt: skip
def test_a_case_is_bound_by_its_own_laws_alone(
    country: str | None, service: str | None, at: datetime, laws: list[str]
):
    """The house promise always holds; nothing else binds anybody by accident."""
    bound = Rulebook(REGIMES.values()).applicable(Scope(country=country, service=service), at)

    assert [regime.reference for regime in bound] == ["house@2026-01", *sorted(laws, key=_id)]


def _id(reference: str) -> str:
    return reference.partition("@")[0]


def term_of(name: str, milestone: str) -> tuple[Regime, Term]:
    """Return a shipped regime and its term."""
    return REGIMES[name], REGIMES[name].term(milestone)


def test_texts_that_changed_have_versions_with_dates():
    """The Irish code of 2025 replaced that of 2012, crypto came into the British rules."""
    assert REGIMES["ie-cpc-2012"].effective_until == REGIMES["ie-cpc"].effective_from == date(2026, 3, 24)
    assert REGIMES["uk-disp-2026-06"].effective_until == REGIMES["uk-disp"].effective_from
    assert term_of("uk-disp-2007", "acknowledgement")[1].required_parts == ()
    assert term_of("uk-disp", "acknowledgement")[1].required_parts == ("timetable",)
