"""Every kind of notice can be told apart, read and drawn, and its e-mail names nobody."""

import inspect
from pathlib import Path

import lucide
import pytest

from dashboard.notices.kinds import NoticeKind, _names_in
from dashboard.notices.models import Notice

ROOT = Path(__file__).parents[2]


def test_no_code_stands_twice():
    assert inspect.getsource(NoticeKind).count(" = Reading(") == len({kind.code for kind in NoticeKind})


@pytest.mark.parametrize("kind", list(NoticeKind), ids=lambda kind: kind.code)
def test_a_kind_is_well_formed(kind):
    assert len(kind.code) <= Notice._meta.get_field("kind").max_length
    assert kind.value.sentence.endswith(".")
    # It is a subject line, and a sentence once a full stop is put behind it.
    assert not kind.value.mail.endswith(".")
    assert "by" not in _names_in(kind.value.mail)
    assert lucide._render_icon(kind.value.icon, 15)


def test_every_kind_is_told_somewhere():
    source = "\n".join(path.read_text() for path in (ROOT / "dashboard").rglob("*.py") if path.name != "kinds.py")

    assert [kind.name for kind in NoticeKind if f"NoticeKind.{kind.name}" not in source] == []
