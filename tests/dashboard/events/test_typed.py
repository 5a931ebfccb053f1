"""A search as one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard.core.access import Role
from dashboard.events import typed
from dashboard.events.models import Search
from fingerprint_integration.wire.v4 import FILTERS

BOTH = pytest.mark.parametrize("api_version", ["v4", "v3"])


@pytest.mark.parametrize(
    "line,fields",
    [
        ("", {}),
        ("suspect:true ip:10.0.0.0/24", {"suspect": "true", "ip_address": "10.0.0.0/24"}),
        ("VPN:yes  tor:no", {"vpn": "true", "tor_node": "false"}),
        ("linked:a,b linked:c", {"linked_id": "a\nb\nc"}),
        ('linked:"a b","c,d"', {"linked_id": "a b\nc,d"}),
        ("score:>8 bot:bad", {"min_suspect_score": "8", "bot": "bad"}),
        ("page:https://shop.example/a:b?c=d", {"url": "https://shop.example/a:b?c=d"}),
        ("ip:2001:db8::1", {"ip_address": "2001:db8::1"}),
    ],
)
def test_a_line_becomes_fields(line, fields):
    assert typed.read(line) == fields


@pytest.mark.parametrize(
    "line,said",
    [
        ("hello", "Write “hello” as name:value"),
        ("shoe:43", "There is no filter named “shoe”"),
        ("-vpn:yes", "Fingerprint cannot leave a value out"),
        ("linked:", "Enter a value behind “linked:”"),
        ('linked:"open', "as name:value"),
    ],
)
def test_what_is_no_search_is_said(line, said):
    with pytest.raises(typed.NotReadable, match=said):
        typed.read(line)


@given(some.text(max_size=200))
def test_nothing_that_is_typed_breaks_it(line):
    try:
        typed.read(line)
    except typed.NotReadable as sentence:
        assert str(sentence)  # noqa: PT017  # any sentence will do, only another error will not


def test_what_completes_a_line_can_be_read_as_one():
    words = typed.values(FILTERS)

    assert {"vpn:yes", "vpn:no", "bot:bad", "platform:ios"} <= set(words)
    assert not [word for word in words if word.startswith(("linked:", "score:"))]
    for word in words:
        assert len(typed.read(word)) == 1, word
    assert {word.partition(":")[0] + ":" for word in words} <= set(typed.names(FILTERS))


@pytest.mark.django_db
@BOTH
def test_a_line_adds_filters_to_a_search_and_keeps_the_others(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    url = browser.post("/searches/", {"vpn": "true", "window": "last:7d"}).url
    form = browser.get(url).page.form(form_id="change")

    browser.post(form.action, {**form.fields, "typed": "linked:acct_1,acct_2 bot:bad"})

    found = Search.objects.latest("pk")
    assert (found.query.vpn, found.query.bot, found.query.linked_id) == (True, "bad", "acct_1")
    assert found.further == {"linked_id": ("acct_2",)}
    assert found.window_asked == "last:7d"


@pytest.mark.django_db
def test_a_line_that_is_wrong_is_kept_with_what_to_do(sandbox, client_for):
    browser = client_for(Role.FRAUD_ANALYST)
    url = browser.post("/searches/", {"vpn": "true"}).url

    answer = browser.post(f"{url}change/", {"typed": "linked:acct_1 ip:everywhere"})

    assert answer.status_code == 422
    assert "Enter an address such as" in answer.page.text
    assert answer.page.one("textarea", name="linked_id").text.strip() == "acct_1"
    assert Search.objects.count() == 1


@pytest.mark.django_db
def test_what_is_masked_stays_in_a_search_that_a_line_adds_to(sandbox, client_for):
    shared = client_for(Role.FRAUD_ANALYST).post("/searches/", {"linked_id": "acct-secret"}).url
    support = client_for(Role.SUPPORT)

    answer = support.post(f"{shared}change/", {"typed": "vpn:yes"})

    assert answer.status_code == 302
    found = Search.objects.latest("pk")
    assert (found.query.linked_id, found.query.vpn) == ("acct-secret", True)
