"""What a page author writes in one line, and what comes out of it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import gallery, marks
from dashboard.core.jsonview import coloured
from fingerprint_integration.domain import SignalState
from tests.pages import Page, text_of

HOSTILE = "<img src=x onerror=alert(1)>\x00\u202eevil'\"&"
AT = datetime(2026, 11, 22, 7, 51, 7, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 13, 26, tzinfo=UTC)


def render(source, **context):
    return Template("{% load inkpad %}" + source).render(Context(context))


def read(source, **context):
    """The parsed output, which breaks none of the rules for pages."""
    page = Page(render(source, **context))
    assert page.problems() == []
    return page


# -- Text from outside ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "{% outside v %}",
        "{% outside v limit=5 %}",
        "{{ v|bdi }}",
        "{{ v|printable }}",
        "{{ v|middle }}",
        "{{ v|event_tail }}",
        "{{ v|event_short }}",
        "{% copyable v 'tag' %}",
        "{% masked v url='/r' what=v %}",
        "<form id=pivot method=get action=/></form>{% pivot v value=v title=v %}",
        "{% visitor v %}",
        "{% visitor v '/v' whole=True %}",
        "{% stamp v %}",
        "{% signal_word v 'yes' %}",
        "{% strength 3 v %}",
        "{% json v %}",
        "<ol class=activity>{% activity v %}x{% endactivity %}</ol>",
        "{% alert 'red' title=v small=v action_url='/' action_label=v %}{{ v|printable }}{% endalert %}",
        "{% fold v counts=v %}x{% endfold %}",
        "{% section v note=v %}x{% endsection %}",
        "{% include 'components/chip.html' with key=v value=v remove_name='r' remove_value=v only %}",
        "{% include 'components/signal.html' with state='yes' name=v word=v evidence=v only %}",
    ],
)
def test_hostile_text_is_only_ever_text(source):
    page = read(source, v=HOSTILE)

    assert page.all("img") == []
    assert "\u202e" not in text_of(page.root)


def test_what_is_absent_has_a_word():
    assert read("{% outside v %}", v=None).text == "none"
    assert read("{% outside v none='not provided' %}", v="").text == "not provided"
    assert read("{% visitor v %}", v=None).text == "none"
    assert read("{% when v %}", v=None).text == "never"


def test_a_long_text_is_cut_at_its_end_and_an_id_in_its_middle():
    long = "user agent " * 30

    shown = read("{% outside v limit=20 %}", v=long).one("bdi")
    assert shown.text == long[:20] + "…"
    assert shown.get("title") == long
    assert render("{{ v|middle }}", v="Ibk1527CUFmcnjLwIs4A") == "Ibk152…Is4A"
    assert render("{{ v|middle }}", v="short") == "short"


@pytest.mark.parametrize(
    "event_id, tail, short",
    [
        ("1795333867327.NLOjmg", "NLOjmg", "1795…NLOjmg"),
        ("no-dot-at-all-here", "no-dot-at-al…", "no-dot…here"),
        ("", "", ""),
    ],
)
def test_an_event_id_in_few_letters(event_id, tail, short):
    assert render("{{ v|event_tail }}", v=event_id) == tail
    assert render("{{ v|event_short }}", v=event_id) == short


def test_copying_takes_the_whole_value_and_a_lone_surrogate_breaks_no_page():
    whole = "x" * 500 + "\ud800"

    page = render("{% copy v 'linked id' %}", v=whole)

    page.encode()
    assert "x" * 500 + "?" in page
    assert 'aria-label="Copy linked id"' in page


def test_a_pivot_names_what_it_means_instead_of_carrying_it():
    button = read("<form id='pivot' method='get' action='/'></form>{% pivot 'acct_1' value='3:linked_id' %}", v=1).one(
        "button"
    )

    assert (button.get("form"), button.get("name"), button.get("value")) == ("pivot", "pivot", "3:linked_id")


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80), st.integers(min_value=1, max_value=90))
def test_raw_json_is_shown_whole_or_says_how_much_is_missing(text, limit):
    shown = "".join(coloured(text, limit=limit))

    assert "<script" not in shown.lower()
    assert ("more characters" in shown) == (len(text) > limit)


def test_raw_json_tells_keys_from_words_and_numbers():
    page = read("{% json v %}", v='{"a": "b", "c": -1.5e3, "d": null}')

    assert [(span.get("class"), span.text) for span in page.all("span")] == [
        ("json-key", '"a"'),
        ("json-text", '"b"'),
        ("json-key", '"c"'),
        ("json-number", "-1.5e3"),
        ("json-key", '"d"'),
        ("json-word", "null"),
    ]


# -- Marks, stamps ----------------------------------------------------------------------------------------------


def test_the_suspect_flag_has_three_values():
    assert [read("{% suspect v %}", v=value).text for value in (True, False, None)] == [
        "Suspect",
        "Not suspect",
        "not set",
    ]


def test_every_state_has_a_mark_of_its_own_shape_or_colour():
    drawings = {str(marks.mark(state)) for state in marks.STATES}

    assert len(drawings) == len(marks.STATES)


def test_a_state_nobody_knows_is_one_that_nobody_looked_at():
    assert marks.kind_of("something new") == "not_provided"


@pytest.mark.parametrize(
    "state, speaks, mark",
    [
        (SignalState.VALUE, True, "yes"),
        (SignalState.VALUE, False, "no"),
        (SignalState.FAILED, False, "failed"),
        (SignalState.NOT_PROVIDED, False, "not_provided"),
        (SignalState.NOT_APPLICABLE, False, "not_applicable"),
    ],
)
def test_a_signal_of_the_domain_finds_its_mark(state, speaks, mark):
    assert render("{{ v|state_of }}", v=SimpleNamespace(state=state, speaks=speaks)) == mark
    assert mark in marks.STATES


def test_strong_is_heard_and_not_only_red():
    assert "strong" in read("{% signal_word 'Bot' 'yes' strong=True %}").text
    assert "strong" not in read("{% signal_word 'VPN' 'yes' %}").text


def test_an_erased_visitor_has_no_print():
    assert render("{% print v %}", v=None) == ""
    assert "<path" in render("{% print v %}", v="Ibk1527CUFmcnjLwIs4A")


# -- Times ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form, words",
    [
        ("moment", "Sun 22 Nov, 08:51"),
        ("full", "Sun 22 Nov 2026, 08:51:07"),
        ("clock", "08:51:07"),
        ("utc", "07:51:07 UTC"),
        ("relative", "1 day ago"),
        ("both", "Sun 22 Nov, 08:51 · 1 day ago"),
    ],
)
def test_a_time_stands_in_the_persons_zone_with_utc_within_reach(form, words):
    with timezone.override("Europe/Berlin"):
        time = read("{% when at form now=now %}", at=AT, now=NOW, form=form).one("time")

    assert time.text == words
    assert time.get("datetime") == "2026-11-22T07:51:07Z"
    assert time.get("title") == "Sun 22 Nov 2026, 07:51:07 UTC"


def test_the_zone_is_named_by_its_city():
    with timezone.override("America/New_York"):
        assert render("{% zone %}") == "New York"
    with timezone.override("UTC"):
        assert render("{% zone 'offset' %}") == "UTC"


# -- Forms ------------------------------------------------------------------------------------------------------


class MarkForm(forms.Form):
    reason = forms.CharField(label="Reason", help_text="A ticket number or a few words")
    value = forms.ChoiceField(
        label="Mark as", choices=(("yes", "Suspect"), ("no", "Not suspect")), widget=forms.RadioSelect
    )
    told = forms.BooleanField(label="Told")


def described(page, element):
    ids = (element.get("aria-describedby") or "").split()
    return " ".join(text_of(page.one(id=name)).strip() for name in ids)


def test_a_field_is_tied_to_its_label_hint_and_error():
    form = MarkForm({"reason": "", "value": "yes"})

    page = read("{% field form.reason %}{% field form.value %}{% field form.told %}", form=form)

    reason = page.one("input", name="reason")
    assert reason.get("aria-invalid") == "true"
    assert described(page, reason) == "A ticket number or a few words This field is required."
    assert text_of(page.one("label", for_=reason.get("id"))) == "Reason"
    assert text_of(page.one("legend")) == "Mark as"


def test_the_summary_links_to_every_field_that_is_wrong():
    page = read(
        "{% form_errors form %}{% field form.reason %}{% field form.value %}{% field form.told %}", form=MarkForm({})
    )

    targets = [link.get("href").removeprefix("#") for link in page.all("a")]
    assert len(targets) == 3
    assert all(page.all(id=target) for target in targets)
    assert read("{% form_errors form %}", form=MarkForm()).text == ""


def test_a_form_behind_a_single_button_carries_its_proof_of_origin():
    page = read("{% post_link '/jobs/1/pause' 'Pause' icon='pause' %}", csrf_token="a-token")

    assert page.one("input", name="csrfmiddlewaretoken").get("value") == "a-token"


# -- The gallery ------------------------------------------------------------------------------------------------


@override_settings(STORAGES={"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}})
def test_the_gallery_shows_every_component_and_breaks_no_rule():
    request = RequestFactory().get("/components/")
    request.user = AnonymousUser()
    request.resolver_match = None

    page = Page(gallery.show(request).content.decode())

    assert page.problems() == []
    assert "Two people decide" in page.text
    assert "style" not in {name for element in page.root.iter() for name in element.attrib}
