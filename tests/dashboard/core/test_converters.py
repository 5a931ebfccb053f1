"""What may stand in an address."""

import pytest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse


@pytest.mark.parametrize("good", ["1795333867327.NLOjmg", "Ibk1527CUFmcnjLwIs4A", "a", "-", "..a", "x" * 64, "A_b-c.d"])
def test_ids_of_events_and_visitors(good):
    assert resolve(f"/events/{good}/").kwargs == {"event_id": good}
    assert resolve(reverse("visitors:visitor", args=[good])).kwargs == {"visitor_id": good}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        ".",
        "..",
        "...",
        "a/b",
        "a b",
        "x" * 65,
        "é",
        "a\x00",
        "a\n",
        "%2e%2e",
        "a;b",
        "<b>",
        "a?b",
        "a#b",
        "\u202ea",
    ],
)
def test_what_is_no_id_has_no_address(bad):
    with pytest.raises(NoReverseMatch):
        reverse("visitors:visitor", args=[bad])
    with pytest.raises(Resolver404):
        resolve(f"/visitors/{bad}/related/" if bad else "/visitors//related/")


@pytest.mark.parametrize("bad", ["", "short", "x" * 17, "with-dash", "é23456"])
def test_what_is_no_short_id_has_no_address(bad):
    with pytest.raises(NoReverseMatch):
        reverse("events:results", args=[bad])
