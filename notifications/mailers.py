"""How mails leave: as files in a directory, or to a mail server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Final

from engine.errors import MailUnavailable
from notifications.letters import Letter, Mailer, Post
from notifications.smtp import SmtpMailer

MAIL_DIRECTORY: Final = "mail"


class EmlMailer:
    """Each mail becomes one file, which appears whole and exactly once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextmanager
    def open(self) -> Iterator[Post]:
        """The directory, made if it is missing."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MailUnavailable(f"cannot make the directory {self._directory}: {error.strerror}") from error
        yield self

    def send(self, letter: Letter) -> None:
        """Write the file under another name, and give it its own when all of it is on the disk."""
        target = self._directory / f"{letter.name}.eml"
        if target.exists():
            return
        unfinished = self._directory / f".{letter.name}.{os.getpid()}-{get_ident()}.tmp"
        try:
            self._write(unfinished, letter.message.as_bytes())
            unfinished.rename(target)
            self._keep()
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise MailUnavailable(f"cannot write into {self._directory}: {error.strerror}") from error

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _keep(self) -> None:
        handle = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def mailer_from(url: str | None, data_dir: Path, mail_from: str) -> Mailer:
    """The mailer that the settings ask for; raises Misconfigured."""
    if not url:
        return EmlMailer(data_dir / MAIL_DIRECTORY)
    return SmtpMailer(url, mail_from)
