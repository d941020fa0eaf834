"""Who gets to see the pages, and what they carry."""

import pytest

from tests.http.pages.conftest import Desk, text
from tests.http.world import World

PAGES = ["/", "/queue", "/complain", "/assets/plaint.css", "/assets/icon.svg"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
def test_this_machine_is_served(quiet: Desk, host: str):
    assert quiet.page("/", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["plaint.example", "127.0.0.1.example:8000", "[::2]", "[", "", "localhost.example"]
)
@pytest.mark.parametrize("path", PAGES)
def test_a_name_that_is_not_this_machine_is_refused(quiet: Desk, path: str, host: str):
    answer = quiet.page(path, Host=host)

    assert answer.status_code == 403
    assert "answer on this machine alone" in text(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_what_is_not_ours(quiet: Desk, path: str):
    headers = quiet.page(path).headers

    assert headers["content-security-policy"] == (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES[:3])
def test_a_page_says_that_it_is_a_demo_and_needs_nothing_from_elsewhere(quiet: Desk, path: str):
    answer = quiet.page(path)

    assert "Demo on this machine." in text(answer.text)
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert "://" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
    ],
)
def test_a_form_of_another_site_is_refused(quiet: Desk, headers: dict[str, str]):
    answer = quiet.post("/complain", {"do": "send"}, **headers)

    assert answer.status_code == 403
    assert "another site" in text(answer.text)
    assert quiet.plaint.queries.counters("queue") == {}


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8000"}]
)
def test_a_form_of_this_site_is_read(quiet: Desk, headers: dict[str, str]):
    assert quiet.post("/complain", {"key": "a" * 32}, **headers).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"details=%ff", 400),
        (b"details=\xff", 400),
        (b"&".join(b"a%d=1" % n for n in range(200)), 400),
        (b"key=short", 400),
        (b"details=" + b"a" * 1_000_001, 413),
        (b"details=" + b"a" * 2_000_000, 413),
    ],
)
def test_a_form_that_cannot_be_read_is_a_page_too(quiet: Desk, body: bytes, status: int):
    answer = quiet.browser.post("/complain", content=body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/nothing", "/complaints/nothing", "/assets/nothing.css", "/assets/render.py"]
)
def test_what_is_not_there_is_a_page_for_a_browser(quiet: Desk, path: str):
    answer = quiet.page(path)

    assert answer.status_code == 404
    assert "There is no such page" in text(answer.text)


def test_the_api_answers_a_browser_with_a_problem(quiet: Desk):
    assert quiet.page("/v1/nothing").headers["content-type"] == "application/problem+json"


def test_a_failure_is_a_page_that_tells_nothing_of_it(quiet: Desk, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("anna@example.org")

    monkeypatch.setattr(quiet.plaint.queries, "reached", fail)
    answer = quiet.page("/")

    assert answer.status_code == 500
    assert "Something went wrong here" in text(answer.text)
    assert "anna" not in answer.text


def test_a_desk_that_is_no_demo_has_no_pages(world: World):
    assert world.get("/", {"Host": "127.0.0.1"}).status_code in {401, 404}
