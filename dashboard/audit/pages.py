"""What the pages of the log need to know."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from dashboard.audit import check_proof, keys, queries, seals
from dashboard.audit.actions import Reading
from dashboard.audit.forms import FilterForm
from dashboard.audit.models import AuditCheckpoint
from dashboard.audit.queries import COUNT_CAP, Aspect, EntryFilter
from dashboard.audit.sentences import Line, record_label, target_noun
from dashboard.audit.sentences import address_of as url_of
from dashboard.audit.subjects import SubjectKind
from dashboard.core.access import Perm
from dashboard.core.templatetags.outside import event_short, middle

if TYPE_CHECKING:
    from dashboard.accounts.models import User

_BY_VALUE = {"event": "events:event", "visitor": "visitors:visitor"}
_WRITTEN = ("search", "job", "deletion")
NOTHING_ASKED = EntryFilter()


@dataclass(frozen=True)
class Chip:
    """A filter in force: its name in the address and how it reads."""

    name: str
    key: str
    value: str


def log(reading: Reading, form: FilterForm, *, before: int | None) -> dict[str, Any]:
    """Context of audit/log.html."""
    older = reading.page.older
    is_narrowed = form.is_valid()
    return {
        "form": form,
        "chips": _chips(form) if is_narrowed else [],
        "aspects": _aspects(form) if is_narrowed else [],
        "lines": reading.page.lines,
        "count": reading.count,
        "count_cap": COUNT_CAP,
        "is_newest": before is None,
        "newest_url": address_of(form.address()) if is_narrowed else "",
        "export_url": _open_url("audit:export", form if is_narrowed else None),
        "batch_url": _open_url("audit:log", form if is_narrowed else None),
        "seal": seals.seal(timezone.now()),
        "older_url": address_of(form.address(before=older)) if older and is_narrowed else "",
    }


def children(lines: list[Line], form: FilterForm) -> dict[str, Any]:
    """Context of the fragment `children`: a batch that was opened in place."""
    return {"lines": lines, "all_url": address_of(form.address())}


def check(now: datetime) -> dict[str, Any]:
    """Context of audit/check.html."""
    newest = AuditCheckpoint.objects.order_by("-pk").values_list("note", flat=True).first()
    return {
        "seal": seals.seal(now),
        "verifier_keys": [] if keys.problems() else [each.text for each in keys.verifiers()],
        "checkpoint": newest or "",
    }


def history(lines: list[Line], kind: str, ref: str, viewer: "User") -> dict[str, Any]:
    """Context of audit/history.html: the lines, whose they are, and where all of them can be filtered."""
    label, route = record_label(kind, ref)
    shown = {"event": event_short, "visitor": middle}[kind](ref) if kind in _BY_VALUE else label
    page = _BY_VALUE.get(kind) or route
    all_url = ""
    if Perm.VIEW_AUDIT in viewer.perms:
        handles = ",".join(queries.handles_of(SubjectKind(kind), ref)) if kind in _BY_VALUE else ""
        query = {"about": handles} if handles else {"record": label} if kind in _WRITTEN else {}
        all_url = address_of(query) if query else ""
    return {
        "lines": lines,
        "noun": target_noun(kind),
        "shown": shown,
        "page_url": url_of(page, ref),
        "all_url": all_url,
    }


def _open_url(route: str, form: FilterForm | None) -> str:
    """An address with the filter, to which one more field can be added."""
    query = urlencode(form.address()) if form is not None else ""
    return f"{reverse(route)}?{query}{'&' if query else ''}"


def script() -> str:
    """The text of check_proof.py."""
    return Path(check_proof.__file__).read_text(encoding="utf-8")


def address_of(query: dict[str, str]) -> str:
    """The log's address with this query."""
    return f"{reverse('audit:log')}?{urlencode(query)}" if query else reverse("audit:log")


def _aspects(form: FilterForm) -> list[dict[str, Any]]:
    labels = {
        Aspect.EVERYTHING: _("Everything"),
        Aspect.CHANGES: _("Changes"),
        Aspect.LOOKING: _("Looking"),
        Aspect.TROUBLE: _("Refused and failed"),
    }
    current = form.cleaned_data["look"]
    return [
        {
            "label": label,
            "url": address_of(form.address(without="look", **({"look": aspect.value} if aspect else {}))),
            "is_current": aspect.value == current,
        }
        for aspect, label in labels.items()
    ]


def _chips(form: FilterForm) -> list[Chip]:
    data = form.cleaned_data
    people = dict(form.fields["who"].choices)  # type: ignore[attr-defined]
    outcomes = dict(form.fields["outcome"].choices)  # type: ignore[attr-defined]
    chips = [
        Chip("about", _("Mentions"), _("one value") if len(data["about"]) == 1 else _("one value, kept several times")),
        Chip("who", _("Who"), str(people.get(data["who"], ""))),
        Chip("kind", _("What"), data["kind"]),
        Chip("outcome", _("Outcome"), str(outcomes.get(data["outcome"], ""))),
        Chip("record", _("Record"), data["record"]),
        Chip("ticket", _("Ticket"), data["ticket"]),
        Chip("batch", _("Batch"), data["batch"]),
        Chip("request", _("Request"), data["request"]),
        Chip("start", _("From"), data["start"].isoformat() if data["start"] else ""),
        Chip("end", _("To"), data["end"].isoformat() if data["end"] else ""),
    ]
    return [chip for chip in chips if data[chip.name]]
