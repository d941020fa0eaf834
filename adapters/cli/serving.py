"""``plaint demo``, ``serve`` and ``migrate``: the desk itself."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.output import DIFFERENCE, answer, clear_errors, fail, progress, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.bootstrap import Plaint

ROLES = ("api", "worker", "scheduler")
AT_ONCE = 2_000
"""Events that are folded before the desk opens, if there are no more: a fraction of a second."""


def serve(
    roles: Annotated[str, typer.Option(help="What this process does.")] = ",".join(ROLES),
    host: Annotated[str | None, typer.Option(help="Address to listen on; default PLAINT_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default PLAINT_PORT.")] = None,
) -> None:
    """Serve the API and work in the background.  Example: plaint serve --port 8080"""
    chosen = [role.strip() for role in roles.split(",") if role.strip()]
    unknown = sorted(set(chosen) - set(ROLES))
    if unknown or not chosen:
        fail(f"--roles takes a list of {', '.join(ROLES)}.", 2)
    with clear_errors():
        from adapters import logs
        from adapters.bootstrap import Plaint
        from adapters.settings import Settings

        settings = Settings()
        logs.configure(settings.log_format, for_good=True)
        listening = listen(host or settings.host, settings.port if port is None else port)
        plaint = Plaint.open(settings)
        _first_token(plaint)
        _run(plaint, chosen, listening)


def demo(
    seed: Annotated[int | None, typer.Option(help="Another seed, another desk life; default: 1.")] = None,
    now: Annotated[str | None, typer.Option(help="The instant at which the demo begins.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default PLAINT_PORT.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Load, print the summary, stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (with --once).")] = False,
) -> None:
    """Load real complaints with a simulated desk life, and serve them.  Example: plaint demo"""
    with clear_errors():
        from adapters import logs
        from adapters.demo import store
        from adapters.settings import Settings

        settings = Settings()
        logs.configure(settings.log_format, level="WARNING" if once else "INFO")
        listening = None if once else listen("127.0.0.1", settings.port if port is None else port)
        began = _instant(now) if now else None
        with progress("Loading real complaints", None) as tell:
            plaint = store.open_demo(settings, seed=seed, now=began, frozen=once, progress=tell)
        if once:
            _summary(plaint, as_json=as_json)
        elif listening is not None:
            _tell_age(store.age(plaint))
            token = store.supervisor_token(plaint)
            say(f"Supervisor's token of this demo: {token}")
            _first_token(plaint)
            _run(plaint, ROLES, listening, demo=token)


def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    wanted: Annotated[
        int | None,
        typer.Option(
            "--logs", min=1, max=256, help="Open logs until there are so many (PostgreSQL).", metavar="N"
        ),
    ] = None,
) -> None:
    """Bring a store of an older version up to date.  Example: plaint migrate --logs 32"""
    with clear_errors():
        from adapters import logs
        from adapters.bootstrap import Plaint
        from adapters.settings import Settings

        settings = Settings()
        logs.configure(settings.log_format, level="WARNING")
        plaint = Plaint.migrated(settings, logs=wanted)
        try:
            answer("The store is up to date.", {"migrated": True}, as_json=as_json)
        finally:
            plaint.close()


def _summary(plaint: Plaint, *, as_json: bool) -> None:
    from adapters.demo.summary import as_text, summary

    facts = summary(plaint)
    plaint.close()
    answer(as_text(facts), facts, as_json=as_json)
    if facts["verification"]["differences"]:
        raise typer.Exit(DIFFERENCE)


def _tell_age(age: timedelta) -> None:
    if age > timedelta(days=1):
        say(
            f"This demo was made {age.days} days ago, and what fell due since then was missed; "
            "for a fresh one remove its data directory."
        )


def _first_token(plaint: Plaint) -> None:
    """Print an administrator's token where there is none yet: it is never shown again.

    It opens something as soon as the read models have come that far: here, where they are
    not far behind; else the worker sees to it, and nobody waits for the desk to open.
    """
    from adapters import tokens
    from domain.access import Role

    if tokens.administered(plaint):
        return
    new = tokens.create(plaint, Role.ADMIN, name="first administrator")
    if plaint.views.lag() <= AT_ONCE:
        plaint.views.catch_up()
    say(f"Administrator's token, shown this once: {new.secret}")


def _run(
    plaint: Plaint,
    roles: tuple[str, ...] | list[str],
    listening: socket.socket,
    *,
    demo: str | None = None,
) -> None:
    from adapters.memory import settle

    serve = _api(plaint, listening, demo) if "api" in roles else None
    settle()
    plaint.start(roles)  # last: what works in the background would slow down the opening
    try:
        if serve is None:
            listening.close()
            _until_told()
        else:
            serve()
    finally:
        plaint.stop()


def _until_told() -> None:
    """Wait for SIGINT or SIGTERM."""
    import signal
    from threading import Event

    stop = Event()

    def told(number: int, frame: object) -> None:
        del number, frame
        stop.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, told)
    stop.wait()


def _api(plaint: Plaint, listening: socket.socket, demo: str | None) -> Callable[[], None]:
    """Return what serves the API until it is told to stop."""
    from adapters.http.app import create_app
    from adapters.http.server import Server

    host, port = listening.getsockname()[:2]
    server = Server(plaint, create_app(plaint, pages=True, demo=demo))

    def serve() -> None:
        say(f"Plaint serves at http://{host}:{port}")
        server.run(sockets=[listening])

    return serve


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded, so that one in use is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Of a socket that names its protocol the event loop sends small packets at once; of any other it
    # holds the second half of an answer back for 40 ms, until the first is acknowledged.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        fail(f"{host}:{port} cannot be listened on ({error.strerror}); choose another with --port.")
    return listening


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        fail("--now is written like 2026-06-01T12:00:00+02:00.", 2)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
