"""A desk on a port of this machine, and a real browser that looks at it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Generator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from adapters.bootstrap import Plaint
from adapters.http.app import create_app
from adapters.http.limits import NO_LIMITS
from adapters.settings import Settings
from adapters.tokens import create
from adapters.worker import Worker
from domain.access import Role

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60.0
"""Seconds for the server to come up, and for a page to show what it shall, on a slow and busy machine too."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a desk answers that nobody has complained to."""
    plaint = Plaint.open(Settings(data=tmp_path_factory.mktemp("desk"), database_url=None, public_url=None))
    secret = create(plaint, Role.SUPERVISOR).secret
    app = create_app(plaint, pages=True, demo=secret, rates=NO_LIMITS)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    listening = socket.create_server(("127.0.0.1", 0))
    worker = Worker(plaint.views, plaint.feed.recorded)
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    worker.start()
    serving.start()
    until = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    serving.join(timeout=PATIENCE)
    listening.close()
    worker.stop()
    plaint.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Generator[Browser]:
    expect.set_options(timeout=PATIENCE * 1_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


def harmless(said: ConsoleMessage) -> bool:
    """Whether it is no fault of the page; Chromium also tells of each answer that a page meant to refuse."""
    meant = any(f"status of {status}" in said.text for status in (401, 403, 404, 410, 422))
    return said.type not in {"error", "warning"} or meant


Open = Callable[..., Page]


@pytest.fixture
def page_of(browser: Browser, address: str) -> Generator[Open]:
    """A way to open pages; in the end nothing was asked of another host and no error was shown."""
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(
        *,
        script: bool = False,
        width: int = 1280,
        dark: bool = False,
        locale: str = "en-GB",
        signed_in: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=locale,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1_000)
        page.on("console", lambda said: None if harmless(said) else wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(address) else wrong.append(asked.url))
        if signed_in:
            page.goto("/sign-in")
            page.get_by_role("button", name="Continue as the demo").click()
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
