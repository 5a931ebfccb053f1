"""Every kind of audit entry can be told apart, read and drawn, and is given what its sentence names."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import lucide
import pytest

from dashboard.audit.kinds import AuditKind
from dashboard.audit.models import AuditEntry
from dashboard.audit.queries import CHANGES
from dashboard.audit.reading import Reading

ROOT = Path(__file__).parent.parent.parent
ALWAYS_THERE = {"actor", "target"}


def placeholders(kind: Reading) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name is not None}


def test_no_code_stands_twice():
    codes = [kind.code for kind in AuditKind]

    assert len(set(codes)) == len(codes)
    # A class swallows a second attribute of the same name without a word.
    source = "\n".join(path.read_text() for path in (ROOT / "dashboard/audit/kinds").glob("*.py"))
    assert source.count(" = Reading(") + source.count(" = changing(") == len(codes)


@pytest.mark.parametrize("kind", list(AuditKind), ids=lambda kind: kind.code)
def test_a_kind_is_well_formed(kind):
    group, dot, act = kind.code.partition(".")

    assert dot
    assert group.replace("_", "").islower()
    assert act.replace("_", "").islower()
    assert len(kind.code) <= AuditEntry._meta.get_field("kind").max_length
    assert kind.sentence.endswith(".")
    assert kind.sentence[0].isupper() or kind.sentence.startswith("{")
    assert all(name.isidentifier() for name in placeholders(kind))
    assert lucide._render_icon(kind.icon, 15)
    assert (kind.code in CHANGES) is kind.is_change


def calls() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every place that writes an entry: where, the kind's name, and the names it gives (None: not to be read off)."""
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            kind = _kind_of(node)
            if kind:
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield where, kind, _names_given(node)


def _kind_of(call: ast.Call) -> str | None:
    """`X` of a call that is given AuditKind.X, as its first argument or as `kind`."""
    given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "kind")]
    for value in given:
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == "AuditKind":
            return value.attr
    return None


def _names_given(call: ast.Call) -> set[str] | None:
    writer = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if writer not in ("record", "Refused"):
        return None  # it hands the kind on to somebody who adds the rest
    names: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg in ("details", "personal"):
            if not isinstance(keyword.value, ast.Dict):
                return None
            for key in keyword.value.keys:
                if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                    return None
                names.add(key.value)
    return names


CALLS = list(calls())


def test_there_are_calls_to_read():
    assert len(CALLS) > 20


@pytest.mark.parametrize("where,kind,names", CALLS, ids=[f"{where} {kind}" for where, kind, _ in CALLS])
def test_an_entry_is_given_what_its_sentence_names(where, kind, names):
    needed = placeholders(AuditKind.named()[kind]) - ALWAYS_THERE

    assert names is None or needed <= names, f"{where}: {kind} reads {AuditKind.named()[kind].sentence!r}"


def test_every_kind_is_written_somewhere():
    written = {kind for _, kind, _ in CALLS}
    source = "\n".join(path.read_text() for path in (ROOT / "dashboard").rglob("*.py") if "kinds" not in path.parts)

    assert {name for name in AuditKind.named() if name not in written and f"AuditKind.{name}" not in source} == set()
