"""Looks at a file before anybody opens it: what it is by its content, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ValidationError

from adapters.files import opening
from adapters.files.reasons import Refusal

Kind: TypeAlias = Literal["jpeg", "png", "pdf"]
MEDIA_TYPES: dict[Kind, str] = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
PROGRAM = opening.__file__


@dataclass(frozen=True)
class Verdict:
    """What a file is by its content, or why it is refused."""

    kind: Kind | None = None
    reason: Refusal | None = None

    @property
    def accepted(self) -> bool:
        """Whether the file may be handed out."""
        return self.kind is not None


class _Answer(BaseModel):
    kind: Kind | None = None
    reason: Refusal | None = None


def check(path: Path, *, seconds: int = 30, megabytes: int = 1_024) -> Verdict:
    """Return what the file at *path* is; it is opened with so much time and address space.

    Whatever goes wrong in there is a refusal: what could not be looked at is handed to nobody.
    *path* may be ``/proc/self/fd/N``, so that what is looked at needs no name.
    """
    command = [sys.executable, "-I", PROGRAM, str(seconds), str(megabytes)]
    with path.open("rb") as file:
        child = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
        try:
            said, _ = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return Verdict(reason=Refusal.TIMED_OUT)
    return _verdict(child.returncode, said)


def _verdict(code: int, said: bytes) -> Verdict:
    if code == -signal.SIGXCPU:
        return Verdict(reason=Refusal.TIMED_OUT)
    if code:
        return Verdict(reason=Refusal.CHECK_FAILED)
    try:
        answer = _Answer.model_validate_json(said)
    except ValidationError:
        return Verdict(reason=Refusal.CHECK_FAILED)
    if (answer.kind is None) == (answer.reason is None):
        return Verdict(reason=Refusal.CHECK_FAILED)
    return Verdict(answer.kind, answer.reason)
