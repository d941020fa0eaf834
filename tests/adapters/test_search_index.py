"""The index follows the logs, waits for the vault, forgets whom it must, and can be made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from adapters.bootstrap import Plaint
from adapters.search.finding import Among
from adapters.vault.errors import KeyMissing, SealBroken, VaultAway
from adapters.views.engine import ViewEngine
from adapters.views.queries import NotBuilt
from adapters.views.rebuilding import BuildStopped
from domain import commands as c
from domain.access import Principal, Role, Sensitivity
from domain.testing import an_id
from tests.http.world import World

HANDLER = Principal(id="anna", role=Role.HANDLER, teams=("complaints",))
WORDS = {
    "details": "The zeppelin carried the parcel.",
    "desired_outcome": "A bicycle instead.",
    "full_name": "Zoé Quixote",
    "account_email": "quixote@example.org",
}


def settle(world: World) -> None:
    world.plaint.search.engine.catch_up()


def found(world: World, q: str, who: Principal = HANDLER) -> list[str]:
    return [str(hit.place.id) for hit in world.plaint.finding.hits(who, q, Among(), limit=50)]


def received(world: World, **facts: Any) -> str:
    id = world.received(**facts)
    settle(world)
    return id


def command(world: World, id: str, asked: c.Command) -> None:
    world.plaint.desk.command(UUID(id), asked, "anna")
    world.settle()
    settle(world)


def destroy(world: World, id: str) -> None:
    subject = world.plaint.vault.subject_of(UUID(id))
    assert subject is not None
    world.plaint.vault.destroy(subject)


def traces(world: World, *words: str) -> set[str]:
    """Return which of *words* stand anywhere in what is kept of the index."""
    if world.plaint.search.database.is_sqlite:
        kept = b"".join(each.read_bytes() for each in world.settings.data.glob("search.db*"))
    else:
        with world.plaint.search.database.read() as connection:
            rows = connection.execute(text("SELECT words::text FROM words")).scalars()
            kept = "\n".join(rows).encode()
    return {each for each in words if each.encode() in kept}


def test_each_event_is_found_once_it_is_indexed(either: World):
    id = received(either, **WORDS)
    command(either, id, c.Note(text="The airship was a balloon."))
    command(either, id, c.Triage(category="fees", severity="high", admissible=True))

    for q in ("zeppelin", "bicycles", "zeppelin balloon", "Quixote, Zoe", "QUIXOTE@example.org", "fees"):
        assert found(either, q) == [id], q
    for q in ("withdrawal", '"parcel bicycle"', "zeppelin -balloon", "quixote"):
        assert found(either, q) == [], q


def test_who_is_asked_for_comes_before_who_is_spoken_of(either: World):
    spoken = received(either, details="Like quixote@example.org I wait.", account_email="other@example.org")
    theirs = received(either, **WORDS)
    newer = received(either, details="Ask quixote@example.org.", account_email="third@example.org")

    assert found(either, "quixote@example.org") == [theirs, newer, spoken]
    assert found(either, "quixote@example.org zeppelin") == [theirs]
    assert found(either, "quixote@example.org -zeppelin") == []


def test_only_what_exists_for_a_reader_is_found(either: World):
    """By team and entity, as both are now."""
    id = received(either, **WORDS)
    stranger = HANDLER.model_copy(update={"teams": ("payments",)})
    elsewhere = HANDLER.model_copy(update={"legal_entities": ("lu",)})
    auditor = Principal(id="aude", role=Role.AUDITOR, clearance=Sensitivity.NORMAL)

    assert [found(either, "zeppelin", who) for who in (stranger, elsewhere)] == [[], []]
    command(either, id, c.Assign(team="payments"))
    assert found(either, "zeppelin", stranger) == [id]
    assert found(either, "zeppelin") == []
    for q in ("zeppelin", "quixote@example.org", "Zoé Quixote", "zep*"):
        assert found(either, q, auditor) == [], q
    assert found(either, "withdrawal -zeppelin", auditor) == [id]


def test_what_is_erased_is_gone_from_the_index(either: World):
    """No word of it is left in the file; another case keeps its own, and what concerns nobody stays."""
    erased, kept = received(either, **WORDS), received(either, details="A gondola sank.", full_name="Other")
    command(either, erased, c.Note(text="The airship was a balloon."))
    words = ("zeppelin", "parcel", "bicycl", "balloon", "gondola")
    assert traces(either, *words) == set(words)

    destroy(either, erased)
    either.plaint.search.purge(UUID(erased))

    assert traces(either, *words) == {"gondola"}
    for q in ("zeppelin", "Zoé Quixote", "quixote@example.org", "balloon"):
        assert found(either, q) == [], q
    assert found(either, "gondola") == [kept]
    assert sorted(found(either, "withdrawal")) == [erased, kept]


def test_without_a_purge_the_words_would_stay(either: World):
    """The look for traces is able to find some."""
    erased = received(either, **WORDS)
    destroy(either, erased)

    assert traces(either, "zeppelin") == {"zeppelin"}


def test_a_batch_that_finds_all_erased_forgets_the_case(either: World):
    erased = received(either, **WORDS)
    either.plaint.desk.command(UUID(erased), c.Note(text="balloon"), "anna")
    destroy(either, erased)
    settle(either)

    assert found(either, "zeppelin") == found(either, "balloon") == []


def test_what_is_erased_is_not_indexed_again(either: World):
    erased = received(either, **WORDS)
    destroy(either, erased)

    assert either.plaint.search.rebuild().rows == 1
    assert found(either, "zeppelin") == []
    assert found(either, "withdrawal") == [erased]


def test_the_index_waits_for_the_vault(either: World, monkeypatch: pytest.MonkeyPatch):
    """Nothing sealed is indexed and nothing passed over."""
    plaint, away = either.plaint, VaultAway("The vault is away.")
    id = either.received(**WORDS)
    before = plaint.search.engine.cursors()

    def refuse(*_arguments: object) -> None:
        raise away

    with monkeypatch.context() as patch:
        patch.setattr(plaint.vault, "fetch", refuse)
        with pytest.raises(VaultAway):
            settle(either)
    assert plaint.search.engine.cursors() == before
    assert plaint.search.lag(plaint.store.ends())

    settle(either)
    assert found(either, "zeppelin") == [id]
    assert plaint.search.lag(plaint.store.ends()) == 0


def test_rows_and_cursor_are_saved_together(either: World, monkeypatch: pytest.MonkeyPatch):
    """What breaks off after the words were written leaves none of them, and nothing is there twice after."""
    id = either.received(**WORDS)

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(ViewEngine, "_move", broken)
        with pytest.raises(ZeroDivisionError):
            settle(either)
    assert found(either, "zeppelin") == []
    assert either.plaint.search.database.is_sqlite or traces(either, "zeppelin") == set()

    settle(either)
    assert found(either, "zeppelin") == [id]
    with either.plaint.search.database.read() as connection:
        assert connection.execute(text("SELECT details FROM words")).scalars().all() == [
            "the zeppelin carri the parcel"
        ]


def test_a_rebuilt_index_says_the_same(either: World):
    for number in range(3):
        received(either, **WORDS | {"account_email": f"n{number}@example.org"})
    before = found(either, "zeppelin")
    told = list[int]()

    done = either.plaint.search.rebuild(told.append)

    assert (done.rows, done.events, done.differences) == (3, either.plaint.store.count(), None)
    assert told[-1] == done.events
    assert found(either, "zeppelin") == before


def test_an_event_that_cannot_be_read_stops_a_rebuild_with_its_place(either: World):
    received(either, **WORDS)
    log = either.plaint.store.router.log(0)
    from eventsourcing.persistence import StoredEvent

    log.insert_events([StoredEvent(an_id("spoilt"), 1, "complaint.foretold", b"{}")])

    with pytest.raises(BuildStopped, match="00:"):
        either.plaint.search.rebuild()


def test_an_index_of_another_shape_is_made_anew(either: World):
    """It cannot be searched until it is built, and says so."""
    id = received(either, **WORDS)
    with either.plaint.search.database.write() as connection:
        connection.execute(text("UPDATE about SET shape = 'of old'"))

    either.plaint.search.prepare()

    with pytest.raises(NotBuilt):
        found(either, "zeppelin")
    assert either.plaint.search.lag(either.plaint.store.ends()) is None
    settle(either)
    assert found(either, "zeppelin") == [id]


def test_an_index_ahead_of_a_restored_log_is_made_anew(either: World):
    received(either, **WORDS)
    with either.plaint.search.database.write() as connection:
        connection.execute(text("UPDATE cursors SET number = number + 1000"))

    either.plaint.search.prepare()
    settle(either)

    assert len(found(either, "zeppelin")) == 1


def test_tables_are_emptied_together_by_a_crash_of_postgresql(postgres_url: str, tmp_path: Path):
    """What a crash leaves of tables that are not logged is nothing: then the index is built again."""
    world = World(tmp_path, postgres_url)
    id = received(world, **WORDS)
    with world.plaint.search.database.write() as connection:
        kinds = dict(
            connection.execute(
                text(
                    "SELECT relname, relpersistence FROM pg_class "
                    "WHERE relnamespace = 'search'::regnamespace AND relkind = 'r'"
                )
            ).all()
        )
        crashed = [name for name, kind in kinds.items() if kind == "u"]
        connection.exec_driver_sql(f"TRUNCATE {', '.join(crashed)}")

    assert set(crashed) == {"cases", "people", "words", "cursors", "generations", "counters"}
    settle(world)
    assert found(world, "zeppelin") == [id]
    world.close()


@pytest.mark.parametrize("error", [SealBroken, KeyMissing])
def test_a_value_that_cannot_be_opened_takes_no_case_out_of_the_index(
    either: Any, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
):
    """Nor stops the index: it is passed over, and the rest is found."""
    id = received(either, **WORDS)
    either.plaint.desk.command(UUID(id), c.Note(text="balloon"), "anna")

    def broken(*_arguments: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(either.plaint.vault, "open", broken)
        settle(either)
    assert found(either, "balloon") == []
    assert found(either, "zeppelin") == [id]


def test_an_index_is_kept_while_others_write(either: Any, monkeypatch: pytest.MonkeyPatch):
    """What another process records and folds while the ends are asked for empties no index."""
    id = received(either, **WORDS)
    store = either.plaint.search.engine.store
    ends = store.ends

    def meanwhile() -> Any:
        found = ends()
        monkeypatch.setattr(store, "ends", ends)
        received(either, details="A gondola.")
        return found

    monkeypatch.setattr(store, "ends", meanwhile)
    either.plaint.search.prepare()
    assert found(either, "zeppelin") == [id]


@pytest.mark.parametrize("damage", [b"no database at all" * 300, b""])
def test_a_damaged_index_is_made_anew_and_stops_no_desk(tmp_path: Path, damage: bytes):
    first = World(tmp_path)
    id = received(first, **WORDS)
    first.close()
    for each in tmp_path.glob("search.db*"):
        each.unlink()
    (tmp_path / "search.db").write_bytes(damage)

    plaint = Plaint.open(first.settings)
    plaint.search.engine.catch_up()
    hits = plaint.finding.hits(HANDLER, "zeppelin", Among(), limit=5)
    plaint.close()
    assert [str(hit.place.id) for hit in hits] == [id]


def test_a_desk_opens_without_its_index_and_prepares_it_later(tmp_path: Path):
    """Where the database of the search cannot be opened by now."""
    first = World(tmp_path)
    received(first, **WORDS)
    first.close()
    for each in tmp_path.glob("search.db*"):
        each.unlink()
    (tmp_path / "search.db").mkdir()

    plaint = Plaint.open(first.settings)
    assert not plaint.search.prepared
    (tmp_path / "search.db").rmdir()
    plaint.search.prepare_again()
    plaint.search.engine.catch_up()
    hits = plaint.finding.hits(HANDLER, "zeppelin", Among(), limit=5)
    plaint.close()
    assert len(hits) == 1


def test_how_well_a_case_fits_says_nothing_of_other_cases(either: Any):
    """And is the same on both databases: how often the words stand in it, weighed by the field."""
    received(either, details="A zeppelin and a zeppelin and a zeppelin and a zeppelin.", category="other")
    received(either, details="No such thing.", desired_outcome="A zeppelin.", category="other")

    def scores() -> list[float]:
        hits = either.plaint.finding.hits(HANDLER, "zeppelin", Among(), limit=5)
        return [hit.place.score for hit in hits]

    assert scores() == [6.0, 2.0]
    for _ in range(3):
        id = received(either, details="A zeppelin of others.")
        command(either, id, c.Assign(team="payments"))
    assert scores() == [6.0, 2.0]


def test_what_is_kept_closer_is_found_without_a_purpose_by_what_concerns_nobody(either: Any):
    chief = Principal(id="chief", role=Role.COMPLIANCE)
    auditor = Principal(id="aude", role=Role.AUDITOR)
    id = received(either, **WORDS)
    command(either, id, c.SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="x"))
    normal = received(either, details="A zeppelin too.", account_email="other@example.org")

    def by(q: str, who: Principal, purpose: str | None) -> dict[str, tuple[str, ...]]:
        hits = either.plaint.finding.hits(who, q, Among(), limit=50, purpose=purpose)
        return {str(hit.place.id): hit.matched for hit in hits}

    assert by("zeppelin", chief, None) == {normal: ("details",)}
    assert by("quixote@example.org", chief, None) == by("Zoé Quixote", chief, None) == {}
    assert by("withdrawal", chief, None)[id] == ("category",)
    assert by("withdrawal -zeppelin", chief, None) == {id: ("category",)}
    assert by("zeppelin", chief, "Why") == {normal: ("details",), id: ("details",)}
    assert by("quixote@example.org", chief, "Why") == {id: ("account_email",)}
    assert by("zeppelin", auditor, None) == {}
    assert by("zeppelin", auditor, "Why") == {normal: ("details",), id: ("details",)}


def test_few_words_wait_to_be_sorted_on_postgresql_and_cases_kept_closer_have_an_index(either: World):
    """What waits is looked through by every question; those few cases are asked for apart by most."""
    with either.plaint.search.database.read() as connection:
        if connection.dialect.name == "sqlite":
            kept = "SELECT sql FROM sqlite_master WHERE name = 'cases_kept_closer'"
            assert "WHERE sensitivity <> 'normal'" in str(connection.exec_driver_sql(kept).scalar_one())
            return
        options = "SELECT reloptions FROM pg_class WHERE relname = 'words_everything'"
        assert connection.exec_driver_sql(options).scalar_one() == ["gin_pending_list_limit=128"]
        kept = "SELECT indexdef FROM pg_indexes WHERE indexname = 'cases_kept_closer'"
        assert "WHERE (sensitivity <> 'normal'" in connection.exec_driver_sql(kept).scalar_one()


def test_a_question_is_planned_for_its_words_and_waits_for_no_other_process_on_postgresql(
    postgres_url: str, tmp_path: Path
):
    """Help takes longer to come than twenty hits to find; and a rare word is found otherwise than a common one."""
    world = World(tmp_path, postgres_url)
    id, database = received(world, **WORDS), world.plaint.search.database
    names = ("random_page_cost", "max_parallel_workers_per_gather", "jit")

    assert [found(world, "zeppelin") for _ in range(3)] == [[id]] * 3

    kept = "SELECT count(*) FROM pg_prepared_statements WHERE strpos(statement, 'tsquery') > 0"
    assert database.answers(kept, ()) == [(0,)]
    settings = [database.answers("SELECT current_setting(?)", [name])[0][0] for name in names]
    assert settings == ["1.1", "0", "off"]
    world.close()
