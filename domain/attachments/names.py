"""Names of files as they are kept and shown: no path, nothing that cannot be seen, no surprise."""

from __future__ import annotations

from unicodedata import category, normalize

from domain.attachments.events import Kind

LONGEST = 200
"""Characters of a name that are kept."""
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, marks that turn the direction of writing, halves of characters, and what nobody has assigned."""
UNSAFE = frozenset('<>:"|?*')
"""What some system takes for more than a letter (RFC 6266, 4.3 and the names Windows forbids)."""
ENDINGS: dict[Kind, tuple[str, ...]] = {"jpeg": (".jpg", ".jpeg"), "png": (".png",), "pdf": (".pdf",)}
"""The endings that say what a file is; the first is added where a name says otherwise."""
NAMELESS = "file"


def cleaned(name: str) -> str:
    """Return *name* as it is kept: its last part, one line, at most LONGEST characters, never empty."""
    last = normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(" " if c.isspace() else c for c in last if c.isspace() or category(c) not in UNSEEN)
    plain = "".join("_" if c in UNSAFE else c for c in seen)
    whole = " ".join(plain.split()).strip(". ")
    if len(whole) > LONGEST:
        stem, dot, ending = whole.rpartition(".")
        kept = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        whole = whole[: LONGEST - len(kept)].rstrip(". ") + kept
    return whole or NAMELESS


def handed_out(name: str, kind: Kind) -> str:
    """Return the name under which a file of *kind* is saved: it ends as its content says."""
    fits = name.lower().endswith(ENDINGS[kind])
    return name if fits else name + ENDINGS[kind][0]
