"""What people do with the pages in a real browser, without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Open
from tests.http.filing import a_png

pytestmark = pytest.mark.browser

RATIO = """
() => {
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    const d = paint.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
    return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = element => { for (let e = element; e; e = e.parentElement) {
    const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > .99) return c; } return [255, 255, 255, 1]; };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest('svg, option, .hidden, .skip') || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${element.className} ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return poor;
}
"""


def fill(page: Page, *, email: str, details: str) -> None:
    page.locator("#account_email").fill(email)
    page.locator("#account_id").fill("AA12 N84G ABCD EFGH")
    page.locator("#full_name").fill("Anna Meyer")
    page.locator("#country").select_option("FR")
    page.locator("#category").select_option("withdrawal")
    page.locator("#details").fill(details)


def picture(name: str, colour: int) -> FilePayload:
    """Return a small picture as a person chooses it, under that *name*."""
    return {"name": name, "mimeType": "image/png", "buffer": a_png(colour)}


def send(page: Page, language: str = "en") -> str:
    """Send a complete complaint; return its reference."""
    page.goto(f"/complain?lang={language}")
    fill(page, email="anna@example.org", details="Not arrived.")
    page.locator("button[value=review]").click()
    page.locator("button[value=send]").click()
    return page.locator(".reference").inner_text()


def test_a_complaint_is_sent_after_a_mistake_and_found_on_the_desk(page_of: Open):
    page = page_of()
    page.goto("/")
    page.get_by_role("link", name="New complaint").click()
    expect(page.get_by_role("heading", name="Only for complaints")).to_be_visible()

    fill(page, email="anna", details="The withdrawal of 0.8 BTC\nhas not arrived.")
    page.locator("#occurred_at").fill("2026-05")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing you wrote is lost")
    expect(page.locator("#account_email-error")).to_have_text(
        "Enter an e-mail address such as name@example.org."
    )
    expect(page.locator("#details")).to_have_value("The withdrawal of 0.8 BTC\nhas not arrived.")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page).to_have_url(re.compile("#account_email$"))

    page.locator("#account_email").fill("anna@example.org")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="Review before sending")).to_be_visible()
    expect(page.locator("main")).to_contain_text("The withdrawal of 0.8 BTC")
    expect(page.locator("main")).to_contain_text("2026-05")
    page.get_by_role("button", name="Change it").click()
    expect(page.locator("#full_name")).to_have_value("Anna Meyer")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send the complaint").click()

    expect(page.get_by_role("heading", name="Your complaint is with us")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Within 2 business days")
    reference = page.locator(".reference").inner_text()
    page.reload()
    expect(page.locator(".reference")).to_have_text(reference)

    page.get_by_role("link", name="See it on the desk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(reference)
    expect(page.get_by_role("heading", name="Decision (MiCA)")).to_be_visible()
    page.get_by_text("Why then?").first.click()
    expect(page.locator(".clock details[open]").first).to_contain_text("counted from the day after")

    page.goto("/queue")
    page.locator("#f-category").select_option("withdrawal")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("category=withdrawal"))
    expect(page.get_by_role("link", name=reference)).to_have_count(1)


def test_a_complaint_is_sent_in_french(page_of: Open):
    page = page_of(locale="fr-FR", width=390)
    page.goto("/complain")
    expect(page.get_by_role("heading", level=1)).to_have_text("Déposer une réclamation")

    page.get_by_role("button", name="Vérifier").click()
    expect(page.get_by_role("alert")).to_contain_text("rien de ce que vous avez écrit n’est perdu")
    fill(page, email="anna@example.org", details="Le retrait n’est pas arrivé.")
    page.locator("#occurred_at").fill("22/05/2026 à 14h30")
    page.get_by_role("button", name="Vérifier").click()
    expect(page.locator("main")).to_contain_text("Pays de résidence")
    page.get_by_role("button", name="Envoyer la réclamation").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Nous avons reçu votre réclamation")
    expect(page.locator("main")).to_contain_text("Sous 2 jours ouvrés")
    page.get_by_role("link", name="La voir au service").click()
    expect(page.locator("main")).to_contain_text("2026-05-22 14:30")


def test_who_has_sent_a_complaint_follows_it_by_a_link_and_sees_no_desk(page_of: Open):
    page = page_of(signed_in=False)
    reference = send(page)
    page.get_by_role("link", name="Open it").click()

    expect(page).to_have_url(re.compile("/my/case$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(reference)
    expect(page.locator("main")).to_contain_text("We have received it.")
    expect(page.locator("main")).to_contain_text("Confirmation of receipt")
    expect(page.locator("main")).to_contain_text("Not arrived.")
    files = page.get_by_role("region", name="Your files")
    files.get_by_label("Add files").set_input_files(
        [
            picture("receipt.png", 1),
            picture("second.png", 2),
            {**picture("notes.txt", 3), "buffer": b"Call me."},
        ]
    )
    files.get_by_role("button", name="Send the files").click()
    expect(files.get_by_role("alert")).to_contain_text("notes.txt: Only JPEG, PNG and PDF files are taken")
    expect(files.get_by_role("listitem").filter(has_text="receipt.png")).to_contain_text("Being checked")
    page.get_by_role("link", name="Français").click()
    expect(page.locator("main")).to_contain_text("Nous l’avons reçue.")
    files = page.get_by_role("region", name="Vos fichiers")
    files.get_by_label("Ajouter des fichiers").set_input_files([picture("third.png", 3)])
    files.get_by_role("button", name="Envoyer les fichiers").click()
    expect(page).to_have_url(re.compile(r"/my/case\?lang=fr#files$"))
    expect(files.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Fermer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("La page est fermée")
    page.goto(f"/complaints/{reference}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")


def test_signing_in_leads_on_and_signing_out_leads_out(page_of: Open):
    page = page_of(signed_in=False)
    page.goto("/queue?kind=complaint")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
    page.get_by_label("Token", exact=True).fill("plaint_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("opens nothing")
    page.get_by_role("button", name="Continue as the demo").click()
    expect(page).to_have_url(re.compile(r"/queue\?kind=complaint$"))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")


def test_two_clicks_send_one_complaint(page_of: Open):
    page = page_of()
    page.goto("/complain?lang=en")
    fill(page, email="anna@example.org", details="Twice.")
    page.locator("#category").select_option("staking")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send the complaint").dblclick()
    reference = page.locator(".reference").inner_text()
    page.get_by_role("link", name="See it on the desk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(reference)
    page.goto("/queue?category=staking")

    expect(page.locator(".cases tbody tr")).to_have_count(1)
    expect(page.locator(".cases tbody tr")).to_contain_text(reference)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_legible_and_fits(page_of: Open, width: int, dark: bool):
    page = page_of(script=True, width=width, dark=dark)
    reference = send(page)
    page.wait_for_load_state()  # a page that came by a form is there before its colours are
    assert page.evaluate(RATIO) == [], "sent"
    page.get_by_role("link", name="Open it").click()
    pages = [
        *("/", "/queue", f"/complaints/{reference}", "/complain?lang=en", "/complain?lang=fr"),
        *("/my/case?lang=en", "/my/case?lang=fr", "/my/nothing", "/complaints/nothing", "/sign-in"),
    ]

    for path in pages:
        if path == "/sign-in":
            page.goto("/")
            page.get_by_role("button", name="Sign out").click()
            # Whoever goes elsewhere before the page is left may be taken back by it.
            expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the desk")
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate(RATIO) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page_of: Open):
    page = page_of(script=True)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reached: set[str] = set()
    for _ in range(9):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "() => { const e = document.activeElement; return [e.getAttribute('href'), getComputedStyle(e).outlineStyle] }"
        )
        assert shown[1] == "solid"
        reached.add(shown[0])

    assert {"/", "/queue", "/complain", "/queue?overdue=true", "/queue?open=true"} <= reached
