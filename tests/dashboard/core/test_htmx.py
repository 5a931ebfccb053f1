"""Whole page or piece."""

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
