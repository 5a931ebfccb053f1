"""From an answer that is no success to the error staff can act on."""

from datetime import UTC, datetime, timedelta

import pytest

from fingerprint_integration.errors import (
    InvalidRequest,
    NotFound,
    NotReadyYet,
    RateLimited,
    RefusalReason,
    Refused,
    Unavailable,
    UnreadableAnswer,
)
from fingerprint_integration.wire.failures import LONGEST_RETRY_AFTER, failure, retry_after

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def told(status, body=b"", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(status, names, body, now=NOW, subject="this event")


@pytest.mark.parametrize(
    "header, seconds",
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("1", 1.0),
        (" 7 ", 7.0),
        ("007", 7.0),
        ("3600", 3600.0),
        ("99999999999999999999999", LONGEST_RETRY_AFTER),
        ("-1", None),
        ("+5", None),
        ("1.5", None),
        ("1e3", None),
        ("0x10", None),
        ("٣", None),
        ("²", None),
        ("NaN", None),
        ("inf", None),
        ("soon", None),
        ("7 seconds", None),
        ("7, 8", None),
        ("7\x00", None),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 14:00:30 +0200", 30.0),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        ("Mon, 99 Nov 2026 12:00:30 GMT", None),
        ("x" * 10_000, None),
    ],
)
def test_retry_after_reads_as(header, seconds):
    assert retry_after(header, now=NOW) == seconds


@pytest.mark.parametrize(
    "code, reason",
    [
        ("TokenRequired", RefusalReason.KEY_MISSING),
        ("secret_api_key_required", RefusalReason.KEY_MISSING),
        ("TokenNotFound", RefusalReason.KEY_UNKNOWN),
        ("secret_api_key_not_found", RefusalReason.KEY_UNKNOWN),
        ("WrongRegion", RefusalReason.WRONG_REGION),
        ("wrong_region", RefusalReason.WRONG_REGION),
        ("SubscriptionNotActive", RefusalReason.SUBSCRIPTION_INACTIVE),
        ("subscription_not_active", RefusalReason.SUBSCRIPTION_INACTIVE),
        ("FeatureNotEnabled", RefusalReason.FEATURE_NOT_ENABLED),
        ("feature_not_enabled", RefusalReason.FEATURE_NOT_ENABLED),
        ("WorkspaceScopedSecretKeyRequired", RefusalReason.KEY_SCOPE),
        ("something_new", RefusalReason.OTHER),
    ],
)
def test_every_refusal_has_its_reason_and_sentence_in_both_spellings(code, reason):
    error = told(403, f'{{"error":{{"code":"{code}","message":"whatever"}}}}'.encode())

    assert isinstance(error, Refused)
    assert error.reason is reason
    assert not error.retryable
    assert error.user_message.endswith(".")


@pytest.mark.parametrize(
    "message, field",
    [
        ("invalid limit", "limit"),
        ("invalid ip address", "ip_address"),
        ("invalid bot type", "bot"),
        ("invalid reverse param", "reverse"),
        ("invalid start time", "start"),
        ("invalid end time", "end"),
        ("invalid visitor id", "visitor_id"),
        ("visitor id is required", "visitor_id"),
        ("linked_id can't be greater than 256 characters long", "linked_id"),
        ("invalid pagination key", "pagination_key"),
        ("invalid event_id", "event_id"),
        ("ruleset not found", "ruleset_id"),
        ("request body is not valid", None),
        ("a message nobody foresaw", None),
    ],
)
def test_a_bad_request_names_the_input_it_is_about(message, field):
    error = told(400, f'{{"error":{{"code":"RequestCannotBeParsed","message":"{message}"}}}}'.encode())

    assert isinstance(error, InvalidRequest)
    assert error.field == field
    assert error.code == "request_cannot_be_parsed"


@pytest.mark.parametrize(
    "status, body, kind",
    [
        (403, b'{"error":"Forbidden (HTTP 403)"}', Refused),
        (404, b'{"error":"visitor not found"}', NotFound),
        (429, b'{"error":"too many search requests"}', RateLimited),
        (400, b'{"error":"bad request"}', InvalidRequest),
        (409, b"", NotReadyYet),
        (413, b"<html>", InvalidRequest),
        (401, b"", Refused),
        (408, b"", Unavailable),
        (418, b"", InvalidRequest),
        (500, b'{"error":{"code":"Failed","message":"internal server error"}}', Unavailable),
        (502, b"<html><h1>Bad Gateway</h1></html>", Unavailable),
        (503, b"", Unavailable),
        (504, b'{"error":{"code":"failed","message":"gateway timeout"}}', Unavailable),
        (599, b"\xff\xfe", Unavailable),
        (302, b"", UnreadableAnswer),
        (404, b"[" * 100_000, NotFound),
        (404, b'{"error":null}', NotFound),
        (404, b'{"error":["x"]}', NotFound),
        (404, b'{"error":{"code":7,"message":{}}}', NotFound),
    ],
)
def test_any_shape_of_body_gives_the_error_of_its_status_and_is_kept_whole(status, body, kind):
    error = told(status, body)

    assert type(error) is kind
    assert error.status == status
    assert error.body == body


def test_what_the_service_wrote_never_becomes_part_of_the_sentence():
    error = told(404, b'{"error":{"code":"<b>x</b>","message":"visitor Ibk1527 of maya@example.test"}}')

    assert "Ibk1527" not in f"{error!s} {error!r} {error.user_message}"
    assert error.code == "not_found"


def test_a_request_id_is_kept_when_it_is_a_plain_one():
    assert told(500, x_request_id="5f0c-91ab").request_id == "5f0c-91ab"
    assert told(500, x_request_id="<script>").request_id is None


def test_a_wait_is_read_where_it_may_stand():
    assert told(429, retry_after="7").retry_after == 7
    assert told(503, retry_after="Mon, 23 Nov 2026 12:01:00 GMT").retry_after == timedelta(minutes=1).seconds
    assert told(429).retry_after is None
