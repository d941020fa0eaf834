"""Templates never ask for a secret: such a text is refused when it is loaded."""

import re
from pathlib import Path

import pytest

import domain.policies
from adapters.forms import shared, shipped_texts
from domain.forms import FormError, parse
from domain.forms.loading import SHARED
from domain.policies.reading import PolicyError
from domain.policies.reading import parse as read_policy
from domain.sensitive.wording import asks_for_a_secret

FORM = """
id = "small"
version = "1"
team = "support"
category = "other"
languages = ["en"]
title.en = "Small"
[[afterwards]]
en = "We answer."
[[steps]]
id = "only"
title.en = "Only"
fields = ["subject"]
[fields.subject]
kind = "line"
label.en = "Subject"
help.en = "In a word."
"""


@pytest.mark.parametrize(
    "text",
    [
        "Enter your password.",
        "Please type in the 2FA code",
        "What is your recovery phrase?",
        "Send us the private key of the wallet.",
        "First, give your full card number and the date.",
        "Confirm your tax number.",
        "Saisissez votre mot de passe.",
        "Indiquez-nous le code de vérification",
        "Veuillez saisir votre phrase de récupération.",
        "Quel est votre numéro fiscal ?",
        "Donnez le numéro de votre carte.",
        "Communiquez la clé privée.",
    ],
)
def test_a_text_that_asks_for_a_secret_is_known(text: str):
    assert asks_for_a_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "Password",
        "Your password:",
        "Seed phrase (12 words)",
        "Mot de passe actuel",
        "Numéro de carte",
        "Tax number",
    ],
)
def test_a_label_that_names_a_secret_asks_for_it(text: str):
    assert asks_for_a_secret(text, label=True)


@pytest.mark.parametrize(
    "text",
    [
        "We never ask for a password. Do not write them here.",
        "Never send your recovery phrase to anybody.",
        "N’écrivez jamais votre mot de passe ici.",
        "Tell us what happened when you reset your password.",
        "Password reset problem",
        "Change your password now.",
        "Did you keep the set-up key or a backup code?",
        "Enter the password reset date.",
        "Tax number update",
        "Indiquez la date de réinitialisation du mot de passe.",
        "Ne communiquez le code à personne.",
        "Numéro de carte d’identité",
    ],
)
def test_talking_about_secrets_is_no_asking(text: str):
    assert not asks_for_a_secret(text, label=True)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('label.en = "Password"', "fields.subject.label"),
        ('help.en = "Give your seed phrase."', "fields.subject.help"),
        ('en = "Send us your 2FA code."', "afterwards[1]"),
        ('title.en = "Enter your PIN"', "title"),
    ],
)
def test_a_form_that_asks_for_a_secret_is_refused_with_the_place(line: str, place: str):
    key = line.partition(" = ")[0]
    text = re.sub(rf"^{re.escape(key)} = .*$", line, FORM, count=1, flags=re.MULTILINE)

    with pytest.raises(FormError, match=re.escape(place) + ".*asks for a secret"):
        parse(text, "small.toml", shared())


def test_every_form_that_ships_asks_for_none():
    common = shared()

    assert {parse(text, id, common).id for id, text in shipped_texts().items() if id != SHARED}


def test_a_policy_that_asks_for_a_secret_is_refused_with_the_place():
    text = (Path(domain.policies.__file__).parent / "house.toml").read_text("utf-8")
    asking = re.sub(r"^source = .*$", 'source = "Give your private key."', text, count=1, flags=re.MULTILINE)

    with pytest.raises(PolicyError, match=r"mine\.toml, line \d+: source: no text may ask for a secret\."):
        read_policy(asking, "mine.toml")


def test_a_policy_that_was_recorded_before_texts_were_looked_at_does_not_stop_the_desk():
    """It is refused when somebody loads it, not whenever the log is read."""
    text = (Path(domain.policies.__file__).parent / "house.toml").read_text("utf-8")
    asking = re.sub(r"^source = .*$", 'source = "Give your private key."', text, count=1, flags=re.MULTILINE)

    assert read_policy(asking, "house@1", recorded=True).source == "Give your private key."
