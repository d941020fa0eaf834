"""Secrets in free text: found in whatever sentence, and nothing else taken for one."""

from __future__ import annotations

import csv
import gzip
import re
import secrets
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.attachments.orders import Remove
from domain.sensitive import Kind, Spot, find, refused, spots
from domain.sensitive.detectors import DETECTORS, DIGIT, Detector
from domain.sensitive.keys import ALPHABET
from domain.sensitive.numbers import is_card, is_spi, luhn
from domain.sensitive.phrases import word_list
from domain.testing import an_id

WORDS = {name: word_list(name) for name in ("english", "french")}
SENTENCES = st.sampled_from(
    ["{}", "Hello, {}.", "Voici : {}\nMerci", "Please help me.\n{} please help", "({})", "« {} » ; merci"]
)


def found(text: str) -> list[tuple[str, str]]:
    """What is found in *text*, each kind with its piece of the text."""
    return [(each.kind.value, text[each.start : each.end]) for each in find(text)]


def phrase(entropy: bytes, words: tuple[str, ...]) -> list[str]:
    """Return the phrase of *entropy* as BIP-39 makes it."""
    checked = len(entropy) // 4
    whole = int.from_bytes(entropy) << checked | sha256(entropy).digest()[0] >> (8 - checked)
    count = (len(entropy) * 8 + checked) // 11
    return [words[whole >> 11 * (count - 1 - place) & 2047] for place in range(count)]


def base58check(payload: bytes) -> str:
    """Return *payload* in base58 with its checksum."""
    whole = payload + sha256(sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(whole), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + text


def with_check_digit(digits: str) -> str:
    """Return *digits* with the digit that makes them right by Luhn."""
    return next(digits + last for last in "0123456789" if luhn(digits + last))


ENTROPY = st.sampled_from([16, 20, 24, 28, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))


@given(
    ENTROPY,
    st.sampled_from(sorted(WORDS)),
    st.sampled_from([" ", "\n", ", ", "  ", " - ", "\t", "; "]),
    st.sampled_from([str.lower, str.upper, str.title]),
    SENTENCES,
)
def test_a_recovery_phrase_is_found_in_any_sentence(
    entropy: bytes, name: str, between: str, case: Callable[[str], str], sentence: str
):
    words = [case(word) for word in phrase(entropy, WORDS[name])]

    assert Kind.SEED_PHRASE in {each.kind for each in find(sentence.format(between.join(words)))}


@given(ENTROPY, st.sampled_from(["{}. {}\n", "{}) {} ", "word {}: {} ", "mot n°{} {}, ", "{}={};"]))
def test_a_recovery_phrase_is_found_with_its_words_numbered(entropy: bytes, shape: str):
    words = phrase(entropy, WORDS["english"])

    text = "".join(shape.format(number, word) for number, word in enumerate(words, start=1))

    assert {each.kind for each in find(text)} == {Kind.SEED_PHRASE}


def test_the_vectors_of_the_standard_are_found():
    """The first of the test vectors of BIP-39, for each length."""
    for text in (
        "abandon " * 11 + "about",
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
        "abandon " * 17 + "agent",
        "zoo " * 23 + "vote",
    ):
        assert found(text) == [("seed_phrase", text)]


def test_a_phrase_with_a_word_written_wrongly_is_found_where_it_is_announced():
    """Whoever tries a few words finds the right one; without announcement the checksum decides."""
    wrong = "legal winner thank year wave sausage worth useful legal winner thank zoo"

    assert found(f"my recovery phrase is {wrong}") == [("seed_phrase", wrong)]
    assert found(wrong) == []


def test_a_phrase_of_first_letters_is_found():
    """A plate of steel holds four letters of each word."""
    assert [kind for kind, _ in found("aban " * 11 + "abou")] == ["seed_phrase"]


@pytest.mark.parametrize("words", [11, 13])
def test_words_of_the_list_that_are_no_phrase_are_left(words: int):
    assert found("abandon " * words) == []


@given(
    st.sampled_from([0x80, 0xEF, 0xB0]),
    st.binary(min_size=32, max_size=32),
    st.booleans(),
    SENTENCES,
)
def test_a_key_exported_from_a_wallet_is_found(version: int, key: bytes, compressed: bool, sentence: str):
    text = base58check(bytes([version]) + key + (b"\1" if compressed else b""))

    assert ("private_key", text) in found(sentence.format(text))


@given(st.binary(min_size=74, max_size=74), st.sampled_from(["0488ade4", "04358394", "04b2430c"]))
def test_an_extended_private_key_is_found(key: bytes, version: str):
    text = base58check(bytes.fromhex(version) + key)

    assert found(f"This one: {text}.") == [("extended_key", text)]


@given(st.binary(min_size=74, max_size=74), st.integers(0, 3))
def test_an_extended_public_key_and_a_wrong_checksum_are_left(key: bytes, place: int):
    public = base58check(bytes.fromhex("0488b21e") + key)
    private = base58check(bytes.fromhex("0488ade4") + key)
    wrong = private[: 50 + place] + ("2" if private[50 + place] != "2" else "3") + private[51 + place :]

    assert found(public) == found(wrong) == []


@pytest.mark.parametrize(
    "said",
    [
        "my private key is {}",
        "ma clé privée : {}",
        "clef privée\n{}",
        "private_key={}",
        "secret: 0x{}",
        "{} is the key of my wallet",
        "PRIVATE KEY 0x{}",
    ],
)
def test_64_hexadecimal_digits_beside_the_word_are_a_private_key(said: str):
    key = sha256(b"key").hexdigest()

    assert [kind for kind, _ in found(said.format(key))] == ["private_key"]


@given(
    st.binary(min_size=32, max_size=32),
    st.sampled_from(
        [
            "{}",
            "0x{}",
            "The transaction is {}.",
            "tx: 0x{}",
            "J’ai perdu ma clé. La transaction : {}",
            "hash {} of the block",
            "public key {}",
            "My key was stolen, see transaction {}",
        ]
    ),
)
def test_64_hexadecimal_digits_are_a_transaction_unless_the_nearest_words_say_key(value: bytes, said: str):
    assert find(said.format(value.hex())) == ()


@pytest.mark.parametrize("name", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_in_pem_is_found_as_a_whole(name: str):
    text = f"-----BEGIN {name}PRIVATE KEY-----\nMHcCAQEEIA\n-----END {name}PRIVATE KEY-----"

    assert found(f"See:\n{text}\nThanks") == [("private_key", text)]
    assert [kind for kind, _ in found(text[:40])] == ["private_key"]
    assert found(text.replace("PRIVATE", "PUBLIC")) == []


CARDS = st.sampled_from(
    [("4", 16), ("51", 16), ("2221", 16), ("37", 15), ("6011", 16), ("62", 19), ("36", 14)]
)


@given(CARDS, st.randoms(use_true_random=False), st.sampled_from(["", " ", "-", "\u00a0"]), SENTENCES)
def test_a_card_number_is_found_however_it_is_spaced(
    card: tuple[str, int], random: Random, space: str, sentence: str
):
    prefix, length = card
    digits = with_check_digit(prefix + "".join(random.choices("0123456789", k=length - len(prefix) - 1)))
    text = space.join(digits[at : at + 4] for at in range(0, length, 4))

    assert ("card_number", text) in found(sentence.format(text))


def test_a_card_number_is_found_among_other_numbers():
    assert found("Order 12345 of 2026-05-22: 4111 1111 1111 1111 12 27 123") == [
        ("card_number", "4111 1111 1111 1111")
    ]
    assert found("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1") == [("card_number", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1")]
    assert found("４１１１１１１１１１１１１１１１") == [("card_number", "４１１１１１１１１１１１１１１１")]


@given(st.from_regex(r"[1-9][0-9]{5,24}", fullmatch=True))
def test_digits_that_no_checksum_confirms_are_left(digits: str):
    assume(not is_card(digits) and not is_spi(digits))

    assert find(f"Order {digits}") == find(digits) == ()


@given(st.dates(min_value=date(1970, 1, 1)), st.times())
def test_dates_and_times_are_left(day: date, clock: object):
    assert find(f"On {day.isoformat()} at {clock}, {day:%d/%m/%Y}, {day:%Y%m%d}, {day:%d.%m.%Y}") == ()


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.sampled_from(["", " ", "-", "."]))
def test_telephone_numbers_are_left(number: str, between: str):
    text = number[:3] + between + between.join(number[at : at + 2] for at in range(3, len(number), 2))

    assert find(f"Call me at {text} or 06 12 34 56 78, 01.23.45.67.89, (555) 010-1234.") == ()


@pytest.mark.parametrize(
    "text",
    [
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "My account is AA12 N84G ABCD EFGH, the ticket T-7MRBV3C4XK*.",
        "019e5048-3f00-8d2a-8c5b-6f0c1a2b3c4d",
        "I sent 1 234 567,89 € and 0.00012345 BTC at block 840000.",
        "Order 123-45-6789, tracking 12-3456789",
        "SIRET 732 829 320 00074",
    ],
)
def test_addresses_accounts_and_amounts_are_left(text: str):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("My SSN is 078-05-1120.", "078-05-1120"),
        ("078-05-1120", "078-05-1120"),
        ("social security number: 078051120", "078051120"),
        ("social security 078 05 1120", "078 05 1120"),
        ("ITIN 912-70-1234", "912-70-1234"),
        ("EIN: 12-3456789", "12-3456789"),
        ("numéro fiscal : 30 23 217 600 053", "30 23 217 600 053"),
        ("SPI 3023217600053", "3023217600053"),
        ("3023217600053", "3023217600053"),
    ],
)
def test_a_taxpayers_number_is_found(text: str, number: str):
    assert found(text) == [("tax_number", number)]


@pytest.mark.parametrize(
    "text",
    [
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "123-00-4567",
        "123-45-0000",
        "078051120",
        "078 05 1120",
        "EIN 00-1234567",
        "numéro fiscal 30 23 217 600 054",
        "3-078-05-1120",
        "078-05-1120-4",
    ],
)
def test_what_no_taxpayer_can_have_is_left(text: str):
    assert found(text) == []


@pytest.mark.parametrize(
    "iban",
    [
        "FR14 2004 1010 0505 0001 3M02 606",
        "DE89370400440532013000",
        "GB29 NWBK 6016 1331 9268 19",
        "NO9386011117947",
    ],
)
def test_an_iban_is_flagged_and_not_refused(iban: str):
    (finding,) = find(f"Pay to {iban} please")

    assert (finding.kind, finding.refused) == (Kind.IBAN, False)
    assert found(f"Pay to {iban} please") == [("iban", iban)]
    assert found(iban[:-1] + ("1" if iban[-1] != "1" else "2")) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("my password is hunter2", "password", "hunter2"),
        ("My password is: Winter.", "password", "Winter"),
        ('password = "correct horse"', "password", "correct"),
        ("mot de passe : azerty123", "password", "azerty123"),
        ("Mon mot de passe est Soleil!42, merci", "password", "Soleil!42"),
        ("mdp:toto1234", "password", "toto1234"),
        ("my master key is Tr0ub4dor&3", "password", "Tr0ub4dor&3"),
        ("code 2FA 123456", "code", "123456"),
        ("my 2FA code is 123 456", "code", "123 456"),
        ("authenticator: 123456", "code", "123456"),
        ("code de vérification : 123-456", "code", "123-456"),
        ("987654 is my verification code", "code", "987654"),
        ("le code à usage unique est 12345678", "code", "12345678"),
        ("CVV 123", "code", "123"),
        ("PIN: 4711", "code", "4711"),
    ],
)
def test_a_password_or_a_code_is_found_where_it_is_said_to_be_one(text: str, kind: str, value: str):
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "My password is not working.",
        "My password is wrong",
        "Password: forgotten",
        "mon mot de passe est incorrect.",
        "Mot de passe : oublié",
        "I asked to reset my password on 22 May 2026.",
        "The password was immediately refused by the page.",
        "password: ******",
        "my request to change my password was granted. Then I called.",
        "The 2FA code never arrives since 2026-05-22.",
        "I have two-factor on, ticket 123456 is about it.",
        "code postal 75001, code promo 123456",
        "my verification is at level 2 since 2024",
        "Le code de vérification n’arrive pas.",
    ],
)
def test_talking_of_passwords_and_codes_is_left(text: str):
    assert found(text) == []


ORDINARY = (
    "Hello, I am still waiting for my withdrawal of 1,234.56 EUR of 22/05/2026 (order 20260522-1234, tx "
    "0x88df016429689c079f3b2f6ad39fa052532c56795b733da78a91ebe4a713944b). Bonjour, je n’ai rien reçu ! "
)
UNSEEN = [
    (f"private key: {'a1' * 16}\u200b{'a1' * 16}", "private_key", f"{'a1' * 16}\u200b{'a1' * 16}"),
    ("my pass\u034fword is Hunter2x!", "password", "Hunter2x"),
    ("4111\u20601111\u00ad1111\u200d1111", "card_number", "4111\u20601111\u00ad1111\u200d1111"),
    ("رقم البطاقة ٤١١١١١١١١١١١١١١١", "card_number", "٤١١١١١١١١١١١١١١١"),
    ("𝟒𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏", "card_number", "𝟒𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏 𝟏𝟏𝟏𝟏"),
    (f"{'abandon' + chr(0x200B)}" * 11 + "about", "seed_phrase", "abandon\u200b" * 11 + "about"),
]


@pytest.mark.parametrize(("text", "kind", "value"), UNSEEN)
def test_what_nobody_sees_and_digits_of_other_scripts_hide_nothing(text: str, kind: str, value: str):
    """Characters of format are read as nothing and as a blank; every decimal digit counts as ours."""
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize("text", ["٠١٢٣٤٥٦٧٨٩٠١٢٣٤", "२०२६-०५-२२ ०१२३४५६७८९"])
def test_digits_of_other_scripts_are_looked_through(text: str):
    assert found(text) == []


@pytest.mark.parametrize("words", ["PİN CODE", "Pın Code", "paſſword iſ"])
def test_letters_that_have_no_small_one_of_their_own_hide_nothing_and_move_nothing(words: str):
    """Words are compared in small letters: the place of what follows stays that of the text."""
    said = f"İİ {words} 123456"

    assert [said[each.start : each.end] for each in find(said)] == ["123456"]


def test_what_is_refused_is_told_first_however_much_is_only_flagged():
    """A body full of account numbers does not hide the password after them."""
    said = {
        "people_involved": ["FR1420041010050500013M02606"] * 20,
        "desired_outcome": "my password is Hunter2xyz!",
    }

    told = spots(said)

    assert len(told) == 20
    assert refused(told) == (Spot("/desired_outcome", Kind.PASSWORD),)


def test_orders_about_files_are_looked_into():
    order = Remove(file=an_id(), reason="It shows my card 4111 1111 1111 1111.")

    assert spots(order) == (Spot("/reason", Kind.CARD_NUMBER),)


HOSTILE = {
    "digits": "1 " * 25_000,
    "one number": "1" * 50_000,
    "groups of four": "4111 " * 10_000,
    "words of the list": ("zoo " * 39 + "x ") * 400,
    "transactions": ("key tx " + "a" * 64 + " ") * 700,
    "base58": ("5" * 51 + " ") * 1_000,
    "keys begun": "-----BEGIN PRIVATE KEY-----" * 1_900,
    "passwords begun": "password is " * 4_200,
    "codes begun": "2fa is " * 7_200,
    "blanks": " " * 50_000,
    "accounts begun": "FR76 " * 10_000,
    "taxpayers begun": "123-45-" * 7_200,
    "colons": "code" + ":" * 50_000,
    "passwords told": "pwd:a1b\n" * 6_250,
    "cards told": "4111111111111111 \nx " * 2_500,
    "codes told": "pin 1234\n" * 5_600,
    "digits of Arabic": "٤" * 50_000,
    "unseen": "4\u200b" * 25_000,
}


SEARCH = re.compile(r"\b(?:[a-z]+ )?\d{4}\b")
YARDSTICK = "Please tell me where payment 1234 is. " * 10_000
"""What takes no more than 10 milliseconds to search where the bounds hold as they stand."""


def spent(work: Callable[[str], object], text: str) -> float:
    """Return milliseconds, the least of three: the other times somebody else had the processor."""
    taken: list[float] = []
    for _ in range(3):
        begun = time.thread_time()
        work(text)
        taken.append((time.thread_time() - begun) * 1_000)
    return min(taken)


def milliseconds(text: str) -> float:
    """Return how long *text* takes; of a slower machine, how long it would take where the bounds hold."""
    return spent(find, text) / max(1.0, spent(SEARCH.findall, YARDSTICK) / 10)


def test_a_long_letter_is_looked_through_in_50_milliseconds():
    find(ORDINARY)

    assert milliseconds((ORDINARY * 300)[:50_000]) < 50


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_can_be_made_to_take_long(name: str):
    """In proportion to its length: a text of squared cost would take seconds."""
    assert milliseconds(HOSTILE[name][:50_000]) < 400


@given(st.text(max_size=400))
def test_what_is_found_lies_within_the_text_and_apart(text: str):
    findings = find(text)

    assert all(0 <= each.start < each.end <= len(text) for each in findings)
    assert all(one.end <= other.start for one, other in pairwise(findings))


def test_complaints_as_people_write_them_are_not_refused():
    """The published narratives that the demo ships."""
    sample = files("adapters.demo") / "sample" / "cfpb_complaints.csv.gz"
    with sample.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8", newline="") as rows:
        narratives = [row["narrative"] for row in csv.DictReader(rows) if row["narrative"]]

    assert len(narratives) > 200
    assert [text for text in narratives if find(text)] == []


def test_chance_makes_no_secret():
    """Of many tokens, ids and hashes such as people paste, none is taken for a secret."""
    texts = [maker(32) for maker in (secrets.token_hex, secrets.token_urlsafe) for _ in range(300)]

    assert [text for text in texts if find(text)] == []


HOLDING = {
    "phrases": "backup: " + " ".join(["act", "add", "age", "aim", "air", "all", "any", "ask"] * 2),
    "keys": "-----BEGIN PRIVATE KEY-----",
    "passwords": "pwd = abc1",
    "codes": "my pin is: 1234",
    "cards": "4222 2222 2222 2",
    "taxpayers": "ssn 123-45-6789",
    "ibans": "NO93 8601 1117 947",
}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda each: each.find.__name__)
def test_no_detector_is_passed_over_that_would_find_something(detector: Detector):
    """A text is made shorter, a character at a time, for as long as something is found in it."""
    text = HOLDING[detector.find.__name__]
    assert find(text) == tuple(detector.find(text))
    shorter = [text]
    while shorter:
        text = shorter[0]
        shorter = [
            left for at in range(len(text)) if [*detector.find(left := text[:at] + text[at + 1 :])]
        ]  # fmt: skip
        assert find(text)
        assert len(text) >= detector.shortest
        assert DIGIT.search(text) or not detector.digits
