"""Signed notes, checkpoints and the lines that keys are written in."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dashboard.audit.notes import Checkpoint, NoteError, Signer, Verifier, open_note, sign

# RFC 8032, 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
SIGNER = Signer("desk.example/log", SEED)
OTHER = Signer("desk.example/log", hashlib.sha256(b"another key").digest())
CHECKPOINT = Checkpoint("desk.example/log", 109_482, hashlib.sha256(b"root").digest())


def test_the_keys_of_the_standard_belong_together():
    assert SIGNER.verifier.public.hex() == PUBLIC
    assert SIGNER.verifier.key_id == hashlib.sha256(b"desk.example/log\n\x01" + bytes.fromhex(PUBLIC)).digest()[:4]


def test_a_note_is_its_text_an_empty_line_and_a_line_for_each_signature():
    note = sign(CHECKPOINT.text, [SIGNER])

    signature = SIGNER.verifier.key_id + Ed25519PrivateKey.from_private_bytes(SEED).sign(CHECKPOINT.text.encode())
    assert note == (
        f"desk.example/log\n109482\n{base64.b64encode(CHECKPOINT.root).decode()}\n\n"
        f"\u2014 desk.example/log {base64.b64encode(signature).decode()}\n"
    )
    assert open_note(note, [SIGNER.verifier]) == (CHECKPOINT.text, [SIGNER.verifier.id])


def test_what_is_written_is_read_back():
    signer = Signer.new("desk.example/new")

    assert Signer.read(signer.text) == signer
    assert Verifier.read(signer.verifier.text) == signer.verifier
    assert Verifier.read(f" {signer.verifier.text}\n") == signer.verifier
    assert Checkpoint.read(CHECKPOINT.text) == CHECKPOINT


def test_a_signing_key_is_written_as_the_standard_tools_write_it():
    name = f"desk.example/log+{SIGNER.verifier.key_id.hex()}"
    private, public = (base64.b64encode(b"\x01" + key).decode() for key in (SEED, bytes.fromhex(PUBLIC)))

    assert SIGNER.text == f"PRIVATE+KEY+{name}+{private}"
    assert SIGNER.verifier.text == f"{name}+{public}"


def test_a_signer_shown_by_accident_keeps_its_key():
    for shown in (repr(SIGNER), str(SIGNER), f"{SIGNER}", repr([SIGNER])):
        assert "desk.example/log" in shown
        assert repr(SEED)[2:-1] not in shown
        assert base64.b64encode(b"\x01" + SEED).decode() not in shown


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("PRIVATE", "PUBLIC"),
        lambda text: text[:-1],
        lambda text: text.replace("+KEY+desk", "+KEY+desk2"),
        lambda text: "PRIVATE+KEY+desk",
        lambda text: text.rpartition("+")[0] + "+" + base64.b64encode(b"\x02" + SEED).decode(),
    ],
)
def test_a_signing_key_that_cannot_be_read_is_refused_without_being_repeated(change):
    broken = change(SIGNER.text)

    with pytest.raises(NoteError) as refusal:
        Signer.read(broken)
    assert broken not in str(refusal.value)
    assert broken.rpartition("+")[2] not in str(refusal.value)


def test_signatures_of_strangers_are_passed_over_and_known_ones_counted():
    note = sign(CHECKPOINT.text, [OTHER, SIGNER, SIGNER])

    assert open_note(note, [SIGNER.verifier]).signed_by == [SIGNER.verifier.id]
    assert open_note(note, [SIGNER.verifier, OTHER.verifier]).signed_by == [OTHER.verifier.id, SIGNER.verifier.id]


def test_a_note_nobody_known_signed_is_refused():
    with pytest.raises(NoteError, match="No known key"):
        open_note(sign(CHECKPOINT.text, [OTHER]), [SIGNER.verifier])
    with pytest.raises(NoteError, match="No known key"):
        open_note(sign(CHECKPOINT.text, [SIGNER]), [])


def test_one_wrong_signature_of_a_known_key_spoils_the_note():
    forged = sign("desk.example/log\n1\n", [SIGNER]).rpartition("\n\n")[2]
    note = sign(CHECKPOINT.text, [OTHER]) + forged

    with pytest.raises(NoteError, match="does not belong"):
        open_note(note, [SIGNER.verifier, OTHER.verifier])


@given(st.integers(0))
def test_no_bit_of_a_note_can_be_flipped(bit):
    note = sign(CHECKPOINT.text, [SIGNER]).encode()
    changed = bytearray(note)
    at = bit % (len(note) * 8)
    changed[at // 8] ^= 1 << at % 8
    try:
        text = changed.decode()
    except UnicodeDecodeError:
        return

    with pytest.raises(NoteError):
        open_note(text, [SIGNER.verifier])


@given(st.text())
def test_any_text_is_a_note_or_a_sentence(text):
    for read in (lambda: open_note(text, [SIGNER.verifier]), lambda: Signer.read(text), lambda: Verifier.read(text)):
        with pytest.raises(NoteError):
            read()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n— na+me AAAAAAAAAAA=\n",
        "text\n\n-- name AAAAAAAAAAA=\n",
        "text\n\n— name AAAAAAAAAAA=",
        "te\txt\n\n— name AAAAAAAAAAA=\n",
        "text\r\n\r\n— name AAAAAAAAAAA=\r\n",
        "\ud800\n\n— name AAAAAAAAAAA=\n",
        "x" * 1_000_001,
    ],
)
def test_what_is_no_note_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, [SIGNER.verifier])


@pytest.mark.parametrize("text", ["no new line", "con\ttrol\n", "\ud800\n"])
def test_what_cannot_stand_in_a_note_is_not_signed(text):
    with pytest.raises(NoteError):
        sign(text, [SIGNER])
    with pytest.raises(NoteError):
        sign("text\n", [])


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\nline", "with\u2003space", "\x7f"])
def test_a_key_has_a_name_that_fits_into_a_line(name):
    with pytest.raises(NoteError):
        Signer.new(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        CHECKPOINT.text[:-1],
        CHECKPOINT.text + "\n",
        CHECKPOINT.text.replace("109482", "0109482"),
        CHECKPOINT.text.replace("109482", "-1"),
        CHECKPOINT.text.replace("109482", "1e3"),
        CHECKPOINT.text.replace("109482", "\u0661"),
        CHECKPOINT.text.replace("109482", "9" * 5000),
        CHECKPOINT.text.replace("=", ""),
        CHECKPOINT.text.replace("desk.example/log", ""),
        "origin\n1\nAAAA\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        Checkpoint.read(text)


def test_lines_that_others_add_to_a_checkpoint_change_nothing():
    assert Checkpoint.read(CHECKPOINT.text + "an extension\n") == CHECKPOINT
