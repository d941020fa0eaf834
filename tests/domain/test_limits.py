"""The limits of a firm as a page: its own, those of the law beside, in plain language."""

from __future__ import annotations

from datetime import date

import pytest

from domain.limits import html, markdown, page
from domain.testing import HOUSE, rules
from domain.tongues import LANGUAGES, Language

TODAY = date(2026, 11, 22)
LAW = """
regime = "law"
version = "1"
effective_from = 2026-01-01
effective_until = 2027-01-01
jurisdiction = "EU"
source = "The <Act>"
verified = false
legal = true
calendar = "FR"
zone = "Europe/Paris"

[applies]
service = ["e_money"]

[[terms]]
milestone = "acknowledgement"
duty = "without_undue_delay"
limit = 3
unit = "business_day"
start = "received"
stop = ["acknowledged"]

[[terms]]
milestone = "completeness"
duty = "without_undue_delay"
start = "received"
stop = ["information_requested"]

[[terms]]
milestone = "decision"
limit = 15
unit = "business_day"
start = ["sent", "received"]
stop = ["decision_sent"]
article = "art 6(2)"

[terms.extension]
by = "holding_reply_sent"
limit = 35
"""
LATER = HOUSE.replace('"2026-01"', '"2027-01"').replace("2026-01-01", "2027-01-01").replace("= 7", "= 5")
BOOK = rules(HOUSE, LATER, LAW)


def rows(on: date = TODAY, language: Language = "en") -> list[tuple[str, str, str, str]]:
    shown = page(BOOK, on, language)
    return [(each.kind, each.regime, each.step, each.limit) for each in (*shown.own, *shown.legal)]


def test_own_limits_come_first_and_the_law_beside():
    assert rows() == [
        ("own", "house", "Acknowledgement", "within 2 business days"),
        ("own", "house", "Decision", "within 7 business days"),
        ("own", "house", "Progress update", "within 5 business days, each time anew"),
        ("own", "law", "Acknowledgement", "within 3 business days; the law says: without undue delay"),
        ("legal", "law", "Completeness", "without undue delay"),
        (
            "legal",
            "law",
            "Decision",
            "within 15 business days; 35 business days in all after a holding reply",
        ),
    ]


def test_the_page_speaks_french():
    assert [(step, limit) for _, _, step, limit in rows(language="fr")][-2:] == [
        ("Contrôle du dossier", "sans retard injustifié"),
        ("Décision", "15 jours ouvrés ; 35 jours ouvrés en tout après une réponse d’attente"),
    ]


def test_only_what_is_in_force_is_shown():
    after = rows(date(2027, 1, 1))

    assert {regime for _, regime, _, _ in after} == {"house"}
    assert ("own", "house", "Decision", "within 5 business days") in after
    assert rows(date(2025, 12, 31)) == []


def test_a_page_may_be_of_some_regimes_only():
    assert {each.regime for each in page(BOOK, TODAY, "en", only=["law"]).own} == {"law"}


def test_a_row_names_its_rule_and_says_when_it_was_not_verified():
    decision = page(BOOK, TODAY, "en").legal[-1]

    assert decision.where == "EU (e money)"
    assert decision.counted == "the sending of the complaint or the receipt of the complaint"
    assert decision.rule == "art 6(2) (The <Act>) (not verified against the text)"
    assert decision.since == "from Thu 1 Jan 2026, before Fri 1 Jan 2027"
    assert not decision.verified


def test_the_page_as_markdown():
    text = markdown(page(rules(HOUSE), TODAY, "en"), "en")

    assert text == (
        "# Our time limits for complaints\n"
        "\n"
        "In force on Sun 22 Nov 2026.\n"
        "The day from which a limit counts is not counted. A limit in days ends with its last day.\n"
        "\n"
        "## What we promise\n"
        "\n"
        "| Where | Step | Limit | Counted from | Rule | In force |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| everywhere | Acknowledgement | within 2 business days | the receipt of the complaint "
        "| published complaints procedure | from Thu 1 Jan 2026 |\n"
        "| everywhere | Decision | within 7 business days | the receipt of the complaint "
        "| published complaints procedure | from Thu 1 Jan 2026 |\n"
        "| everywhere | Progress update | within 5 business days, each time anew "
        "| a decision that is late or the day we call the complaint complex "
        "| published complaints procedure | from Thu 1 Jan 2026 |\n"
        "\n"
        "## What the law sets\n"
        "\n"
        "Nothing at present.\n"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_as_html_is_whole_and_escaped(language: Language):
    text = html(page(BOOK, TODAY, language), language)

    assert text.startswith(f'<!doctype html>\n<html lang="{language}">')
    assert "The &lt;Act&gt;" in text
    assert "<Act>" not in text
    assert text.count("<tr>") == text.count("</tr>") == len(rows()) + 2
    assert html(page(rules(HOUSE), TODAY, language), language).count("<table>") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_policies_give_the_same_page(language: Language):
    other = rules(LAW, LATER, HOUSE)

    assert markdown(page(BOOK, TODAY, language), language) == markdown(page(other, TODAY, language), language)
