"""Tokens that an attacker would send: each is refused, and none leads us anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from adapters.identity import provider as patience
from domain.access import Role
from tests.http.issuer import EC, ED, OTHER_RSA, PEM, RSA, Issuer, b64, issuing, public, signature, written
from tests.http.world import START, World, problem

AUDIENCE = "plaint-api"
NOW = int(START.timestamp())
RS = {"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}
GOOD: dict[str, tuple[str, Any]] = {
    "RS256": ("rsa", RSA),
    "PS256": ("rsa", RSA),
    "ES256": ("ec", EC),
    "EdDSA": ("ed", ED),
}
Attack = Callable[[Issuer], str]


@pytest.fixture(scope="module")
def issuer() -> Generator[Issuer]:
    with issuing() as running:
        yield running


@pytest.fixture(scope="module")
def desk(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    made = World(
        tmp_path_factory.mktemp("jwt"),
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        oidc_client_id="console",
        oidc_roles='{"desk": "handler", "leads": "supervisor"}',
    )
    yield made
    made.close()


def claims(issuer: Issuer, **more: Any) -> dict[str, Any]:
    """Return what a good token says, changed by *more*; None takes a claim away."""
    said = {
        "iss": issuer.url,
        "aud": AUDIENCE,
        "sub": "7",
        "exp": NOW + 300,
        "roles": ["desk"],
        "teams": ["complaints"],
    }
    return {name: value for name, value in (said | more).items() if value is not None}


def ask(desk: World, token: str) -> Any:
    return desk.get("/v1/complaints", {"Authorization": f"Bearer {token}"})


def said(**more: Any) -> Attack:
    """An attack by what the claims say."""
    return lambda issuer: written(RS, claims(issuer, **more), RSA)


def headed(key: Any = RSA, alg: str | None = None, **more: Any) -> Attack:
    """An attack by what the header says; None takes a part away."""

    def token(issuer: Issuer) -> str:
        header = {name: value for name, value in (RS | more).items() if value is not None}
        return written(header, claims(issuer), key, alg)

    return token


def led_to(name: str) -> Attack:
    """A token that brings the address of its own key, on a server that counts who comes."""
    return lambda issuer: headed(OTHER_RSA, kid=None, **{name: f"{issuer.url}/evil"})(issuer)


def twice(issuer: Issuer) -> str:
    body = json.dumps(claims(issuer))
    return written(RS, body[:-1] + ', "roles": ["leads"]}', RSA)


def header_twice(issuer: Issuer) -> str:
    return written('{"alg": "RS256", "alg": "RS256", "kid": "rsa", "typ": "at+jwt"}', claims(issuer), RSA)


def stripped(issuer: Issuer) -> str:
    return written(RS, claims(issuer), RSA).rpartition(".")[0] + "."


def altered(issuer: Issuer) -> str:
    head, _, mark = written(RS, claims(issuer), RSA).split(".")
    return f"{head}.{b64(json.dumps(claims(issuer, roles=['leads'])).encode())}.{mark}"


def raw(said: bytes) -> str:
    """Return a token whose claims are these bytes, well signed."""
    signed = f"{b64(json.dumps(RS).encode())}.{b64(said)}"
    return f"{signed}.{b64(signature('RS256', RSA, signed.encode()))}"


ATTACKS: dict[str, Attack] = {
    "no signature": headed(alg="none"),
    "algorithm none": headed(alg="none"),
    "algorithm None in capitals": lambda i: written(RS | {"alg": "NONE"}, claims(i), RSA, "RS256"),
    "public key as a shared secret": lambda i: written(RS | {"alg": "HS256"}, claims(i), PEM),
    "its name as a shared secret": lambda i: written(RS | {"alg": "HS256", "kid": ""}, claims(i), b""),
    "longer hash": lambda i: written(RS | {"alg": "RS512"}, claims(i), RSA, "RS256"),
    "key of another kind": lambda i: written(RS | {"alg": "ES256"}, claims(i), EC),
    "another's key under the name": headed(OTHER_RSA),
    "signature taken off": stripped,
    "claims altered": altered,
    "another audience": said(aud="other-api"),
    "no audience": said(aud=None),
    "audience that holds ours": said(aud=f"{AUDIENCE}-2"),
    "audience that is no text": said(aud={"0": AUDIENCE}),
    "another issuer": said(iss="https://elsewhere.example"),
    "issuer with a slash more": lambda i: written(RS, claims(i, iss=f"{i.url}/"), RSA),
    "no issuer": said(iss=None),
    "expired": said(exp=NOW - 31),
    "no expiry": said(exp=None),
    "expiry that is text": said(exp=str(NOW + 300)),
    "expiry that is true": said(exp=True),
    "expiry beyond numbers": lambda i: written(
        RS, json.dumps(claims(i)).replace(str(NOW + 300), "1e999"), RSA
    ),
    "not valid yet": said(nbf=NOW + 60),
    "made in the future": said(iat=NOW + 60),
    "of another type": headed(typ="dpop+jwt"),
    "of no type": headed(typ=None),
    "type that is no text": headed(typ=["at+jwt"]),
    "key name that is a path": headed(kid="../../../../etc/passwd"),
    "key name that is a query": headed(kid="x' UNION SELECT 'rsa"),
    "key name without end": headed(kid="k" * 5_000),
    "key name that is no text": headed(kid=7),
    "address of keys": led_to("jku"),
    "address of a certificate": led_to("x5u"),
    "key of its own": headed(OTHER_RSA, kid="mine", jwk=public(OTHER_RSA, "mine")),
    "certificate of its own": headed(OTHER_RSA, kid="mine", x5c=["AAAA"]),
    "header of ten kilobytes": lambda i: written(RS | {"pad": "a" * 10_000}, claims(i), RSA),
    "claims of ten kilobytes": said(pad="a" * 10_000),
    "claim twice": twice,
    "header twice": header_twice,
    "empty subject": said(sub=""),
    "blank subject": said(sub="  "),
    "no subject": said(sub=None),
    "subject that is no text": said(sub=7),
    "critical extension": headed(crit=["exp"], exp=NOW + 300),
    "unencoded payload": headed(b64=False, crit=["b64"]),
    "proof of sign-in": said(nonce="n"),
    "proof of sign-in by its hash": said(at_hash="h"),
    "proof of sign-in of the console": said(aud="console"),
    "claims that are a list": lambda i: written(RS, "[]", RSA),
    "claims that are no JSON": lambda i: written(RS, "{", RSA),
    "claims too deep": lambda i: written(RS, "[" * 5_000, RSA),
    "claims that are not UTF-8": lambda i: raw(json.dumps(claims(i)).encode("utf-16")),
    "claims that are not Unicode": lambda _i: raw(b'{"sub": "\xff"}'),
    "not base64": lambda _i: "a.b.c",
    "encrypted": lambda _i: "a.b.c.d.e",
    "two dots": lambda _i: "..",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_and_leads_nowhere(
    desk: World, issuer: Issuer, name: str, monkeypatch: pytest.MonkeyPatch
):
    """401 with `invalid_token`; only the provider's own two addresses are ever asked."""
    monkeypatch.setattr(patience, "INTERVAL", 0.0)
    token = ATTACKS[name](issuer)

    answer = ask(desk, token)

    problem(answer, "unauthenticated", 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="plaint", error="invalid_token"'
    assert issuer.asked.keys() <= {"/.well-known/openid-configuration", "/keys"}
    assert token[:40] not in answer.text


def test_a_token_of_a_megabyte_is_no_request(desk: World, issuer: Issuer):
    before = issuer.asked.total()

    answer = ask(desk, written(RS | {"pad": "a" * (1 << 20)}, claims(issuer), RSA))

    problem(answer, "headers-too-large", 431)
    assert issuer.asked.total() == before


@pytest.mark.parametrize("alg", GOOD)
@pytest.mark.parametrize("typ", ["at+jwt", "JWT", "application/at+jwt"])
def test_a_good_token_is_let_in(desk: World, issuer: Issuer, alg: str, typ: str):
    """The same token without the attack: the table refuses for the reason it names."""
    kid, key = GOOD[alg]
    token = written({"alg": alg, "kid": kid, "typ": typ}, claims(issuer), key)

    assert ask(desk, token).status_code == 200


def test_a_clock_that_differs_a_little_is_forgiven(desk: World, issuer: Issuer):
    assert ask(desk, said(exp=NOW - 29, nbf=NOW + 29)(issuer)).status_code == 200


def test_a_token_without_a_key_name_fits_when_there_is_one_key_for_it(desk: World, issuer: Issuer):
    assert ask(desk, headed(kid=None)(issuer)).status_code == 200


def test_tokens_cannot_make_us_ask_the_provider_again_and_again(tmp_path: Path):
    """A name that nobody knows is looked for once, then not again for a while."""
    with issuing() as issuer:
        desk = a_desk(tmp_path, issuer)
        for attempt in range(20):
            assert ask(desk, headed(kid=f"unknown-{attempt}")(issuer)).status_code == 401
        desk.close()

    assert issuer.asked["/keys"] == 2


def test_a_provider_that_is_away_stops_only_what_it_alone_can_check(tmp_path: Path):
    """503 with Retry-After for its tokens; API tokens go on; known keys go on; the provider is not pressed."""
    with issuing() as issuer:
        issuer.silent = True
        desk = a_desk(tmp_path, issuer)
        handler = desk.token(Role.HANDLER)
        for _ in range(5):
            away = ask(desk, said()(issuer))
            problem(away, "identity-away", 503)
            assert away.headers["retry-after"] == "5"
        assert issuer.asked.total() == 1
        assert desk.get("/v1/complaints", handler).status_code == 200

        issuer.silent = False
        assert desk.plaint.identity is not None
        desk.plaint.identity.provider._failed = None
        assert ask(desk, said()(issuer)).status_code == 200
        issuer.silent = True
        assert ask(desk, said()(issuer)).status_code == 200
        assert ask(desk, headed(kid="newer")(issuer)).status_code == 503
        desk.close()


def test_a_key_that_the_provider_drops_opens_nothing_once_the_keys_are_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with issuing() as issuer:
        desk = a_desk(tmp_path, issuer)
        assert ask(desk, said()(issuer)).status_code == 200
        issuer.keys = [public(EC, "ec")]
        assert ask(desk, said()(issuer)).status_code == 200
        monkeypatch.setattr(patience, "FRESH", 0.0)
        assert ask(desk, said()(issuer)).status_code == 401
        desk.close()


def test_a_provider_that_calls_itself_otherwise_is_not_believed(tmp_path: Path):
    with issuing() as issuer:
        desk = a_desk(tmp_path, issuer, oidc_issuer=f"{issuer.url}/")
        problem(ask(desk, written(RS, claims(issuer, iss=f"{issuer.url}/"), RSA)), "identity-away", 503)
        desk.close()


def test_without_a_provider_a_signed_token_opens_nothing(tmp_path: Path):
    world = World(tmp_path)
    with issuing() as issuer:
        problem(ask(world, said()(issuer)), "unauthenticated", 401)
    world.close()


def test_entities_that_a_token_must_name_are_not_every_entity_when_it_names_none(tmp_path: Path):
    """No entity would read as all of them: a claim that is wanted and absent lets nobody in."""
    with issuing() as issuer:
        desk = a_desk(tmp_path, issuer, oidc_entities_claim="firm.entities")
        problem(ask(desk, said()(issuer)), "forbidden", 403)
        problem(ask(desk, said(firm={"entities": []})(issuer)), "forbidden", 403)
        assert desk.plaint.identity is not None
        who = desk.plaint.identity.bearer(said(firm={"entities": ["main"]})(issuer))
        desk.close()

    assert who.legal_entities == ("main",)


def test_teams_that_cannot_be_are_passed_over_and_the_first_role_of_the_setting_counts(
    desk: World, issuer: Issuer
):
    assert desk.plaint.identity is not None
    who = desk.plaint.identity.bearer(
        said(roles=["leads", "desk"], teams=["Complaints!", "payments", 7])(issuer)
    )

    assert (who.role, who.teams) == (Role.HANDLER, ("payments",))


def a_desk(folder: Path, issuer: Issuer, **settings: Any) -> World:
    """A desk that knows *issuer*."""
    known: dict[str, Any] = {
        "oidc_issuer": issuer.url,
        "oidc_audience": AUDIENCE,
        "oidc_roles": "desk=handler",
    }
    return World(folder, **(known | settings))
