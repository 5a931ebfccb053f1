"""Whole page or piece."""

import json
from pathlib import Path

import pytest
from django.test import RequestFactory

from dashboard.core.htmx import redirect_to, wants_fragment

PIECE = {"HX-Request": "true"}


@pytest.mark.parametrize(
    "headers,expected",
    [
        ({}, False),
        (PIECE, True),
        ({**PIECE, "HX-Boosted": "true"}, False),
        ({**PIECE, "HX-History-Restore-Request": "true"}, False),
        ({"HX-Request": "yes"}, False),
    ],
)
def test_a_piece_is_for_htmx_alone(headers, expected):
    assert wants_fragment(RequestFactory().get("/", headers=headers)) is expected


def test_a_redirect_moves_the_whole_page_either_way():
    plain = redirect_to(RequestFactory().post("/"), "audit:entry", 7)
    assert (plain.status_code, plain["Location"]) == (302, "/audit/7/")

    asked_by_htmx = redirect_to(RequestFactory().post("/", headers=PIECE), "audit:entry", 7)
    assert (asked_by_htmx.status_code, asked_by_htmx["HX-Redirect"]) == (200, "/audit/7/")


@pytest.mark.django_db
def test_every_page_says_that_its_answer_depends_on_the_asker(client_for):
    from dashboard.core.access import Role

    assert "HX-Request" in client_for(Role.AUDITOR).get("/audit/").headers["Vary"]


@pytest.mark.django_db
def test_htmx_brings_no_style_no_script_and_no_copy_of_a_page_of_its_own(client_for):
    from dashboard.core.access import Role

    page = client_for(Role.AUDITOR).get("/audit/").page
    config = json.loads(page.one("meta", name="htmx-config").get("content"))

    # Each of these is on by default, and each breaks the page's policy or leaves a visitor in the browser.
    assert config["includeIndicatorStyles"] is False
    assert config["allowEval"] is False
    assert config["allowScriptTags"] is False
    assert config["historyCacheSize"] == 0
    assert "style" not in config["attributesToSettle"]


def test_nothing_loads_htmx_without_that_configuration():
    templates = Path(__file__).parents[3] / "templates"
    loading = [path.name for path in templates.rglob("*.html") if "htmx_script" in path.read_text()]

    assert loading == ["base.html"]
