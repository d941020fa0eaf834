"""Why a file is refused: stable codes, and what the sender is told, in each language."""

from __future__ import annotations

from enum import StrEnum

from domain.tongues import Language


class Refusal(StrEnum):
    """A reason for which a file is refused."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_ALLOWED = "not_allowed"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    POLYGLOT = "polyglot"
    TOO_MANY_PIXELS = "too_many_pixels"
    BOMB = "bomb"
    ACTIVE_CONTENT = "active_content"
    INFECTED = "infected"
    TIMED_OUT = "timed_out"
    CHECK_FAILED = "check_failed"
    TOO_MANY = "too_many"
    CASE_FULL = "case_full"
    ERASED = "erased"


SAID: dict[Refusal, dict[Language, str]] = {
    Refusal.EMPTY: {
        "en": "The file is empty; choose it anew and send it again.",
        "fr": "Le fichier est vide ; choisissez-le à nouveau et renvoyez-le.",
    },
    Refusal.TOO_LARGE: {
        "en": "The file is larger than 50 MB; send a smaller one or several.",
        "fr": "Le fichier dépasse 50 Mo ; envoyez-en un plus petit ou plusieurs.",
    },
    Refusal.NOT_ALLOWED: {
        "en": "Only JPEG, PNG and PDF files are taken, by their content; send it as one of these.",
        "fr": "Seuls les fichiers JPEG, PNG et PDF sont acceptés, d’après leur contenu ; convertissez-le.",
    },
    Refusal.DAMAGED: {
        "en": "The file is damaged or incomplete; save it anew and send it again.",
        "fr": "Le fichier est endommagé ou incomplet ; enregistrez-le à nouveau et renvoyez-le.",
    },
    Refusal.ENCRYPTED: {
        "en": "The file needs a password to be opened; send it without, and never tell us the password.",
        "fr": "Le fichier exige un mot de passe ; envoyez-le sans, et ne nous le confiez jamais.",
    },
    Refusal.POLYGLOT: {
        "en": "The file holds a second file of another type; send each as a file of its own.",
        "fr": "Le fichier en contient un second d’un autre type ; envoyez chacun séparément.",
    },
    Refusal.TOO_MANY_PIXELS: {
        "en": "The picture has more than 60 million pixels; make it smaller and send it again.",
        "fr": "L’image compte plus de 60 millions de pixels ; réduisez-la et renvoyez-la.",
    },
    Refusal.BOMB: {
        "en": "The file unpacks to far more than it seems to hold; save it anew and send it again.",
        "fr": "Le fichier se décompresse démesurément ; enregistrez-le à nouveau et renvoyez-le.",
    },
    Refusal.ACTIVE_CONTENT: {
        "en": "The PDF starts programs or carries other files; print it to a new PDF and send that.",
        "fr": "Le PDF lance des programmes ou contient d’autres fichiers ; imprimez-le en un nouveau PDF.",
    },
    Refusal.INFECTED: {
        "en": "The file was taken for malicious software; check your device, and send another file.",
        "fr": "Le fichier a été reconnu comme malveillant ; vérifiez votre appareil et envoyez-en un autre.",
    },
    Refusal.TIMED_OUT: {
        "en": "Looking at the file took too long; save it in a simpler form and send it again.",
        "fr": "L’examen du fichier a pris trop de temps ; enregistrez-le plus simplement et renvoyez-le.",
    },
    Refusal.CHECK_FAILED: {
        "en": "The file could not be looked at; save it anew and send it again.",
        "fr": "Le fichier n’a pas pu être examiné ; enregistrez-le à nouveau et renvoyez-le.",
    },
    Refusal.TOO_MANY: {
        "en": "One submission takes no more files; make another, by your link or the form for documents.",
        "fr": "Un envoi ne prend pas plus de fichiers ; faites-en un autre, par votre lien ou un formulaire.",
    },
    Refusal.CASE_FULL: {
        "en": "The case holds as many files as it can; ask the desk which of them it still needs.",
        "fr": "Le dossier ne peut plus contenir de fichiers ; demandez au service lesquels restent utiles.",
    },
    Refusal.ERASED: {
        "en": "The personal data of this case was erased; nothing can be added to it.",
        "fr": "Les données personnelles de ce dossier ont été effacées ; rien ne peut y être ajouté.",
    },
}


def said(reason: str, language: Language) -> str:
    """Return what the sender of a file that was refused for *reason* is told."""
    return SAID[Refusal(reason)][language]
