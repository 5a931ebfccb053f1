"""The gallery: every component in every state, with made-up values. Only there while debugging and in visual tests."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.core.charts import Bar, Day
from dashboard.core.meters import Part

_AT = datetime(2026, 11, 22, 7, 51, 7, 204_000, tzinfo=UTC)
_HOSTILE = "<img src=x onerror=alert(1)>\x00\u202egnp.exe\u200b =1+1 " + "very_long_" * 30

_HOUR_COUNTS = (  # count and strong part of each bar
    3, 0, 5, 1, 5, 0, 9, 0, 8, 1, 8, 1, 5, 1, 4, 0, 1, 0, 1, 0, 4, 0, 9, 0, 10, 1, 9, 0, 8, 1, 5, 1,
    2, 0, 3, 0, 6, 0, 8, 0, 10, 1, 6, 0, 3, 0, 5, 0, 9, 1, 24, 12, 40, 22, 47, 30, 36, 24, 28, 16, 6, 1, 4, 0,
)  # fmt: skip
_DAY_COUNTS = (4, 4, 3, 4, 2, 3, 0, 2, 4, 4, 3, 2, *(0,) * 13, 4, 3, 2, 3, 4, 2, 0, 4, 3, 3, 2, 5, 7, 12, 20)


_SWATCHES = (
    *("desk", "sheet-colour", "raised", "sunk", "hover", "line", "line-strong", "control", "ink-3", "ink-2", "ink"),
    *("accent-tint", "accent-line", "accent-colour", "accent-solid", "red-tint", "red-line", "red-colour", "red-solid"),
    *("ochre-tint", "ochre-line", "ochre-colour", "green-tint", "green-line", "green-colour"),
)


class _SampleForm(forms.Form):
    ticket = forms.CharField(label="Ticket", help_text="Shown in the audit log, for example 88-4410", initial="88-4410")
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), initial="Customer on the phone")
    end = forms.DateField(label="End of the window")
    law = forms.ChoiceField(label="Law", choices=(("gdpr", "GDPR"), ("ccpa", "CCPA")))
    mark = forms.ChoiceField(
        label="Mark as", choices=(("yes", "Suspect"), ("no", "Not suspect")), widget=forms.RadioSelect, initial="yes"
    )
    told = forms.BooleanField(label="The customer was told", required=False, help_text="By phone or by mail")


def show(request: HttpRequest) -> HttpResponse:
    """The gallery page; its values are constant, so that two pictures of it can be compared."""
    refused = _SampleForm(
        {"ticket": "88-4410", "reason": "Customer on the phone", "end": "15 Nov", "law": "gdpr", "mark": "yes"}
    )
    refused.errors["end"] = refused.error_class(["The end is before the start. Choose a day after 16 Nov."])
    counts = list(zip(_HOUR_COUNTS[::2], _HOUR_COUNTS[1::2], strict=True))
    start = _AT - timedelta(hours=3 * len(counts))
    context = {
        "at": _AT,
        "now": _AT + timedelta(minutes=28),
        "hostile": _HOSTILE,
        "form": _SampleForm(),
        "refused": refused,
        "visitors": ("Ibk1527CUFmcnjLwIs4A", "7Svp5DvNbzWaUEHnLFKh", "Jj7PJHBRdvG3Ci8pS6ww", "a9FVkzMnpeKfWp4RADzY"),
        "swatches": _SWATCHES,
        "bars": [
            Bar(
                label=f"{start + timedelta(hours=3 * place):%d %b, %H:%M}",
                count=count,
                strong=strong,
                tick=f"{start + timedelta(hours=3 * place):%a %d}" if place % 8 == 2 else "",
                is_chosen=25 <= place <= 29,
            )
            for place, (count, strong) in enumerate(counts)
        ],
        "days": [
            Day(
                label=f"{_AT - timedelta(days=len(_DAY_COUNTS) - place):%d %b}",
                count=count,
                strong=count // 2 if count > 6 else 0,
                tick={0: "25 Aug", len(_DAY_COUNTS) - 1: "23 Nov"}.get(place, ""),
                is_known=place not in (30, 31),
            )
            for place, count in enumerate(_DAY_COUNTS)
        ],
        "parts": [
            Part("done", 1128, "marked"),
            Part("already", 71, "were so already"),
            Part("skipped", 6, "skipped"),
            Part("failed", 9, "failed"),
            Part("waiting", 786, "waiting, 4 of them tried before"),
        ],
        "steps": [
            {"label": "Asked, 09:31", "state": "done"},
            {"label": "Approval", "state": "current"},
            {"label": "Cooling-off, 30 minutes", "state": "todo"},
            {"label": "Running", "state": "todo"},
        ],
        "health": [
            {"label": "Fingerprint", "words": "Answering, 182 ms", "tone": "green"},
            {"label": "Deletions this hour", "used": 12, "limit": 30},
            {"label": "Deletions today", "used": 480, "limit": 500},
            {"label": "Queue", "words": "214 items, oldest 40 s"},
            {"label": "API v3", "words": "ends in 342 days"},
        ],
        "counts": [
            ("2 yes, strong", "red"),
            ("1 yes", ""),
            ("3 no", ""),
            ("1 failed", "ochre"),
            ("1 not provided", "faint"),
        ],
        "raw": '{\n  "event_id": "1795333867327.NLOjmg",\n  "timestamp": 1795333867327,\n'
        '  "bot": "bad",\n  "suspect": null\n}',
    }
    return render(request, "components/gallery.html", context)
