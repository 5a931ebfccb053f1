"""A certificate is checked by a stranger with one script, from the file and the public key alone."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.audit.duties import verify_now
from dashboard.audit.keys import verifiers
from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.notes import Signer
from dashboard.audit.proofs import proof_of
from dashboard.audit.record import record, search
from dashboard.audit.sealing import seal
from dashboard.core.access import Role
from dashboard.deletions.certificates import issuing
from dashboard.deletions.models import Certificate
from dashboard.deletions.states import VisitorState
from tests.dashboard.deletions.conftest import carry_out_all, follow_all, only_visitor
from tests.factories import person

SCRIPT = Path(__file__).parents[3] / "dashboard/audit/check_proof.py"


@pytest.fixture
def gone(desk, visitor, clock):
    """A request whose visitor is gone and certified, sealed."""
    approved = desk.approved(visitor())
    carry_out_all()
    follow_all()
    clock.advance(days=1)
    follow_all()
    seal(now=timezone.now())
    return approved


@pytest.fixture
def check(tmp_path):
    """Runs the script on a file; gives its exit code and what it printed."""

    def run(file: bytes, key: str = ""):
        path = tmp_path / "certificate.json"
        path.write_bytes(file)
        command = [sys.executable, "-I", str(SCRIPT), str(path), "--key", key or verifiers()[0].text]
        answer = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path, env={})
        assert b"Traceback" not in answer.stderr
        return answer.returncode, (answer.stdout + answer.stderr).decode("ascii")

    return run


def file_of(request, *, by=None, number=1) -> bytes:
    made = issuing.find(request.pk, number)
    return issuing.take(made, by=by or person(Role.COMPLIANCE), now=timezone.now())


def test_the_script_finds_everything_of_a_true_certificate(gone, check):
    code, text = check(file_of(gone))

    assert code == 0, text
    said = json.loads(text.split("\n\n")[0])
    assert said["visitors"][0]["outcome"] == "gone"
    assert said["request"]["requested_by"] == "Maya Petrov"
    assert said["request"]["decided_by"] == "Samir Haddad"
    assert f'Visitor 1 is "{only_visitor(gone).visitor_id}"' in text
    assert "its hash stands at this position" in text


def test_what_is_stored_and_what_an_auditor_takes_away_names_nobody(gone, check):
    visitor_id = only_visitor(gone).visitor_id
    auditors = file_of(gone, by=person(Role.AUDITOR))

    assert visitor_id.encode() not in bytes(Certificate.objects.get().body)
    assert visitor_id.encode() not in auditors
    assert base64.b64encode(visitor_id.encode()) not in auditors
    assert check(auditors)[0] == 0


def test_an_old_file_still_checks_when_everything_is_forgotten_and_the_log_has_grown(gone, check, clock):
    before = file_of(gone)
    clock.advance(days=8)
    follow_all()
    assert only_visitor(gone).visitor_id == ""
    for _ in range(300):
        record(AuditKind.SEARCH_OPENED, by=None, target=search("7Qm2xA"))
    seal(now=timezone.now())

    assert check(before)[0] == 0, "from the file alone"
    code, text = check(file_of(gone))
    assert code == 0, "and a new file of the old certificate, which opens nothing any more"
    assert "Visitor 1 is" not in text


# -- Forged and damaged -----------------------------------------------------------------------------------------


def changed(change):
    """A forgery that changes the JSON of the file."""

    def forge(file: bytes, _gone) -> bytes:
        content = json.loads(file)
        change(content)
        return json.dumps(content).encode()

    return forge


def better_outcome(content):
    content["certificate"]["visitors"][0]["recorded"]["older_events"] = 7


def earlier(content):
    content["certificate"]["visitors"][0]["accepted_at"] = "2026-06-01T12:00:00Z"


def without_a_visitor(content):
    content["certificate"]["visitors"].clear()
    content["openings"] = {}


def another_visitor(content):
    content["openings"]["1"]["value"] = base64.b64encode(b"somebodyElse12345678").decode()


def a_visitor_too_many(content):
    content["openings"]["2"] = content["openings"]["1"]


def an_unsigned_word(content):
    content["summary"] = "Everything is gone."


def another_number(content):
    content["certificate"]["certificate"] = "D-9999/1"


def another_place(content):
    lines = content["proof"].split("\n")
    lines[2] = f"index {int(lines[2][6:]) - 1}"
    content["proof"] = "\n".join(lines)


def another_path(content):
    lines = content["proof"].split("\n")
    lines[3] = base64.b64encode(bytes(32)).decode()
    content["proof"] = "\n".join(lines)


def another_root(content):
    head, _, note = content["proof"].partition("\n\n")
    lines = note.split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    content["proof"] = head + "\n\n" + "\n".join(lines)


def with_another_entry(file: bytes, gone) -> bytes:
    """A true proof, but of the closing of the request."""
    closed = AuditEntry.objects.get(kind=AuditKind.DELETION_CLOSED.code)
    return json.dumps({**json.loads(file), "proof": proof_of(closed.pk)}).encode()


def with_the_proof_of_another_certificate(file: bytes, gone) -> bytes:
    other = issuing.issue(request_id=gone.pk, by=person(Role.COMPLIANCE), now=timezone.now())
    seal(now=timezone.now())
    return json.dumps({**json.loads(file), "proof": proof_of(other.entry)}).encode()


def said_twice(file: bytes, _gone) -> bytes:
    return file.replace(b'"outcome":', b'"outcome": "gone and forgotten", "outcome":', 1)


def with_a_fraction(file: bytes, _gone) -> bytes:
    return file.replace(b'"place": 1', b'"place": 1.0', 1)


FORGERIES = {
    "a better outcome": (changed(better_outcome), "was changed"),
    "an earlier time": (changed(earlier), "was changed"),
    "a visitor left out": (changed(without_a_visitor), "was changed"),
    "another visitor's id": (changed(another_visitor), "is not the one that was recorded"),
    "a visitor too many": (changed(a_visitor_too_many), "holds no personal value"),
    "a word that nobody signed": (changed(an_unsigned_word), "nobody signed"),
    "another number": (changed(another_number), "belongs to another certificate"),
    "another place in the log": (changed(another_place), "does not stand at this place"),
    "another path": (changed(another_path), "does not stand at this place"),
    "another root": (changed(another_root), "forged or damaged"),
    "the proof of another act": (with_another_entry, "about another act"),
    "the proof of another certificate": (with_the_proof_of_another_certificate, "belongs to another certificate"),
    "the same thing twice": (said_twice, "says something twice"),
    "a fraction": (with_a_fraction, "a number that none of ours holds"),
    "cut off": (lambda file, _: file[: len(file) // 2], "not JSON"),
    "without a proof": (changed(lambda content: content.pop("proof")), "holds no proof"),
    "nothing but brackets": (lambda *_: b"{}", "holds no certificate"),
    "half of a letter": (lambda file, _: file.replace(b'"place"', b'"\\ud800"', 1), "not Unicode"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_whatever_was_forged_or_damaged_is_found(gone, check, name):
    forge, sentence = FORGERIES[name]

    code, text = check(forge(file_of(gone), gone))

    assert code == 1
    assert text.startswith("NOT PROVEN.")
    assert sentence in text


def test_another_logs_signature_counts_for_nothing(gone, check):
    code, text = check(file_of(gone), key=Signer.new(verifiers()[0].name).verifier.text)

    assert code == 1
    assert "not signed with this key" in text


# -- Who may what -----------------------------------------------------------------------------------------------


def test_an_officer_issues_one_at_any_time_after_the_answer(desk, visitor, client_for):
    approved = desk.approved(visitor(older=2))
    carry_out_all()
    officer = client_for(desk.approver)

    answer = officer.post(reverse("deletions:certify", args=[approved.pk]), follow=True)

    assert "accepted by Fingerprint, not yet checked" in answer.page.text
    assert "no place in the sealed log yet" in answer.page.text
    assert officer.get(reverse("deletions:certificate_file", args=[approved.pk, 1])).status_code == 409

    seal(now=timezone.now())
    page = officer.get(reverse("deletions:certificate", args=[approved.pk, 1])).page
    assert verifiers()[0].text in page.text
    assert only_visitor(approved).visitor_id in page.text
    file = officer.get(reverse("deletions:certificate_file", args=[approved.pk, 1]))
    assert file.headers["Content-Disposition"] == f'attachment; filename="certificate-{approved.number}-1.json"'
    assert json.loads(file.content)["certificate"]["visitors"][0]["state"] == VisitorState.ACCEPTED


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
def test_others_cannot_issue_and_the_try_is_in_the_log(desk, visitor, client_for, role):
    approved = desk.approved(visitor())
    carry_out_all()

    assert client_for(role).post(reverse("deletions:certify", args=[approved.pk])).status_code == 403

    assert not Certificate.objects.exists()
    assert AuditEntry.objects.filter(kind=AuditKind.DELETION_ACT_REFUSED.code, outcome="refused").exists()


def test_nothing_is_certified_before_there_is_an_answer(desk, visitor, client_for):
    approved = desk.approved(visitor())

    assert client_for(desk.approver).post(reverse("deletions:certify", args=[approved.pk])).status_code == 409


def test_an_auditor_reads_a_certificate_without_the_id(gone, client_for):
    page = client_for(Role.AUDITOR).get(reverse("deletions:certificate", args=[gone.pk, 1])).page

    assert only_visitor(gone).visitor_id not in page.html
    assert "gone" in page.text


def test_the_log_verifies_with_certificates_in_it(gone):
    assert verify_now(now=timezone.now()).holds
