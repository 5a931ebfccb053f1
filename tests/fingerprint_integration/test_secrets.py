"""The key, and what identifies a visitor, never shows: not in a repr, a log, an exception or a traceback."""

import logging
import pickle
import traceback

import httpx
import pytest

from fingerprint_integration import FingerprintClient
from fingerprint_integration.client import read_event
from fingerprint_integration.config import Secret, configure
from fingerprint_integration.domain import ApiVersion, EventChange, EventQuery
from fingerprint_integration.errors import FingerprintError, NotConfigured

KEY = "sk_live_NeverShowThisKey42"
VISITOR = "Ibk1527CUFmcnjLwIs4A"
ACCOUNT = "maya@example.test"


def refuse(request):
    return httpx.Response(403, json={"error": {"code": "TokenNotFound", "message": KEY}})


def break_connection(request):
    raise httpx.ConnectError(f"cannot connect with {request.headers}", request=request)


def break_answer(request):
    raise httpx.ReadTimeout(f"{request.url}", request=request)


def answer_html(request):
    return httpx.Response(200, html=f"<html>{KEY}</html>")


OPERATIONS = [
    lambda client: client.get_event("1708102555327.NLOjmg"),
    lambda client: client.search_events(visitor_id=VISITOR, linked_id=ACCOUNT),
    lambda client: client.update_event("1708102555327.NLOjmg", linked_id=ACCOUNT),
    lambda client: client.delete_visitor_data(VISITOR),
    lambda client: client.get_event(f"../{KEY}"),
]


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize("answer", [refuse, break_connection, break_answer, answer_html])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_failure_shows_key_or_visitor(version, answer, operation, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    client = FingerprintClient(
        KEY,
        version=version,
        base_url="http://fingerprint.test",
        transport=httpx.MockTransport(answer),
        sleep=lambda seconds: None,
    )
    with pytest.raises(FingerprintError) as caught:
        operation(client)

    error = caught.value
    said = "".join(
        [
            repr(client),
            repr(client.config),
            str(error),
            repr(error),
            error.user_message,
            str(error.args),
            caplog.text,
            *in_our_frames(error),
        ]
    )
    for secret in (KEY, VISITOR, ACCOUNT):
        assert secret not in said
    assert error.__cause__ is None
    assert error.__context__ is None  # nothing of httpx, whose frames hold the request, is carried along


def in_our_frames(error):
    """A traceback with local variables, as error reporters print it; the caller's own frame is the caller's."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    for frame in report.stack:
        if "fingerprint_integration/" in frame.filename and "tests/" not in frame.filename:
            own = {name: shown for name, shown in (frame.locals or {}).items() if name not in ARGUMENTS}
            yield f"{frame.name} {own}"


# What the caller handed in stands in the frames it was handed to, and the answer in those that read it.
ARGUMENTS = {"visitor_id", "event_id", "linked_id", "filters", "value", "operation", "path", "given", "body", "mended"}


def test_an_answer_that_worked_logs_nothing_of_its_address(caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    client = FingerprintClient(
        KEY,
        base_url="http://fingerprint.test",
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"events": []})),
    )
    client.search_events(visitor_id=VISITOR, ip_address="94.142.239.124", linked_id=ACCOUNT)

    assert VISITOR not in caplog.text
    assert "94.142.239.124" not in caplog.text
    assert "example.test" not in caplog.text


def test_the_key_is_sent_in_the_header_of_its_version_and_nowhere_else():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"events": []})

    for version in ("v3", "v4"):
        FingerprintClient(KEY, version=version, transport=httpx.MockTransport(answer)).search_events()
    v3, v4 = seen

    assert v3.headers["Auth-API-Key"] == KEY
    assert v4.headers["Authorization"] == f"Bearer {KEY}"
    for request in seen:
        assert KEY not in str(request.url)
        assert KEY.encode() not in request.content
        assert [value for value in request.headers.values() if KEY in value] in ([KEY], [f"Bearer {KEY}"])


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret(KEY)

    assert KEY not in f"{secret} {secret!r} {vars(configure(api_key=KEY).__class__)} {configure(api_key=KEY)!r}"
    assert secret.reveal() == KEY
    assert secret.digest != Secret("another").digest
    assert KEY not in secret.digest
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize("key", ["", " ", "with space", "line\nbreak", "nul\x00", "ümlaut", "\r\nX-Evil: 1"])
def test_a_key_no_header_can_hold_is_refused_without_being_named(key):
    with pytest.raises(NotConfigured) as caught:
        FingerprintClient(key)

    assert not key.strip() or key not in str(caught.value)


def test_structs_about_people_do_not_print_what_they_hold():
    event = read_event(
        b'{"event_id":"e","timestamp":1,"linked_id":"maya@example.test","ip_address":"94.142.239.124",'
        b'"ip_info":{"v4":{"address":"94.142.239.124"}}}',
        ApiVersion.V4,
    )
    shown = f"{event!r} {event.ip_v4!r} {EventQuery(linked_id=ACCOUNT)!r} {EventChange(linked_id=ACCOUNT)!r}"

    assert ACCOUNT not in shown
    assert "94.142" not in shown
