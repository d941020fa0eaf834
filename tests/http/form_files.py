"""Forms of a firm's own, as its data directory has them."""

from pathlib import Path

from adapters.forms import form_of, shared, shared_of, shipped_texts
from domain.forms import template

RESET = """
id = "reset"
version = "1"
team = "support"
category = "account_access"
severity = "high"
languages = ["en", "fr"]
title = { en = "Reset", fr = "Réinitialisation" }
afterwards = [{ en = "Look into your mailbox.", fr = "Regardez votre boîte." }]
confirm_again = { hours = 12, text = { en = "You have just asked; wait, or confirm.", fr = "Patientez." } }

[[advice]]
id = "spam"
text = { en = "Look into the spam folder too.", fr = "Regardez aussi les indésirables." }

[[notices]]
id = "slow"
text = { en = "Slower than usual.", fr = "Plus lent que d’habitude." }
from = 2026-05-20
until = 2026-05-25
regions = ["US"]

[[steps]]
id = "one"
title = { en = "Account", fr = "Compte" }
fields = ["account_email", "subject", "description", "country", "device", "seen", "parent"]

[fields.account_email]
kind = "email"
required = true
label = { en = "Account", fr = "Compte" }

[fields.subject]
kind = "line"
required = true
label = { en = "Subject", fr = "Objet" }

[fields.description]
kind = "text"
label = { en = "Description", fr = "Description" }

[fields.country]
kind = "country"
label = { en = "Country", fr = "Pays" }

[fields.device]
kind = "line"
label = { en = "Device", fr = "Appareil" }

[fields.seen]
kind = "date"
label = { en = "When", fr = "Quand" }

[fields.parent]
kind = "parent"
label = { en = "Earlier request", fr = "Demande précédente" }

[[rules]]
id = "past"
rule = "not_in_future"
fields = ["seen"]
message = { en = "Give a day that has come.", fr = "Donnez un jour déjà venu." }
"""
CLOSE = """
id = "close_account"
version = "1"
team = "nowhere"
category = "account_closure"
languages = ["en"]
sign_in = true
title = { en = "Close" }

[[steps]]
id = "one"
title = { en = "Sure?" }
fields = ["sure"]

[fields.sure]
kind = "tick"
required = true
label = { en = "Sure" }
"""


def write(data: Path, **texts: str) -> None:
    """Write *texts* as the firm's own form files of that name."""
    folder = data / "forms"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")


def german(version: str = "1") -> dict[str, str]:
    """Return what says the form `RESET`, and what all forms share, in German."""
    said = _filled(template(shared(), "de"), "1").partition("[lists.countries]")[0]
    common = shipped_texts()["shared"]
    form = form_of(RESET, "reset.toml", common, (("de", said),))
    assert shared_of(common, said=(("de", said),)).version == "1"
    return {"shared.de": said, "reset.de": _filled(template(form, "de"), version)}


def _filled(text: str, version: str) -> str:
    return text.replace('""', '"Deutsch"').replace('version = "1"', f'version = "{version}"', 1)
