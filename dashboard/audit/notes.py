"""Signed notes and checkpoints, as c2sp.org/signed-note and c2sp.org/tlog-checkpoint describe them.

A note is a text, an empty line, and one line for each signature. A checkpoint is a note of three lines: which log, how
many leaves its tree has, and the root over them. Whoever keeps one can tell later whether the log still says the same.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_KEY_SIZE = 32
_KEY_ID_SIZE = 4
_LONGEST_NOTE = 1_000_000
_SIGNATURE = "\N{EM DASH} "
_PRIVATE = "PRIVATE+KEY+"


class NoteError(ValueError):
    """Something is no note, key or checkpoint, or is not signed as it should be; the text says what is wrong."""


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself: the tree of its first `size` leaves has this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text to sign."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """The checkpoint in a note's text; lines after the third mean nothing to us. NoteError when there is none."""
        if not text.endswith("\n"):
            raise NoteError("The checkpoint does not end with a new line.")
        lines = text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteError("A checkpoint has at least three lines, none of them empty.")
        origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit() and len(size) < 20) or (size[0] == "0" and size != "0"):
            raise NoteError("The second line of the checkpoint is not the size of a tree.")
        return cls(origin, int(size), _bytes(root, hashlib.sha256().digest_size, "The root of the checkpoint"))


@dataclass(frozen=True)
class Verifier:
    """The public half of a key, with the name it signs under."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell which key of this name is meant."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_SIZE]

    @property
    def id(self) -> str:
        """Name and key id together: which key this is."""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def text(self) -> str:
        """The line by which others know the key."""
        return f"{self.id}+{_base64(_ED25519 + self.public)}"

    @classmethod
    def read(cls, text: str) -> "Verifier":
        """The key this line names. NoteError when it names none."""
        name, key_id, key = _parts(text.strip(), "A verifier key")
        verifier = cls(name, key)
        if key_id != verifier.key_id.hex():
            raise NoteError("The verifier key's id does not belong to its name and key.")
        return verifier

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether this key made the signature over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A key with the name it signs under. Whoever has its text can sign for the log."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str) -> "Signer":
        """A key nobody had before. NoteError when a key cannot be called so."""
        _check_name(name)
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def read(cls, text: str) -> "Signer":
        """The key that `text` wrote down. NoteError, without a word of the text, when it holds none."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise NoteError("A signing key begins with PRIVATE+KEY+.")
        name, key_id, seed = _parts(text.removeprefix(_PRIVATE), "A signing key")
        signer = cls(name, seed)
        if key_id != signer.verifier.key_id.hex():
            raise NoteError("The signing key's id does not belong to its name and key.")
        return signer

    @property
    def text(self) -> str:
        """The key itself, to be kept secret."""
        return f"{_PRIVATE}{self.verifier.id}+{_base64(_ED25519 + self.seed)}"

    @property
    def verifier(self) -> Verifier:
        """What others need to check this key's signatures."""
        return Verifier(self.name, self._key().public_key().public_bytes_raw())

    def signature_line(self, text: str) -> str:
        """This key's signature over the text, as a line of a note."""
        signature = self.verifier.key_id + self._key().sign(text.encode())
        return f"{_SIGNATURE}{self.name} {_base64(signature)}\n"

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


class Opened(NamedTuple):
    """A note whose signatures hold: its text, and the ids of the keys that signed it."""

    text: str
    signed_by: list[str]


def sign(text: str, signers: Sequence[Signer]) -> str:
    """The note of this text, signed by all of these keys. NoteError when the text cannot stand in a note."""
    _check_text(text)
    if not text.endswith("\n"):
        raise NoteError("The text of a note ends with a new line.")
    if not signers:
        raise NoteError("A note needs a signature.")
    return text + "\n" + "".join(signer.signature_line(text) for signer in signers)


def open_note(note: str, verifiers: Iterable[Verifier]) -> Opened:
    """The text of a note that at least one of these keys signed.

    Signatures of other keys are passed over. NoteError when the note is malformed, when none of the keys signed it, or
    when a signature that bears one of their names and ids is not theirs.
    """
    _check_text(note)
    text, signatures = _split(note)
    known = {(each.name, each.key_id): each for each in verifiers}
    signed_by: list[str] = []
    for name, signature in signatures:
        verifier = known.get((name, signature[:_KEY_ID_SIZE]))
        if verifier is None:
            continue
        if not verifier.signed(text, signature[_KEY_ID_SIZE:]):
            raise NoteError(f"The signature of {verifier.id} does not belong to this text.")
        if verifier.id not in signed_by:
            signed_by.append(verifier.id)
    if not signed_by:
        raise NoteError("No known key signed the note.")
    return Opened(text, signed_by)


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note, and of every signature the name and the bytes."""
    head, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise NoteError("A note is a text, an empty line, and signatures, each ended by a new line.")
    signatures = []
    for line in lines[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
        if not line.startswith(_SIGNATURE):
            raise NoteError("A signature line begins with a dash and a space.")
        _check_name(name)
        signature = _bytes(encoded, None, "A signature")
        if len(signature) <= _KEY_ID_SIZE:
            raise NoteError("A signature is too short.")
        signatures.append((name, signature))
    return head + "\n", signatures


def _parts(text: str, what: str) -> tuple[str, str, bytes]:
    """Name, key id and the 32 bytes of `name+id+base64`."""
    name, *rest = text.split("+", 2)
    if len(rest) != 2:
        raise NoteError(f"{what} consists of a name, an id and a key, joined by plus signs.")
    _check_name(name)
    key = _bytes(rest[1], len(_ED25519) + _KEY_SIZE, what)
    if not key.startswith(_ED25519):
        raise NoteError(f"{what} is not of the kind Ed25519.")
    return name, rest[0], key.removeprefix(_ED25519)


def _check_name(name: str) -> None:
    if not name or "+" in name or any(each.isspace() or not each.isprintable() for each in name):
        raise NoteError("The name of a key is a text without spaces, plus signs and control characters.")


def _check_text(text: str) -> None:
    if len(text) > _LONGEST_NOTE:
        raise NoteError("The note is too long.")
    if any(each < " " and each != "\n" for each in text):
        raise NoteError("A note holds no control characters besides new lines.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoteError("The note is not Unicode text.") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str, size: int | None, what: str) -> bytes:
    """The bytes of standard base64 with its padding, and no other spelling of the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise NoteError(f"{what} is not base64.") from None
    if _base64(data) != text or (size is not None and len(data) != size):
        raise NoteError(f"{what} is not base64, or has not {size} bytes.")
    return data
