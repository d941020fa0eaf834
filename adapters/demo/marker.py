"""The file by which a data directory shows that it holds a demo, and of which seed and instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from adapters.places import CannotStart
from adapters.settings import Settings
from domain.kernel import Instant, Value

NAME = "demo.json"
FIRST_SEED = 1


class NotThisDemo(CannotStart):
    """The store holds something else than the demo that was asked for."""


class Marker(Value):
    """What a demo was made from.

    *ahead* is how far the demo's clock is ahead of the world's, where it was given another
    instant to begin at; *loaded* is false until the whole sample is in the store.
    """

    seed: int
    now: Instant
    ahead: timedelta = timedelta(0)
    loaded: bool = False


def find(data: Path) -> Marker | None:
    """Return the marker of the demo in *data*, or None when there is none."""
    try:
        return Marker.model_validate_json((data / NAME).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise NotThisDemo(f"{data / NAME} cannot be read; set PLAINT_DATA to another directory.") from None


def begin(settings: Settings, *, seed: int | None, now: datetime | None, today: datetime) -> Marker:
    """Return the marker of the demo that is there, else mark a store that is still to be made.

    Raises NotThisDemo for a store of another kind, and for a demo of another *seed* or *now*
    than was asked for, where it was asked for.
    """
    if settings.database_url or settings.views_url or settings.vault_url:
        raise NotThisDemo(
            "The demo keeps a store of its own; "
            "unset PLAINT_DATABASE_URL, PLAINT_VIEWS_URL and PLAINT_VAULT_URL."
        )
    there = find(settings.data)
    if there is not None:
        return _the_same(there, settings.data, seed, now)
    if any((settings.data / name).exists() for name in ("log.db", "views.db")):
        raise NotThisDemo(
            f"{settings.data} holds a store that is not a demo's; set PLAINT_DATA to another directory."
        )
    ahead = timedelta(0) if now is None else now - today
    wanted = FIRST_SEED if seed is None else seed
    return write(settings.data, Marker(seed=wanted, now=now or today, ahead=ahead))


def write(data: Path, marker: Marker) -> Marker:
    """Put *marker* into *data*, whole or not at all."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = data / f".{NAME}"
        part.write_text(marker.model_dump_json())
        part.replace(data / NAME)
    except OSError as error:
        raise CannotStart(
            f"The data directory {data} cannot be written ({error.strerror}); "
            "make it writable or set PLAINT_DATA to another one."
        ) from None
    return marker


def _the_same(there: Marker, data: Path, seed: int | None, now: datetime | None) -> Marker:
    if (seed is not None and there.seed != seed) or (now is not None and there.now != now):
        raise NotThisDemo(
            f"{data} holds the demo of --seed {there.seed} --now {there.now.isoformat()}; "
            "ask for that one, or set PLAINT_DATA to another directory."
        )
    return there
