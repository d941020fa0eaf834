"""The register of the CFPB, imported: every figure is the one that was counted by other means."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Generator
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.bootstrap import Plaint
from adapters.importers import cfpb
from adapters.importers.register import Unusable
from adapters.importers.run import Summary, import_file
from adapters.settings import Settings
from domain.complaint.events import Closed, DecisionSent, Received
from domain.complaint.register import KeptSource
from domain.ids import imported
from domain.kernel import Event

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "adapters" / "demo" / "sample" / "cfpb_complaints.csv.gz"
EXPECTED = json.loads((ROOT / "tests" / "data" / "cfpb" / "expected.json").read_text())
NEW_YORK = ZoneInfo("America/New_York")


class Imported:
    """The sample in a store, and what can be asked of it."""

    def __init__(self, plaint: Plaint) -> None:
        self.plaint = plaint
        self.summary = import_file(plaint, SAMPLE)
        plaint.views.catch_up()
        self.events: list[Event] = [plaint.showing.event(e) for _, e in plaint.store.everything()]
        self.received = [event for event in self.events if isinstance(event, Received)]
        self.decided = {e.originator_id: e for e in self.events if isinstance(e, DecisionSent)}
        self.closed = {e.originator_id: e for e in self.events if isinstance(e, Closed)}

    def words(self, name: str) -> Counter[str]:
        """Count the cases by a word of the source; an empty one counts those without."""
        return Counter(source_of(each).attributes.get(name, "") for each in self.received)

    def personal(self, name: str) -> Counter[str]:
        return Counter(personal_of(each).get(name, "") for each in self.received)


def source_of(received: Received) -> KeptSource:
    assert received.source is not None
    return received.source


def personal_of(received: Received) -> dict[str, str]:
    said = source_of(received).personal
    assert isinstance(said, dict)
    return said


def on_new_york_day(moment: datetime | None) -> str:
    assert moment is not None
    local = moment.astimezone(NEW_YORK)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)
    return local.date().isoformat()


def written_back(received: Received) -> dict[str, str]:
    """Return the row of the register that a case came from."""
    source = source_of(received)
    said = source.attributes | personal_of(received)
    known = {
        "complaint_id": source.id,
        "date_received": on_new_york_day(received.occurred_at),
        "date_sent_to_company": on_new_york_day(received.sent_to_company_at),
        "narrative": str(received.details or ""),
    }
    return {name: known.get(name) or said.get(name, "") for name in cfpb.COLUMNS}


def rows_of_the_sample() -> list[dict[str, str]]:
    with gzip.open(SAMPLE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Generator[Imported]:
    """The whole sample in an embedded store."""
    plaint = Plaint.open(Settings(data=tmp_path_factory.mktemp("import")))
    yield Imported(plaint)
    plaint.close()


def test_every_row_is_a_case_or_a_duplicate(sample: Imported):
    assert sample.summary == Summary(
        rows=EXPECTED["rows"],
        cases=EXPECTED["distinct_complaint_id"],
        duplicates=EXPECTED["exact_duplicate_rows"],
        rejected=0,
        events=len([e for e in sample.events if e.actor == "import:cfpb"]),
        seconds=sample.summary.seconds,
    )


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        ("by_batch", "batch"),
        ("by_product", "product"),
        ("by_issue", "issue"),
        ("by_company_response", "company_response"),
        ("by_timely", "timely"),
        ("by_disputed", "disputed"),
        ("by_submitted_via", "submitted_via"),
        ("by_consent", "consent"),
    ],
)
def test_the_words_of_the_source_are_kept(sample: Imported, figure: str, word: str):
    assert {**EXPECTED[figure]}.items() <= sample.words(word).items()
    assert sum(sample.words(word).values()) == EXPECTED["distinct_complaint_id"]


@pytest.mark.parametrize(("figure", "word"), [("by_state", "state"), ("by_tags", "tags")])
def test_what_describes_the_complainant_is_kept_as_personal(sample: Imported, figure: str, word: str):
    assert sample.personal(word) == EXPECTED[figure]


@pytest.mark.parametrize(
    ("figure", "moment"),
    [
        ("by_month_received", attrgetter("occurred_at")),
        ("by_month_sent", attrgetter("sent_to_company_at")),
    ],
)
def test_a_date_is_the_start_of_its_day_in_new_york(
    sample: Imported, figure: str, moment: Callable[[Received], datetime]
):
    assert Counter(on_new_york_day(moment(each))[:7] for each in sample.received) == EXPECTED[figure]


def test_the_first_and_the_last_day_are_those_of_the_register(sample: Imported):
    days = sorted(on_new_york_day(each.occurred_at) for each in sample.received)

    assert [days[0], days[-1]] == EXPECTED["date_received"]


def test_a_complaint_sent_before_it_was_received_is_taken_as_it_is(sample: Imported):
    lags = [
        (
            each.sent_to_company_at.astimezone(NEW_YORK).date() - each.occurred_at.astimezone(NEW_YORK).date()
        ).days
        for each in sample.received
        if each.sent_to_company_at
    ]

    assert {"n": len(lags), "min": min(lags), "max": max(lags)} == EXPECTED["referral_lag_days"]
    assert lags.count(0) == EXPECTED["referral_lag_zero"]


def test_the_queue_counts_every_product_as_a_category(sample: Imported):
    counted = sample.plaint.queries.counters("queue")["received_by_category"]

    assert {value.split("|", 3)[3]: n for value, n in counted.items()} == EXPECTED["by_product"]


def test_a_response_is_a_decision_and_what_is_in_progress_stays_open(sample: Imported):
    outcomes = Counter(each.outcome for each in sample.decided.values())
    by_response = EXPECTED["by_company_response"]
    relief = by_response["Closed with monetary relief"] + by_response["Closed with non-monetary relief"]
    none = (
        by_response["Closed with explanation"] + by_response["Closed"] + by_response["Closed without relief"]
    )

    assert outcomes == {"upheld": relief, "rejected": none, "no_decision": by_response["Untimely response"]}
    assert sample.closed.keys() == sample.decided.keys()
    assert len(sample.received) - len(sample.decided) == EXPECTED["still_in_progress"]
    assert sample.plaint.queries.counters("queue")["open_by_all"] == {
        "complaints|main|normal|": EXPECTED["still_in_progress"]
    }


def test_a_fact_without_a_date_takes_the_last_dated_fact_and_says_so(sample: Imported):
    last_dated = {
        e.originator_id: max(e.occurred_at, e.sent_to_company_at or e.occurred_at) for e in sample.received
    }

    for facts in (sample.decided, sample.closed):
        assert {id: (e.occurred_at, e.occurred_at_known) for id, e in facts.items()} == {
            id: (last_dated[id], False) for id in facts
        }


def test_timely_and_disputed_can_be_counted_with_the_response(sample: Imported):
    said = [source_of(each).attributes for each in sample.received]
    both = Counter(f"{each['company_response']} | {each['timely']}" for each in said)
    untimely = Counter(each["company"] for each in said if each["timely"] == "No")
    known = [each["disputed"] for each in said if each.get("disputed") in {"Yes", "No"}]

    assert both == EXPECTED["timely_by_response"]
    assert untimely == EXPECTED["untimely_by_company"]
    assert round(sample.words("timely")["Yes"] / len(said), 6) == EXPECTED["timely_rate"]
    assert len(known) == EXPECTED["disputed_known"]
    assert round(known.count("Yes") / len(known), 6) == EXPECTED["disputed_rate_of_known"]


def test_a_narrative_is_the_details_of_the_case(sample: Imported):
    told = [each.details for each in sample.received if each.details]

    assert len(told) == EXPECTED["with_narrative"]
    assert len([each for each in told if "XXXX" in str(each)]) == EXPECTED["narratives_with_XXXX_mask"]


def test_every_column_can_be_written_back_exactly(sample: Imported):
    rows = {row["complaint_id"]: row for row in rows_of_the_sample()}

    assert {source_of(each).id: written_back(each) for each in sample.received} == rows


def test_no_clock_starts_unless_a_regime_is_named(sample: Imported):
    topics = {event.TOPIC for event in sample.events if event.actor == "import:cfpb"}

    assert topics == {"complaint.received", "complaint.decision_sent", "complaint.closed"}
    assert {each.pins for each in sample.received} == {()}


def test_an_entry_is_one_row_as_a_case():
    row = next(row for row in rows_of_the_sample() if row["complaint_id"] == "7523056")

    entry = cfpb.entry(row, "America/New_York")

    midnight = datetime(2023, 8, 25, tzinfo=NEW_YORK)
    assert (entry.source_id, entry.written_at) == ("7523056", datetime(2023, 8, 25, tzinfo=ZoneInfo("UTC")))
    assert (entry.received_at, entry.last_dated, entry.outcome) == (midnight, midnight, "rejected")
    assert entry.submission.model_dump(exclude_defaults=True) == {
        "form": "cfpb",
        "service": None,
        "category": "Credit reporting or other personal consumer reports",
        "country": "US",
        "sent_to_company_at": midnight,
        "source": {
            "system": "cfpb",
            "id": "7523056",
            "attributes": {
                "batch": "2023",
                "product": "Credit reporting or other personal consumer reports",
                "sub_product": "Credit reporting",
                "issue": "Incorrect information on your report",
                "sub_issue": "Information belongs to someone else",
                "company": "EQUIFAX, INC.",
                "submitted_via": "Web",
                "company_response": "Closed with explanation",
                "timely": "Yes",
                "disputed": "N/A",
                "zone": "America/New_York",
            },
            "personal": {"state": "FL", "zip_code": "33009"},
        },
    }


def test_a_complaint_has_the_same_id_in_every_zone():
    row = rows_of_the_sample()[0]
    entries = [cfpb.entry(row, zone) for zone in ("America/New_York", "Pacific/Auckland")]

    ids = [imported("cfpb", each.source_id, each.written_at) for each in entries]
    assert ids[0] == ids[1]
    assert entries[0].received_at != entries[1].received_at


@pytest.mark.parametrize(
    ("column", "word", "reason"),
    [
        ("date_received", "", "date_received is missing"),
        ("date_received", "08/25/2023", "date_received is no date; write it like 2023-08-25"),
        ("date_received", "2023-02-30", "date_received is no date; write it like 2023-08-25"),
        ("date_received", "20230825", "date_received is no date; write it like 2023-08-25"),
        ("date_sent_to_company", "soon", "date_sent_to_company is no date; write it like 2023-08-25"),
        ("company_response", "Perhaps", "company_response is a word that the importer does not know"),
        ("submitted_via", "Pigeon", "submitted_via is a word that the importer does not know"),
        ("product", "", "product is missing, too long or has characters that do not print"),
        ("product", "a\x07b", "product is missing, too long or has characters that do not print"),
        ("narrative", "x" * 50_001, "narrative is missing, too long or has characters that do not print"),
        ("issue", "x" * 50_001, "issue is missing, too long or has characters that do not print"),
    ],
)
def test_a_row_that_cannot_be_a_case_says_why(column: str, word: str, reason: str):
    row = rows_of_the_sample()[0] | {column: word}

    with pytest.raises(Unusable) as refused:
        cfpb.entry(row, "America/New_York")

    assert str(refused.value) == reason


@pytest.mark.parametrize("response", [each for each, outcome in cfpb.OUTCOMES.items() if outcome is None])
def test_a_complaint_in_progress_has_no_outcome(response: str):
    row = rows_of_the_sample()[0] | {"company_response": response}

    assert cfpb.entry(row, "America/New_York").outcome is None
