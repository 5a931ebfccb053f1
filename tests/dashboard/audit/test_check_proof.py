"""check_proof.py, run as a stranger runs it: alone, with nothing of Inkpad to import."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785

from dashboard.audit.notes import Checkpoint, Signer, sign
from dashboard.audit.subjects import commitment
from dashboard.audit.tree import inclusion_path, leaf_hash, root_of

SCRIPT = Path(__file__).parents[3] / "dashboard/audit/check_proof.py"
SIGNER = Signer.new("desk.example/log")
SALT, REASON = bytes(range(32)), "charge\u001b[2Jback".encode()
BODY = rfc8785.dumps(
    {
        "v": 1,
        "kind": "event.opened",
        "details": {"words": "\u001b[2J\u202e"},
        "personal": {"reason": {"kind": "text", "ref": "h", "commit": commitment(SALT, "text", REASON)}},
    }
)
OPENING = {"reason": {"salt": SALT.hex(), "value": base64.b64encode(REASON).decode()}}


def made(size=7, index=5, body=BODY, signer=SIGNER):
    """A proof for `body` at `index` of a tree of `size`."""
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    leaves[index] = leaf_hash(body)
    path = inclusion_path(index, size, lambda start, end: root_of(leaves[start:end]))
    lines = ["c2sp.org/tlog-proof@v1", f"extra {base64.b64encode(body).decode()}", f"index {index}"]
    lines += [base64.b64encode(each).decode() for each in path]
    return "\n".join([*lines, "", sign(Checkpoint("desk.example/log", size, root_of(leaves)).text, [signer])])


@pytest.fixture
def check(tmp_path):
    """Runs the script on a proof (text or bytes); gives its exit code and what it printed."""

    def run(proof, key=SIGNER.verifier.text, opening=None):
        path = tmp_path / "entry.tlog-proof"
        path.write_bytes(proof if isinstance(proof, bytes) else proof.encode())
        more = []
        if opening is not None:
            (tmp_path / "opening.json").write_text(opening if isinstance(opening, str) else json.dumps(opening))
            more = ["--opening", str(tmp_path / "opening.json")]
        answer = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), str(path), "--key", key, *more],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={},
        )
        assert b"Traceback" not in answer.stderr
        return answer.returncode, (answer.stdout + answer.stderr).decode("ascii")

    return run


@pytest.mark.parametrize("size,index", [(1, 0), (7, 5), (8, 0), (300, 299)])
def test_a_proof_is_read_and_shown(check, size, index):
    code, text = check(made(size, index))

    assert code == 0
    assert json.loads(text.split("\n\n")[0]) == json.loads(BODY)
    assert f"Position in the log: {index}" in text
    assert f'{size} entries, origin "desk.example/log"' in text
    assert "signed by" in text
    assert "\x1b" not in text


def test_an_opened_value_is_compared_with_its_commitment(check):
    code, text = check(made(), opening=OPENING)

    assert code == 0
    assert '"reason" that the entry commits to is "charge\\u001b[2Jback"' in text


def changed_line(number, text):
    def change(proof):
        lines = proof.split("\n")
        lines[number] = text
        return "\n".join(lines)

    return change


@pytest.mark.parametrize(
    "change,sentence",
    [
        (changed_line(1, f"extra {base64.b64encode(BODY + b' ').decode()}"), "does not stand at this place"),
        (changed_line(2, "index 4"), "does not stand at this place"),
        (changed_line(2, "index 7"), "older than the entry"),
        (changed_line(3, base64.b64encode(bytes(32)).decode()), "does not stand at this place"),
        (lambda proof: proof.replace("\n7\n", "\n8\n"), "forged or damaged"),
        (lambda proof: proof.replace("desk.example/log\n7", "desk.example/other\n7"), "forged or damaged"),
        (lambda proof: made(signer=Signer.new("desk.example/log")), "not signed with this key"),
        (lambda proof: proof.partition("\n\n")[0], "no proof"),
        (lambda proof: proof.partition("\n\n")[0] + "\n\n", "damaged"),
        (lambda proof: "", "no proof"),
        (lambda proof: b"\xff\x00", "cannot be read"),
        (changed_line(0, "c2sp.org/tlog-proof@v2"), "no proof"),
        (changed_line(1, "index 5"), "damaged"),
        (changed_line(1, "extra ???"), "not base64"),
        (changed_line(2, "index 05"), "not a number"),
        (changed_line(3, "AAAA"), "something else than hashes"),
        (lambda proof: made(body=b"[" * 5000), "nested too deeply"),
        (lambda proof: made(body=b"\xff"), "not JSON"),
        (lambda proof: made(body=b"[]"), "no JSON object"),
    ],
)
def test_whatever_is_wrong_is_said_in_a_sentence(check, change, sentence):
    code, text = check(change(made()))

    assert code == 1
    assert text.startswith("NOT PROVEN.")
    assert sentence in text
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "key",
    ["", "a+b", "a+b+c", Signer.new("x").verifier.text[:-4], f"y{Signer.new('x').verifier.text}", "\udcff+a+AA=="],
    # New keys have new texts, and every process of a run must give a test the same name.
    ids=["empty", "two parts", "no key id", "cut short", "another name", "a lone surrogate"],
)
def test_a_key_that_cannot_be_read_is_refused(check, key):
    code, text = check(made(), key=key)

    assert code == 1
    assert text.startswith("NOT PROVEN.")


@pytest.mark.parametrize(
    "opening",
    [
        {"reason": {**OPENING["reason"], "value": base64.b64encode(b"something else").decode()}},
        {"reason": {**OPENING["reason"], "salt": "00"}},
        {"reason": {**OPENING["reason"], "salt": "zz"}},
        {"reason": {}},
        {"reason": 5},
        {"actor": OPENING["reason"]},
        [],
        "not JSON",
    ],
)
def test_a_value_that_does_not_fit_its_commitment_is_not_proven(check, opening):
    code, text = check(made(), opening=opening)

    assert code == 1
    assert text.startswith("NOT PROVEN.")


def test_a_wrong_call_is_no_success(tmp_path):
    answer = subprocess.run([sys.executable, "-I", str(SCRIPT)], capture_output=True, text=True, check=False)

    assert answer.returncode == 1
    assert "usage" in answer.stderr
