"""Checks a proof from an Inkpad audit log without Inkpad: one file, needing Python 3.11 and the package `cryptography`.

    python check_proof.py entry.tlog-proof --key 'desk.example/log+5a3c1d07+AZ…' [--opening values.json]
    python check_proof.py certificate.json --key 'desk.example/log+5a3c1d07+AZ…'

A proof (c2sp.org/tlog-proof@v1) holds one entry of the log, its place, the hashes that lead from there to the root of
the log's Merkle tree (RFC 6962), and the checkpoint in which the log signed that root. The verifier key says whose
signature counts: get it from the log's keeper once, and not together with the proof. An opening holds personal values
that the entry names only by a commitment; with it one sees that a value is the one that was recorded.

A certificate of a deletion holds the proof of the entry by which it was issued, and that entry holds the certificate's
hash. Where it brings the salts of its visitors' ids, they are compared with the certificate's commitments.

Exit 0: everything shown holds. Exit 1: something does not, or a file cannot be read; nothing of the entry is shown.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class NotProven(Exception):
    """What is wrong, as a sentence."""


class Key(NamedTuple):
    """Whose signature counts."""

    name: str
    key_id: bytes
    public: bytes


class Proof(NamedTuple):
    """A proof as it was written; nothing of it is checked yet."""

    body: bytes
    position: int
    path: list[bytes]
    checkpoint: str


class Checkpoint(NamedTuple):
    """What the log signed: its tree of `size` entries has this root."""

    origin: str
    size: int
    root: bytes


def read_key(line: str) -> Key:
    """name+id+base64: an Ed25519 key and the name it signs under."""
    parts = line.strip().split("+", 2)
    if len(parts) != 3 or not line.strip().isprintable():
        raise NotProven("The key is no verifier key: it reads name+id+key.")
    name, key_id, key = parts[0], parts[1], decoded(parts[2], "The key")
    if len(key) != 33 or key[0] != 1:
        raise NotProven("The key is not of the kind Ed25519.")
    wanted = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key_id != wanted.hex():
        raise NotProven("The key is damaged: its id does not belong to it.")
    return Key(name, wanted, key[1:])


def read_proof(text: str) -> Proof:
    """The parts of a proof."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1":
        raise NotProven("The file is no proof: it does not begin with c2sp.org/tlog-proof@v1.")
    if len(lines) < 3 or not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise NotProven("The proof is damaged: its second line is the entry, its third the entry's index.")
    path = [decoded(line, "A hash of the proof") for line in lines[3:]]
    if any(len(each) != 32 for each in path) or len(path) > 64:
        raise NotProven("The proof is damaged: it holds something else than hashes.")
    return Proof(decoded(lines[1][6:], "The entry"), whole_number(lines[2][6:], "The index"), path, checkpoint)


def signed_checkpoint(note: str, key: Key) -> Checkpoint:
    """The checkpoint, if `key` signed it."""
    head, gap, signatures = note.rpartition("\n\n")
    text = head + "\n"
    if not gap:
        raise NotProven("The checkpoint is damaged: an empty line and signatures are missing.")
    if not any(is_signature(line, key, text) for line in signatures.split("\n")):
        raise NotProven("The checkpoint is not signed with this key.")
    lines = head.split("\n")
    if len(lines) < 3 or not lines[0]:
        raise NotProven("The checkpoint is damaged: it has no origin, size and root.")
    root = decoded(lines[2], "The root of the checkpoint")
    return Checkpoint(lines[0], whole_number(lines[1], "The size of the checkpoint"), root)


def is_signature(line: str, key: Key, text: str) -> bool:
    """Whether the line is this key's signature over the text; a wrong one under its name spoils everything."""
    words = line.split(" ")
    if len(words) != 3 or words[0] != "\N{EM DASH}" or words[1] != key.name:
        return False
    signature = decoded(words[2], "A signature")
    if signature[:4] != key.key_id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], text.encode())
    except InvalidSignature:
        raise NotProven("The checkpoint is forged or damaged: the signature does not belong to it.") from None
    return True


def check_inclusion(proof: Proof, checkpoint: Checkpoint) -> None:
    """Climbs from the entry's hash to the root, as RFC 9162, 2.1.3.2 writes it."""
    if proof.position >= checkpoint.size:
        raise NotProven("The checkpoint is older than the entry: it covers fewer entries.")
    found = hashlib.sha256(b"\x00" + proof.body).digest()
    node, last = proof.position, checkpoint.size - 1
    for sibling in proof.path:
        if last == 0:
            raise NotProven("The proof holds more hashes than lead to the root.")
        if node % 2 or node == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        node, last = node // 2, last // 2
    if last or found != checkpoint.root:
        raise NotProven("The entry does not stand at this place of the log: the hashes do not lead to the signed root.")


def check_opening(personal: Any, opening: Any) -> dict[str, str]:
    """The personal values of an opening, each the one that is committed to: {name: {kind, commit}}."""
    if not isinstance(opening, dict):
        raise NotProven("The opening is damaged: it is no JSON object.")
    values = {}
    for role, opened in opening.items():
        committed = personal.get(role) if isinstance(personal, dict) else None
        if not isinstance(committed, dict):
            raise NotProven(f"The entry holds no personal value {shown(role)}.")
        try:
            salt, value = bytes.fromhex(opened["salt"]), decoded(opened["value"], "A value of the opening")
            kind = committed["kind"].encode()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise NotProven(f"The opening of {shown(role)} is damaged.") from None
        digest = hashlib.sha256(b"inkpad subject v1\x00")
        for part in (salt, kind, value):
            digest.update(len(part).to_bytes(8, "big") + part)
        if digest.hexdigest() != committed.get("commit"):
            raise NotProven(f"The value given for {shown(role)} is not the one that was recorded.")
        values[role] = value.decode("utf-8", "replace")
    return values


def check_certificate(text: str, key: Key) -> str:
    """What holds of a certificate of a deletion, as text to print. NotProven when anything does not."""
    file = read_certificate(text)
    certificate, proof_text = file["certificate"], file["proof"]
    proof = read_proof(proof_text)
    checkpoint = signed_checkpoint(proof.checkpoint, key)
    check_inclusion(proof, checkpoint)
    entry = read_entry(proof.body)
    details, target = entry.get("details"), entry.get("target")
    if entry.get("kind") != "deletion.certified" or entry.get("outcome") != "done" or not isinstance(details, dict):
        raise NotProven("The proof is about another act, not about issuing a certificate.")
    if details.get("certificate") != certificate.get("certificate"):
        raise NotProven("The proof belongs to another certificate.")
    if details.get("sha256") != hashlib.sha256(canonical(certificate)).hexdigest():
        raise NotProven("The certificate was changed: it is not the one whose hash stands in the log.")
    request = certificate.get("request")
    if not isinstance(request, dict) or target != {"type": "deletion", "ref": request.get("ref")}:
        raise NotProven("The proof is about another request than the certificate.")
    visitors = check_opening(commitments(certificate), file.get("openings", {}))
    lines = [
        shown(certificate),
        "",
        f"Position in the log: {proof.position} (counted from 0)",
        f"Checkpoint: {checkpoint.size} entries, origin {shown(checkpoint.origin)}",
        f"Root: {checkpoint.root.hex()}",
        "",
        "What holds:",
        f"* The checkpoint was signed by {shown(key.name)}, key {key.key_id.hex()}.",
        "* The certificate was issued exactly so: its hash stands at this position of the log that was signed.",
        f"* It was issued at {shown(entry.get('at'))}.",
    ]
    lines += [f"* Visitor {place} is {shown(value)}." for place, value in visitors.items()]
    return "\n".join(lines)


def read_certificate(text: str) -> dict[str, Any]:
    """The parts of a certificate's file; nothing of it is checked yet but that it says each thing once."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise NotProven("The certificate is damaged: it says something twice.")
        return dict(pairs)

    def no_number(_: str) -> NoReturn:
        raise NotProven("The certificate is damaged: it holds a number that none of ours holds.")

    try:
        file = json.loads(text, object_pairs_hook=once, parse_float=no_number, parse_constant=no_number)
    except ValueError:
        raise NotProven("The certificate is damaged: it is not JSON.") from None
    if not isinstance(file, dict) or not isinstance(file.get("certificate"), dict):
        raise NotProven("The file holds no certificate.")
    if not isinstance(file.get("proof"), str):
        raise NotProven("The file holds no proof of its certificate.")
    if unsigned := set(file) - {"certificate", "proof", "openings"}:
        raise NotProven(f"The file says something that nobody signed: {shown(sorted(unsigned))}.")
    return file


def canonical(certificate: dict[str, Any]) -> bytes:
    """The bytes that were hashed: RFC 8785, which for whole numbers and ASCII names is what json writes sorted."""
    try:
        return json.dumps(certificate, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    except ValueError:
        raise NotProven("The certificate is damaged: it is not Unicode text.") from None


def commitments(certificate: dict[str, Any]) -> dict[str, Any]:
    """The commitments to the visitors of a certificate by their places."""
    visitors = certificate.get("visitors")
    if not isinstance(visitors, list) or not all(isinstance(each, dict) for each in visitors):
        raise NotProven("The certificate is damaged: it has no visitors.")
    return {str(each.get("place")): {"kind": "visitor", "commit": each.get("commit")} for each in visitors}


def read_entry(body: bytes) -> dict[str, Any]:
    """The entry's JSON."""
    try:
        entry = json.loads(body)
    except ValueError:
        raise NotProven("The entry is not JSON.") from None
    if not isinstance(entry, dict):
        raise NotProven("The entry is no JSON object.")
    return entry


def decoded(text: str, what: str) -> bytes:
    """The bytes of standard base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise NotProven(f"{what} is not base64.") from None


def whole_number(text: str, what: str) -> int:
    """A number without sign and leading zeros."""
    if not (text.isascii() and text.isdigit() and len(text) < 20) or (text[0] == "0" and text != "0"):
        raise NotProven(f"{what} is not a number.")
    return int(text)


def read_file(path: str) -> str:
    """The text of a file, with its new lines as they are."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except (OSError, ValueError):
        raise NotProven(f"The file {shown(path)} cannot be read.") from None


def shown(value: object) -> str:
    """Anything from outside, so that it cannot move the cursor of a terminal."""
    return json.dumps(value, indent=2, sort_keys=True)


def check(proof_file: str, key_line: str, opening_file: str) -> str:
    """What holds, as text to print. NotProven when anything does not."""
    key, text = read_key(key_line), read_file(proof_file)
    if text.lstrip().startswith("{"):
        return check_certificate(text, key)
    proof = read_proof(text)
    checkpoint = signed_checkpoint(proof.checkpoint, key)
    check_inclusion(proof, checkpoint)
    entry = read_entry(proof.body)
    lines = [
        shown(entry),
        "",
        f"Position in the log: {proof.position} (counted from 0)",
        f"Checkpoint: {checkpoint.size} entries, origin {shown(checkpoint.origin)}",
        f"Root: {checkpoint.root.hex()}",
        "",
        "What holds:",
        f"* The checkpoint was signed by {shown(key.name)}, key {key.key_id.hex()}.",
        "* The entry stands, exactly so, at this position of the log that was signed.",
    ]
    if opening_file:
        try:
            opening = json.loads(read_file(opening_file))
        except ValueError:
            raise NotProven("The opening is not JSON.") from None
        for role, value in check_opening(entry.get("personal"), opening).items():
            lines.append(f"* The personal value {shown(role)} that the entry commits to is {shown(value)}.")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """The command; returns the exit code."""

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.exit(1, f"{self.format_usage()}{message}\n")

    parser = Parser(description="Checks a proof from an Inkpad audit log.")
    parser.add_argument("proof", help="the file with the proof, or with the certificate")
    parser.add_argument("--key", required=True, help="the log's verifier key: name+id+base64")
    parser.add_argument("--opening", default="", help="a file with personal values to compare with their commitments")
    given = parser.parse_args(arguments)
    try:
        answer = check(given.proof, given.key, given.opening)
    except NotProven as problem:
        sys.stdout.write(f"NOT PROVEN. {problem}\n")
        return 1
    except RecursionError:
        sys.stdout.write("NOT PROVEN. The JSON is nested too deeply.\n")
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
