"""Signing in to the console: by an API token, or at the identity provider; sessions, forms and where they lead."""

from __future__ import annotations

import re
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from adapters.eventstore.tables import SESSIONS
from adapters.http.sessions import safe_next
from adapters.identity.identity import Attempt
from adapters.places import utc_now
from adapters.tokens import create, revoke
from domain.access import Role
from tests.http.world import World
from tests.identity.provider import Provider

HTML = {"Accept": "text/html"}
AT_HOME = "http://127.0.0.1:8000"
PUBLIC = "https://plaint.example"


def browser(world: World, base: str = AT_HOME) -> TestClient:
    """A browser that follows nothing by itself."""
    return TestClient(
        world.app,
        base_url=base,
        headers=HTML,
        client=("127.0.0.1", 50_000),
        follow_redirects=False,
        raise_server_exceptions=False,
    )


@pytest.fixture
def both(tmp_path: Path, desk_in_one_url: str) -> Generator[World]:
    """A desk with pages, on SQLite and then on PostgreSQL."""
    made = World(tmp_path, desk_in_one_url, pages=True)
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, fresh: Path) -> Generator[World]:
    """A desk with pages, on SQLite."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path, pages=True)
    yield made
    made.close()


@pytest.fixture
def public(tmp_path: Path, fresh: Path) -> Generator[World]:
    """A desk that people reach over https."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(tmp_path, pages=True, public_url=PUBLIC)
    yield made
    made.close()


def secret_of(world: World, role: Role = Role.SUPERVISOR, *teams: str) -> str:
    secret = create(world.plaint, role, teams=teams).secret
    world.settle()
    return secret


def sign_in(world: World, who: TestClient, role: Role = Role.SUPERVISOR, *teams: str) -> Response:
    return who.post("/sign-in", data={"token": secret_of(world, role, *teams)})


def mark(page: str) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]{64})"', page)
    assert found, "no form carries a mark"
    return found[1]


def sessions(world: World) -> int:
    with world.plaint.log_database.read() as connection:
        return len(connection.execute(select(SESSIONS.c.id)).all())


def lasting(world: World) -> timedelta:
    """Return how long the one session lasts at most."""
    with world.plaint.log_database.read() as connection:
        (row,) = connection.execute(select(SESSIONS.c.created_at, SESSIONS.c.expires_at)).all()
    return row.expires_at - row.created_at


def test_a_token_opens_the_desk_until_it_is_revoked(both: World):
    """The session holds the hash alone, and asks after the token each time."""
    who = browser(both)
    new = create(both.plaint, Role.SUPERVISOR)
    both.settle()
    there = who.get("/queue?kind=ticket")
    assert (there.status_code, there.headers["location"]) == (303, "/sign-in?next=/queue%3Fkind%3Dticket")

    begun = who.post("/sign-in", data={"token": f" {new.secret}\n", "next": "/queue?kind=ticket"})

    assert (begun.status_code, begun.headers["location"]) == (303, "/queue?kind=ticket")
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith("plaint=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert who.get("/queue").status_code == 200
    assert revoke(both.plaint, new.id)
    both.settle()
    assert who.get("/queue").status_code == 303
    with both.plaint.log_database.read() as connection:
        row = connection.execute(select(SESSIONS)).one()
    assert new.secret not in row.proof
    assert who.cookies["plaint"].encode() not in row.id


def test_over_https_the_cookie_is_bound_to_the_host(public: World):
    who = browser(public, PUBLIC)

    cookie = sign_in(public, who).headers["set-cookie"]

    assert cookie.startswith("__Host-plaint=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert who.get("/queue").status_code == 200


@pytest.mark.parametrize("token", ["", "plaint_wrong", "x" * 10_000])
def test_a_token_that_opens_nothing_begins_no_session(desk: World, token: str):
    who = browser(desk)
    refused = who.post("/sign-in", data={"token": token})

    assert refused.status_code == 401
    assert "opens nothing" in refused.text
    assert "set-cookie" not in refused.headers
    assert sessions(desk) == 0


def test_a_session_that_is_used_ends_after_twelve_hours_all_the_same(desk: World):
    who = browser(desk)
    sign_in(desk, who)
    for _ in range(14):
        desk.later(minutes=50)
        assert who.get("/queue").status_code == 200
    desk.later(minutes=20)

    assert who.get("/queue").status_code == 303


def test_a_session_that_is_not_used_ends_after_an_hour(both: World):
    who = browser(both)
    sign_in(both, who)
    both.later(minutes=59)
    assert who.get("/queue").status_code == 200
    both.later(minutes=60)

    assert who.get("/queue").status_code == 303
    sign_in(both, browser(both))
    assert sessions(both) == 1


def test_signing_out_ends_the_session_and_not_only_the_cookie(both: World):
    who = browser(both)
    sign_in(both, who)
    kept = who.cookies["plaint"]

    left = who.post("/sign-out", data={"mark": mark(who.get("/queue").text)})

    assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
    assert sessions(both) == 0
    assert (
        both.client.get("/queue", headers={"Cookie": f"plaint={kept}", "Host": "localhost"}).url.path
        == "/sign-in"
    )


@pytest.mark.parametrize("given", ["", "0" * 64, "another's"])
def test_a_form_without_the_mark_of_the_session_is_refused(desk: World, given: str):
    """Also one that carries the mark of another session."""
    who, other = browser(desk), browser(desk)
    sign_in(desk, who)
    sign_in(desk, other)
    if given == "another's":
        given = mark(other.get("/queue").text)

    refused = who.post("/sign-out", data={"mark": given})

    assert refused.status_code == 403
    assert sessions(desk) == 2


def test_a_session_begins_under_a_new_name(desk: World):
    """Who plants a cookie, or has seen one, does not come in with it."""
    who = browser(desk)
    who.cookies.set("plaint", "planted", domain="127.0.0.1")
    sign_in(desk, who)
    first = who.cookies["plaint"]
    who.post("/sign-in", data={"token": secret_of(desk)})

    assert len({"planted", first, who.cookies["plaint"]}) == 3
    assert sessions(desk) == 1


@pytest.mark.parametrize(
    "given",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "queue",
        "",
        "/sign-in?next=/sign-in",
        "/sign-out",
        "/\r\nSet-Cookie: a=b",
        "/é",
        "/" + "a" * 3_000,
        "http:///elsewhere.example",
        "///elsewhere.example",
    ],
)
def test_signing_in_leads_nowhere_else(given: str):
    assert safe_next(given) == "/"


@pytest.mark.parametrize(
    "given", ["/", "/queue", "/queue?kind=ticket&sort=-due", "/complaints/C-0123456789A#x"]
)
def test_signing_in_leads_on_to_the_page_that_was_asked_for(given: str):
    assert safe_next(given) == given


def test_the_pages_show_the_cases_of_who_is_signed_in(desk: World):
    """A handler of another team finds neither row nor case; an administrator reads no cases at all."""
    id = desk.received()
    handler, stranger, admin = browser(desk), browser(desk), browser(desk)
    sign_in(desk, handler, Role.HANDLER)
    sign_in(desk, stranger, Role.HANDLER, "payments")
    sign_in(desk, admin, Role.ADMIN)

    assert handler.get(f"/complaints/{id}").status_code == 200
    assert stranger.get(f"/complaints/{id}").status_code == 404
    assert "/complaints/C-" in handler.get("/queue").text
    assert "/complaints/C-" not in stranger.get("/queue").text
    assert admin.get("/queue").status_code == 403


def test_an_auditor_sees_the_case_and_nothing_of_the_person(desk: World):
    id = desk.received()
    auditor = browser(desk)
    sign_in(desk, auditor, Role.AUDITOR)

    page = auditor.get(f"/complaints/{id}")

    assert page.status_code == 200
    assert "withheld from your role" in page.text
    for personal in ("someone@example.org", "Someone Somewhere", "has not arrived"):
        assert personal not in page.text


def test_without_pages_of_a_demo_nobody_comes_in_with_one_click(desk: World):
    who = browser(desk)

    assert "Continue as the demo" not in who.get("/sign-in").text
    assert who.post("/sign-in", data={"do": "demo"}).status_code == 403


def test_the_api_knows_no_cookies(desk: World):
    """What a browser sends by itself changes nothing there."""
    who = browser(desk)
    sign_in(desk, who)

    assert who.get("/v1/complaints").status_code == 401


def test_pages_answer_under_the_public_name_and_no_other(public: World):
    public_browser = browser(public, PUBLIC)

    assert public_browser.get("/complain").status_code == 200
    assert public_browser.get("/complain", headers={"Host": "elsewhere.example"}).status_code == 403
    foreign = public_browser.post("/sign-in", data={}, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert public_browser.post("/sign-in", data={}, headers={"Origin": PUBLIC}).status_code == 401


@pytest.fixture
def with_provider(tmp_path: Path, fresh: Path, identity_provider: Provider) -> Generator[World]:
    """A desk whose people sign in at the provider, by the real time."""
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    made = World(
        tmp_path,
        pages=True,
        now=utc_now,
        oidc_issuer=identity_provider.issuer,
        oidc_audience="plaint-api",
        oidc_client_id="console",
        oidc_roles="desk=handler, leads=supervisor",
    )
    yield made
    made.close()


def at_provider(address: str) -> str:
    """Sign in at *address* as a person would; return where the provider sends the browser back."""
    import httpx2

    answer = httpx2.get(address, follow_redirects=False, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def test_people_sign_in_at_the_provider_with_a_code_and_its_proof(
    with_provider: World, identity_provider: Provider
):
    """Authorization code with PKCE, S256; the provider checks the verifier, we check state and nonce."""
    identity_provider.says({"roles": ["desk"], "teams": ["complaints"]})
    identity_provider.asked()
    who = browser(with_provider)
    asking = who.get("/sign-in?next=/queue%3Fkind%3Dticket")
    assert "API token" not in asking.text
    assert 'href="/sign-in/start?next=/queue%3Fkind%3Dticket"' in asking.text

    sent = who.get("/sign-in/start", params={"next": "/queue?kind=ticket"})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    back = at_provider(sent.headers["location"])
    begun = who.get(back)

    assert sent.headers["location"].startswith(f"{identity_provider.issuer}/authorize?")
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == (
        "code",
        "S256",
        "openid",
    )
    assert asked["redirect_uri"] == f"{AT_HOME}/sign-in/callback"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert (begun.status_code, begun.headers["location"]) == (303, "/queue?kind=ticket")
    assert who.get("/queue").status_code == 200
    assert "Handler" in who.get("/queue").text
    assert "johndoe" not in who.get("/queue").text
    # The provider is asked again after PLAINT_OIDC_SESSION_MINUTES, whoever was removed there meanwhile.
    assert "Max-Age=14400" in begun.headers["set-cookie"]
    assert lasting(with_provider) == timedelta(hours=4)
    (redeemed,) = identity_provider.asked()
    assert "code_verifier" in redeemed["fields"]
    assert who.get(back).status_code == 400, "an answer is taken once"


@pytest.mark.parametrize(
    ("claims", "status", "told"),
    [
        ({"roles": ["cook"]}, 403, "PLAINT_OIDC_ROLES"),
        ({"roles": ["desk"], "nonce": "other"}, 403, "another sign-in"),
        ({"roles": ["desk"], "aud": "other"}, 403, "another audience"),
        ({"roles": ["desk"], "aud": ["console", "other"]}, 403, "another client"),
        ({"roles": ["desk"], "azp": "other"}, 403, "another client"),
        ({"roles": ["desk"], "iss": "https://elsewhere.example"}, 403, "another issuer"),
        ({"roles": ["desk"], "exp": 1}, 403, "expired"),
        ({"roles": ["desk"], "sub": ""}, 403, "no subject"),
    ],
)
def test_a_proof_that_does_not_fit_begins_no_session(
    with_provider: World, identity_provider: Provider, claims: dict[str, Any], status: int, told: str
):
    identity_provider.says(claims)
    who = browser(with_provider)
    answer = who.get(at_provider(who.get("/sign-in/start").headers["location"]))

    assert answer.status_code == status
    assert told in answer.text
    assert sessions(with_provider) == 0


def test_an_answer_to_another_browsers_sign_in_is_refused(with_provider: World, identity_provider: Provider):
    """Nobody can be signed in as somebody else by a link (login CSRF)."""
    identity_provider.says({"roles": ["desk"]})
    attacker, victim = browser(with_provider), browser(with_provider)
    back = at_provider(attacker.get("/sign-in/start").headers["location"])
    victim.get("/sign-in/start")

    assert victim.get(back).status_code == 400
    assert browser(with_provider).get(back).status_code == 400
    assert sessions(with_provider) == 0


def test_nobody_makes_up_a_sign_in_for_a_browser(with_provider: World, identity_provider: Provider):
    """What the cookie of an attempt holds is signed, and so is where it leads."""
    identity_provider.says({"roles": ["desk"]})
    made_up, changed = browser(with_provider), browser(with_provider)
    secret = b"1" * 32
    forged = urlsafe_b64encode(secret + bytes(16)).decode()
    made_up.cookies.set("plaint-sign-in", f"{forged}.Lw", domain="127.0.0.1")
    begun = changed.get("/sign-in/start?next=/queue")
    signed = changed.cookies["plaint-sign-in"].partition(".")[0]
    changed.cookies.clear()
    changed.cookies.set("plaint-sign-in", f"{signed}.Lw", domain="127.0.0.1")

    answers = [
        made_up.get("/sign-in/callback", params={"code": "c", "state": Attempt(secret).state}),
        changed.get(at_provider(begun.headers["location"])),
    ]

    assert [each.status_code for each in answers] == [400, 400]
    assert sessions(with_provider) == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"code": "made-up"}, 403),
        ({"code": ""}, 403),
        ({"code": "c" * 5_000}, 403),
        ({"state": "made-up"}, 400),
        ({"iss": "https://elsewhere.example"}, 400),
        ({"error": "access_denied"}, 403),
    ],
)
def test_an_answer_that_was_changed_is_refused(
    with_provider: World, identity_provider: Provider, change: dict[str, str], status: int
):
    identity_provider.says({"roles": ["desk"]})
    who = browser(with_provider)
    back = urlsplit(at_provider(who.get("/sign-in/start").headers["location"]))
    query = {name: values[0] for name, values in parse_qs(back.query).items()} | change

    assert who.get(back.path, params=query).status_code == status
    assert sessions(with_provider) == 0


def test_where_people_sign_in_at_a_provider_no_token_opens_the_console(with_provider: World):
    who = browser(with_provider)

    assert who.post("/sign-in", data={"token": secret_of(with_provider)}).status_code == 403


def test_a_provider_that_is_away_is_told(tmp_path: Path, fresh: Path):
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    world = World(
        tmp_path,
        pages=True,
        oidc_issuer="http://127.0.0.1:9",
        oidc_audience="plaint-api",
        oidc_client_id="console",
        oidc_roles="desk=handler",
    )
    answer = browser(world).get("/sign-in/start")
    world.close()

    assert answer.status_code == 503
    assert "gives no answer" in answer.text


def test_a_secret_of_the_console_is_shown_to_the_provider_alone(tmp_path: Path, identity_provider: Provider):
    (tmp_path / "secret").write_text("s3 cret\n")
    world = World(
        tmp_path,
        pages=True,
        now=utc_now,
        oidc_issuer=identity_provider.issuer,
        oidc_audience="plaint-api",
        oidc_client_id="console",
        oidc_client_secret_file=tmp_path / "secret",
        oidc_roles="desk=handler",
    )
    identity_provider.says({"roles": ["desk"]})
    identity_provider.asked()
    who = browser(world)
    sent = who.get("/sign-in/start").headers["location"]
    begun = who.get(at_provider(sent))
    world.close()

    assert begun.status_code == 303
    assert "cret" not in sent
    (redeemed,) = identity_provider.asked()
    assert redeemed["authorization"] == "Basic Y29uc29sZTpzMyUyMGNyZXQ="
    assert "client_id" not in redeemed["fields"]
