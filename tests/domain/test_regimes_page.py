"""``docs/regimes.md`` is written from the policy files; run this module to write it again."""

from __future__ import annotations

from pathlib import Path

import domain.policies
from domain.policies import Regime, Term, parse

FILES = sorted(Path(domain.policies.__file__).parent.rglob("*.toml"))
PAGE = Path(__file__).parents[2] / "docs" / "regimes.md"

HEAD = """\
# Regimes that ship

This page is written from the policy files; they are the authority here, and the texts that they
cite are the authority over them. It is not legal advice: check a regime against its text before a
promise or a report relies on it. `plaint policy show REGIME` prints a file whole.

The mark says how well a term was read: **S** the text itself, **S2** a secondary source, **M** from
memory, **given** the firm's own word. Where a term rests on memory, or on a text that may be out of
date, the regime is `verified = false`, shown here as *not verified*.

A resident's regime binds a case when both the country and the service of the case are named;
MiCA needs the country alone. The services are `crypto_assets` (what a submission that names none
gets), `payment`, `e_money`, `money_transfer`, `banking`, `credit`, `credit_hardship`, `insurance`,
`investment`, `financial_advice`, `crowdfunding`, `token_issuance`, `crypto_assets_psan`,
`superannuation`, `death_benefit` and `personal_data`; a firm may use others in its own files.

A **duty** is to be kept without undue delay and has no number: it starts no clock until the firm
loads its own version of the regime, with the limit that it keeps and the day from which it does:
`plaint policy load FILE`, or a file in the folder `policies` of the data directory, which `migrate`
and the first start read after what ships. A version is never changed once it is loaded.
A **window** is open to somebody, and its passing breaches nothing. Where a sending date is not
known, the receipt starts what the sending would have started.

Beside the keys that every file has, a file may say:

| key | meaning |
| --- | --- |
| `terms.warn_before` | warnings before the due instant, the earliest first: the first entry is level 1 |
| `[terms.extension]` `by` `limit` `unit` `required_parts` | the notice that moves the due instant to `limit` units from the same start: 35 business days include the first 15 |
| `terms.window` | `true` where the passing of the limit breaches nothing |
| `terms.article`, `terms.confidence` | the place in the text, and the mark |
| `[notifications]` `hours` `weekend` | when warnings may reach somebody, in the regime's zone, apart from the calendar of the clocks |
| `[notifications.recipients]` `1 = ["assignee"]` | whom a warning of each level reaches |
| `[tickets]` `auto_close = 5` `unit = "business_day"` | when a solved ticket closes by itself, in the first regime of the ticket that is no law; 0: never |
| `[tickets]` `reopen_within = 14` `reopen_unit = "calendar_day"` | how long after its end a ticket can be reopened; 0: for ever |
| `[tickets]` `remind_before = [24, 1]` | hours before an appointment: the first that is still to come when it is made |
| `[tickets]` `ask_for_files_after = 24` | hours after a request whose form requires a file: none has come by then, and it is asked for |

Of texts that a firm may need, one has no file: 23 NYCRR 200.20 asks for the report of a changed
complaint policy within 7 calendar days, which is no promise on a case, and gives no number for the
resolution of a complaint.
"""


def page() -> str:
    """Return the page: the introduction, and a section for each version of each regime."""
    regimes = [parse(path.read_text("utf-8"), path.name) for path in FILES]
    in_order = sorted(regimes, key=lambda each: (each.legal, each.regime, each.effective_from))
    return "\n".join([HEAD, *(section(regime) for regime in in_order)])


def section(regime: Regime) -> str:
    """Return what the page says of one version."""
    until = f" until {regime.effective_until} (exclusive)" if regime.effective_until else ""
    weekend = ", ".join(regime.weekend)
    verified = "" if regime.verified else " *Not verified.*"
    facts = [
        f"## {regime.reference}",
        "",
        f"{regime.source}. From {regime.effective_from}{until}.{verified}",
        f"Calendar {regime.calendar}, zone {regime.zone}, weekend {weekend}. {bound_to(regime)}",
        "",
        "| milestone | limit | starts with | kept by | article | mark |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*facts, *(row(term) for term in regime.terms), ""])


def bound_to(regime: Regime) -> str:
    """Return whom a version binds."""
    if not regime.legal:
        return "Binds every case."
    services = ", ".join(regime.applies.service) or "any"
    return f"Countries: {', '.join(regime.applies.country)}. Services: {services}."


def row(term: Term) -> str:
    """Return a term as a line of the table."""
    start, stop = " or ".join(term.start), " or ".join(term.stop)
    cells = [term.milestone, limit_of(term), start, stop, term.article or "-", term.confidence]
    return f"| {' | '.join(cells)} |"


def limit_of(term: Term) -> str:
    """Return the limit in words, with what changes it."""
    if term.limit is None:
        return "duty"
    words = [counted(term.limit, term.unit or "")]
    if term.recurring:
        words.append("again from each")
    if term.roll == "following":
        words.append("rolls to the next working day")
    if term.extension is not None:
        longer = term.extension
        words.append(f"{counted(longer.limit, longer.unit)} in total after {longer.by}")
    if term.window:
        words.append("window")
    return "; ".join(words)


def counted(number: int, unit: str) -> str:
    """Return a number of units, such as ``2 business days``."""
    return f"{number} {unit.replace('_', ' ')}{'' if number == 1 else 's'}"


def test_the_page_says_what_the_files_say():
    """Write it again with ``python tests/domain/test_regimes_page.py``."""
    assert PAGE.read_text("utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
