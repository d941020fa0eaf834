"""The page behind a link: the complainant's own files, more of them, and what they are given."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from adapters.files.ports import StoreFull
from adapters.http.mistakes import Mistake
from adapters.http.pages import mine_files
from adapters.http.problems import Kind, Problem
from adapters.vault.errors import VaultAway
from domain import commands as c
from domain.access import Role
from domain.complaint.redress import RedressWish
from domain.errors import DomainError, PersonalDataErased
from domain.sensitive import Kind as Sensitive
from domain.sensitive import SensitiveValue, Spot
from domain.tongues import Language
from tests.http.filing import a_png, put_file
from tests.http.pages.conftest import Desk, part, text

MARK = re.compile(r'name="mark" value="([0-9a-f]{64})"')
PICTURE = ("receipt.png", a_png(1), "image/png")
TEXT = ("notes.txt", b"Call me.", "text/plain")


def guest(desk: Desk, id: str) -> TestClient:
    """Return the browser of whoever came in by the link of the case."""
    made = desk.client.post(f"/v1/complaints/{id}/links", headers=desk.token(Role.HANDLER)).json()
    desk.settle()
    browser = desk.another_browser()
    browser.get("/my/" + made["url"].rpartition("/")[2])
    return browser


def section(page: Response, name: str) -> str:
    return text(part(page.text, "section", f'aria-labelledby="{name}"'))


def send(desk: Desk, who: TestClient, *files: tuple[str, bytes, str], **fields: str) -> Response:
    """Fill in the form for files as a browser does, without a script."""
    (mark,) = set(MARK.findall(who.get("/my/case").text))
    sent: list[Any] = [("file", each) for each in files]
    address = "/my/case/files" + (f"?lang={fields.pop('lang')}" if "lang" in fields else "")
    answer = who.post(address, data={"mark": mark} | fields, files=sent, follow_redirects=False)
    desk.settle()
    return answer


def chosen_nothing(who: TestClient) -> Response:
    """Send the form as a browser does when nobody chose a file (HTML Standard, form submission)."""
    (mark,) = set(MARK.findall(who.get("/my/case").text))
    fields = f'--b\r\nContent-Disposition: form-data; name="mark"\r\n\r\n{mark}\r\n'
    nothing = '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return who.post("/my/case/files", content=(fields + nothing).encode(), headers=headers)


def test_a_complainant_adds_a_file_follows_it_and_gets_it_back(desk: Desk):
    id = desk.received(language="fr", country="FR")
    who = guest(desk, id)
    assert "Il n’y a pas encore de fichiers." in section(who.get("/my/case"), "files")

    sent = send(desk, who, PICTURE, lang="fr")
    assert (sent.status_code, sent.headers["location"]) == (303, "/my/case?lang=fr#files")
    size = len(a_png(1))
    waiting = section(who.get("/my/case"), "files")
    assert f"receipt.png En cours de vérification {size} octets, reçu le 22 mai 2026" in waiting

    desk.plaint.attachments.workers[0].round()
    desk.settle()
    page = who.get("/my/case?lang=en")
    assert f"receipt.png Accepted {size} bytes, received on 22 May 2026" in section(page, "files")
    (address,) = re.findall(r'<a href="(/my/case/files/[^"]+)" download>', page.text)
    got = who.get(address)
    assert (got.status_code, got.content) == (200, a_png(1))
    assert got.headers["content-disposition"].startswith('attachment; filename="receipt.png"')
    assert desk.another_browser().get(address).status_code == 410


def test_each_file_that_is_not_taken_is_named_with_the_reason_and_the_rest_is_kept(desk: Desk):
    who = guest(desk, desk.received())

    some = send(desk, who, PICTURE, TEXT, lang="fr")
    none = send(desk, who, TEXT)
    empty = chosen_nothing(who)

    assert some.status_code == 200
    assert "notes.txt: Seuls les fichiers JPEG, PNG et PDF sont acceptés" in section(some, "files")
    assert "Ce qui n’est pas nommé ici a été conservé. receipt.png En cours" in section(some, "files")
    assert none.status_code == 422
    assert "notes.txt: Only JPEG, PNG and PDF files are taken" in section(none, "files")
    assert "Nothing of it was kept." in section(none, "files")
    assert empty.status_code == 422
    assert "Choose at least one file." in section(empty, "files")


def test_a_file_that_is_refused_later_says_why_and_what_is_internal_is_not_there(desk: Desk):
    id = desk.received()
    who = guest(desk, id)
    send(desk, who, ("cut.png", a_png(3)[:-20], "image/png"))
    put_file(desk, UUID(id), "memo", visibility="internal")
    ours = put_file(desk, UUID(id), "answer")
    desk.plaint.attachments.workers[0].round()
    desk.settle()

    told = section(who.get("/my/case"), "files")

    assert "cut.png Refused" in told
    assert "The file is damaged or incomplete; save it anew and send it again." in told
    assert "memo" not in told
    assert "answer.png Accepted" in told
    assert who.get(f"/my/case/files/{ours}").content == a_png(len("answer"))
    memo = re.findall(r"/my/case/files/([0-9a-f-]{36})", who.get("/my/case").text)
    assert memo == [str(ours)]


def test_a_form_of_another_session_or_site_adds_nothing(desk: Desk):
    id = desk.received()
    who = guest(desk, id)

    foreign = send(desk, who, PICTURE, mark="0" * 64)
    elsewhere = who.post("/my/case/files", files={"file": PICTURE}, headers={"Sec-Fetch-Site": "cross-site"})
    nobody = desk.another_browser().post("/my/case/files", files={"file": PICTURE})

    assert [each.status_code for each in (foreign, elsewhere, nobody)] == [403, 403, 410]
    assert not [e for e in desk.plaint.store.history(UUID(id)) if e.TOPIC.startswith("attachment.")]
    assert not [each for each in (desk.settings.data / "files").rglob("*") if each.is_file()]


def test_while_the_files_are_away_the_pages_say_so_and_show_all_else(desk: Desk):
    """A disk that is gone: nothing is half kept, and nobody is told of an error of ours."""
    id = desk.received()
    kept, who = put_file(desk, UUID(id), "answer"), guest(desk, id)
    folder = desk.settings.data / "files"
    folder.rename(desk.settings.data / "elsewhere")

    page = who.get("/my/case?lang=fr")
    theirs = who.get(f"/my/case/files/{kept}?lang=fr")
    desks = desk.page(f"/complaints/{id}/files/{kept}")
    sent = send(desk, who, PICTURE, lang="fr")
    api = desk.get(f"/v1/complaints/{id}/attachments/{kept}/content", desk.token(Role.HANDLER))

    assert page.status_code == 200
    assert "answer.png Accepté" in section(page, "files")
    assert [each.status_code for each in (theirs, desks, sent, api)] == [503, 503, 503, 503]
    assert "Les fichiers ne peuvent être ni ouverts ni reçus" in text(theirs.text)
    assert "Files cannot be reached now; all else can." in text(desks.text)
    assert "Les fichiers ne peuvent être ni ouverts ni reçus" in section(sent, "files")
    assert not folder.exists()
    assert list((desk.settings.data / "passing").iterdir()) == []


def test_a_full_disk_is_told_to_who_sends_a_file(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    who = guest(desk, desk.received())

    def full(_chunks: object) -> str:
        raise StoreFull("There is no room.")

    monkeypatch.setattr(desk.plaint.attachments.files.store, "put", full)

    sent = send(desk, who, PICTURE)

    assert sent.status_code == 507
    assert "There is no room for files now" in section(sent, "files")


def test_what_is_given_is_told_once_it_is_decided_with_what_became_of_it(desk: Desk):
    """What is only proposed is told to nobody outside."""
    id = UUID(desk.received())
    who = guest(desk, str(id))
    money = RedressWish(kind="money", amount="12.50", currency="EUR", description="The second fee.")
    coin = RedressWish(
        kind="crypto_asset",
        head="interest",
        amount="0.25",
        asset="ETH",
        value="500",
        currency="EUR",
        valued_at=datetime(2026, 5, 22, 10, tzinfo=UTC),
    )
    proposed = c.ProposeResolution(outcome="upheld", reasons="It was.", redress=(money, coin))
    desk.act(id, c.Investigate())
    desk.act(id, proposed, actor="h-1")
    assert "redress" not in who.get("/my/case").text

    desk.act(id, c.ApproveResolution(), actor="h-2")
    desk.act(id, c.Resolve(outcome="upheld", reasons="It was."))
    desk.act(id, c.PayRedress(redress=1, reference="SEPA 4711"))

    assert section(who.get("/my/case?lang=en"), "redress") == (
        "What we give you Money, what you lost 12.50 EUR The second fee. "
        "Paid on 22 May 2026, reference SEPA 4711. "
        "Crypto-asset, interest 0.25 ETH, worth 500 EUR Not paid yet."
    )
    assert "12,50 EUR" in section(who.get("/my/case?lang=fr"), "redress")
    assert "Versé le 22 mai 2026, référence SEPA 4711." in section(who.get("/my/case?lang=fr"), "redress")


@pytest.mark.parametrize(
    ("error", "language", "told"),
    [
        (VaultAway("locked"), "en", (503, "Your files cannot be taken now.")),
        (VaultAway("locked"), "fr", (503, "Vos fichiers ne peuvent pas être reçus pour l’instant.")),
        (PersonalDataErased(), "fr", (409, "Les données personnelles")),
        (
            SensitiveValue([Spot("/files/0/name", Sensitive.CARD_NUMBER)]),
            "fr",
            (422, "Retirez le numéro de carte"),
        ),
        (Problem(Kind.TOO_MANY_REQUESTS), "fr", (429, "Attendez")),
        (
            Problem(Kind.RULE, errors=[Mistake(pointer="/files", detail="All are here.", type="case_full")]),
            "fr",
            (422, "Le dossier ne peut plus contenir de fichiers"),
        ),
    ],
)
def test_whatever_keeps_files_from_being_taken_is_told_in_the_language_of_the_page(
    error: Problem | DomainError | VaultAway, language: Language, told: tuple[int, str]
):
    refused = mine_files.refused_for(error, language)

    assert (refused.status, refused.rest) == (told[0], False)
    assert refused.reasons[0].startswith(told[1])
