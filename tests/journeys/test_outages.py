"""When something is away the page says what and what to do, keeps what was typed, and never calls silence an answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.urls import reverse

from dashboard.core.access import Role
from dashboard.deletions.models import DeletionRequest
from dashboard.tagging.models import BulkJob
from fingerprint_integration.client import FingerprintClient
from fingerprint_integration.provider import override_client
from tests.keys import AUDIT_SIGNING_KEY
from tests.pages import text_of
from tests.ports import free_port

ROOT = Path(__file__).parent.parent.parent

# What happens, and a word of the sentence that says so.
KEYS = {
    "wrong key": ("nobodys-key", "secret key"),
    "wrong region": ("sandbox-eu-key", "region"),
    "inactive subscription": ("sandbox-inactive-key", "subscription"),
}
FAULTS = {
    "connection lost": ("cut", {}, "connection"),
    "time-out": ("slow", {"seconds": 300}, "in time"),
    "truncated JSON": ("truncated", {}, "cannot read"),
    "HTML": ("wrong_content_type", {}, "cannot read"),
    "gateway": ("bad_gateway", {}, "not answering"),
    "too many requests": ("rate_limited", {"retry_after": 7}, "slow down"),
    "unavailable": ("unavailable", {}, "not answering"),
    "server error": ("server_error", {}, "not answering"),
}

STOPPED = "stopped"
ON_V3 = (*KEYS, "truncated JSON", "too many requests")


def connected(sandbox, api_version, key="sandbox-secret-key"):
    """A client of this sandbox that does not wait between its tries."""
    return override_client(
        FingerprintClient(
            key,
            version=api_version,
            base_url="http://sandbox.test",
            transport=httpx.MockTransport(sandbox.handle),
            sleep=lambda seconds: None,
        )
    )


def stopped(api_version):
    """A client of a sandbox that is not there: nobody listens at its port."""
    return override_client(
        FingerprintClient(
            "sandbox-secret-key",
            version=api_version,
            base_url=f"http://127.0.0.1:{free_port()}",
            sleep=lambda seconds: None,
        )
    )


def alert_of(page):
    """The text of the one red alert that interrupts."""
    return text_of(page.one("div", role="alert"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "api_version, problem",
    [*(("v4", problem) for problem in (STOPPED, *KEYS, *FAULTS)), *(("v3", problem) for problem in ON_V3)],
)
def test_on_every_page_that_asks_fingerprint(sandbox, client_for, settings, api_version, problem):
    officer, support = client_for(Role.COMPLIANCE), client_for(Role.SUPPORT)
    family = sandbox.stories["family"]
    visitor_id, event_id = family.visitor_ids[0], family.event_ids[0]
    form = support.post(reverse("deletions:ask"), {"visitor_id": visitor_id}).page.form(button="Ask for the deletion")
    key, words = KEYS.get(problem, ("sandbox-secret-key", "cannot be reached"))
    if problem in FAULTS:
        kind, options, words = FAULTS[problem]
        sandbox.faults.add(kind, times=None, **options)

    with stopped(api_version) if problem == STOPPED else connected(sandbox, api_version, key):
        search = officer.submit(officer.get("/events/").page.form(button="Search"), linked_id="acct-owl")
        pages = {
            "search": officer.get(search.url),
            "event": officer.get(f"/events/{event_id}/"),
            "visitor": officer.get(f"/visitors/{visitor_id}/"),
        }
        asked = support.submit(form, reason="Wants to be forgotten.")
        deletion = officer.get(asked.url)

    for name, answer in pages.items():
        assert answer.status_code == 502, name
        assert words in alert_of(answer.page), name
        assert len(answer.page.all("div", role="alert")[0].findall(".//p")) >= 2, f"{name}: says what, not what to do"
        for claim in ("there is nothing", "has no events", "No event fits", "does not have this event"):
            assert claim not in answer.page.text, name
    assert "acct-owl" in pages["search"].page.text
    assert pages["search"].page.form(form_id="change")
    assert "Ask for deletion" in pages["visitor"].page.text
    assert deletion.status_code == 200
    assert words in alert_of(deletion.page)
    assert "it does not mean that there are no events" in alert_of(deletion.page)
    assert deletion.page.form(button="Approve deleting 1 visitor")

    sandbox.faults.clear()
    with connected(sandbox, api_version):
        for path in (search.url, f"/events/{event_id}/", f"/visitors/{visitor_id}/", asked.url):
            again = officer.get(path)
            assert again.status_code == 200
            assert not again.page.all("div", role="alert"), "the page works again once Fingerprint answers"
    assert DeletionRequest.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("problem", FAULTS)
def test_a_job_is_asked_for_although_fingerprint_is_away_and_nothing_typed_is_lost(sandbox, client_for, problem):
    analyst, event_id = client_for(Role.FRAUD_ANALYST), sandbox.stories["night_owl"].event_ids[0]
    kind, options, _words = FAULTS[problem]
    sandbox.faults.add(kind, times=None, **options)

    with connected(sandbox, "v4"):
        form = analyst.get(analyst.post(reverse("tagging:new"), {"event": event_id, "act": "suspect"}).url)
        assert form.status_code == 200
        started = analyst.submit(form.page.form(button="Change 1 event"), reason="While it is away", ticket="#9")
        page = analyst.get(started.url).page

    assert "0 of 1 finished" in page.text
    assert "While it is away" in page.text
    assert BulkJob.objects.get().state == BulkJob.State.RUNNING


WITHOUT_VALKEY = """
import datetime, json
import time_machine
from django.test.utils import override_settings, setup_test_environment
from tests.factories import PASSWORD, person
from tests.reading import ReadingClient
from dashboard.core.access import Role

setup_test_environment()
plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
override_settings(STORAGES={"staticfiles": plain}).enable()
person(Role.FRAUD_LEAD, Role.COMPLIANCE, email="nora@example.test")
desk, said = ReadingClient(), {}
sign_in = desk.get("/account/login/").page.form(button="Sign in")
said["sign-in"] = desk.submit(sign_in, login="nora@example.test", password=PASSWORD).status_code
wrong = ReadingClient()
said["wrong password"] = wrong.submit(sign_in, login="nora@example.test", password="no").status_code
search = desk.submit(desk.get("/events/").page.form(button="Search"))
results = desk.get(search.url)
said["search"] = results.status_code
rows = [row.get("value") for row in results.page.all("input", name="event")][:2]
for name, path in {"event": f"/events/{rows[0]}/", "home": "/", "deletions": "/deletions/", "audit": "/audit/"}.items():
    said[name] = desk.get(path).status_code
new = desk.get(desk.post("/jobs/new/", {"event": rows, "act": "suspect"}).url).page.form(button="Change 2 events")
job = desk.submit(new, reason="Valkey is away")
said["started"] = job.status_code
with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)):
    said["job"] = desk.get(job.url).page.text
print(json.dumps(said))
"""


@pytest.mark.process
def test_without_valkey_people_sign_in_and_look_and_a_job_waits_and_says_so(own_database, sandbox_server, tmp_path):
    gone = f"unix://{tmp_path}/gone.sock"
    environment = own_database.environment | {
        "REDIS_URL": gone, "BROKER_URL": f"redis+socket://{tmp_path}/gone.sock", "ALLOWED_HOSTS": "testserver",
        "FINGERPRINT_BASE_URL": sandbox_server.url,
    }  # fmt: skip

    said = json.loads(own_database._replace(environment=environment).python(WITHOUT_VALKEY).splitlines()[-1])

    waits = said.pop("job")
    assert said == {
        "sign-in": 302, "wrong password": 200, "search": 200, "event": 200, "home": 200, "deletions": 200,
        "audit": 200, "started": 302,
    }  # fmt: skip
    assert "0 of 2 finished" in waits
    assert "Waiting: the workers cannot be reached." in waits
    assert "Nothing is lost: the job goes on by itself when a worker is back." in waits


def check_with(**variables):
    """`manage.py check` in an environment that holds nothing but these variables."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.process
def test_settings_that_contradict_each_other_stop_the_start_with_ids_and_hints():
    key = "not a key\nat all"
    answer = check_with(
        SECRET_KEY="short",
        DATABASE_URL="sqlite://:memory:",
        FINGERPRINT_API_KEY=key,
        FINGERPRINT_BASE_URL="http://127.0.0.1:8100/v4",
        FINGERPRINT_REGION="mars",
        AUDIT_LOOKUP_KEYS="1:tooshort",
        DELETE_QUOTA_PER_HOUR="30",
        DELETE_QUOTA_PER_DAY="3",
    )

    assert answer.returncode == 1
    for name in ("E001", "E002", "E004", "E005", "E006", "E007", "E013"):
        assert f"inkpad.{name}" in answer.stderr
    assert answer.stderr.count("HINT:") == answer.stderr.count("(inkpad.")
    for secret in (key, "tooshort", "short\n"):
        assert secret not in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.process
def test_good_settings_pass_the_check():
    answer = check_with(
        SECRET_KEY="long-enough-" + "0" * 50,
        DATABASE_URL="sqlite://:memory:",
        FINGERPRINT_API_KEY="a-secret-key",
        AUDIT_LOOKUP_KEYS="1:" + "ab" * 32,
        AUDIT_SIGNING_KEY=AUDIT_SIGNING_KEY,
    )

    assert answer.returncode == 0, answer.stderr
