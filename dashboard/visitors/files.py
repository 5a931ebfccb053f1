"""What may be attached to a note: told by what is in a file, never by its name or by what a browser calls it. Pure."""

import hashlib
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard.visitors.models import NoteFile

Kind = NoteFile.Kind
CONTENT_TYPES = {
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.PDF: "application/pdf",
    Kind.TEXT: "text/plain; charset=utf-8",
}
EXTENSIONS = {Kind.PNG: "png", Kind.JPEG: "jpg", Kind.PDF: "pdf", Kind.TEXT: "txt"}
LONGEST_NAME = 100

_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# What may stand before the first element of markup.
_BEFORE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_SVG = re.compile(r"<(?:[\w.-]+:)?svg(?![\w.-])", re.IGNORECASE)


class UnfitFile(Exception):
    """A file that is not taken: the sentence for the page, and the words for the log, which name nobody."""

    def __init__(self, sentence: str, because: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.because = because


@dataclass(frozen=True)
class SentFile:
    """A file that may be attached, under a name that can be shown."""

    name: str
    kind: NoteFile.Kind
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read(name: str, content: bytes) -> SentFile:
    """The file as it is kept, or UnfitFile."""
    shown = clean_name(name)
    if not content:
        raise UnfitFile(_("“%(name)s” is empty.") % {"name": shown}, "a file was empty")
    return SentFile(shown, _kind_of(shown, content), content)


def clean_name(name: str) -> str:
    """A name without a path and without characters that are not seen, at most LONGEST_NAME long with its ending."""
    last = re.split(r"[/\\]", name)[-1]
    seen = " ".join("".join(each if each.isprintable() else " " for each in last).split())
    if len(seen) > LONGEST_NAME:
        stem, dot, ending = seen.rpartition(".")
        kept = f"…{dot}{ending}" if stem and len(ending) <= 10 else "…"
        seen = seen[: LONGEST_NAME - len(kept)] + kept
    return seen if seen.strip(". ") else _("file")


def words_for_log(name: str, kind: str, size: int, sha256: str) -> str:
    """One file in a personal value of an entry; its hash as well, because a short text can be guessed from it."""
    return f"{name} ({kind}, {size} bytes, SHA-256 {sha256})"


def _kind_of(name: str, content: bytes) -> NoteFile.Kind:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return Kind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if content.startswith(b"%PDF-"):
        return Kind.PDF
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if _NOT_IN_TEXT.search(text):
        sentence = _("“%(name)s” is no PNG, JPEG, PDF or text in UTF-8, whatever it is called.")
        raise UnfitFile(sentence % {"name": name}, "a file is neither PNG, JPEG, PDF nor text")
    if _is_svg(text):
        sentence = _("“%(name)s” is an SVG, which can run scripts. Attach it as a PNG.")
        raise UnfitFile(sentence % {"name": name}, "a file is an SVG")
    return Kind.TEXT


def _is_svg(text: str) -> bool:
    place = 0
    while found := _BEFORE.match(text, place):
        place = found.end()
    return _SVG.match(text, place) is not None
