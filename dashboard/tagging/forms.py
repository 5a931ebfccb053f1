"""What people send to confirm a list: what happens to its events, and why."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.core.tickets import TicketField
from dashboard.core.times import thousands
from dashboard.tagging import policy
from dashboard.tagging.changes import MOST_TAG_BYTES, Change, ChangeKind

_DEEPEST_TAGS = 32

SUSPECT, NOT_SUSPECT = "suspect", "not_suspect"
ACTS = (SUSPECT, NOT_SUSPECT, *(kind.value for kind in ChangeKind if kind != ChangeKind.SUSPECT))
MOST_LINKED_ID = 256


class ConfirmForm(forms.Form):
    """What happens to the events of one list, and why; for many of them their number, typed."""

    change = forms.ChoiceField(
        label=gettext_lazy("What changes"),
        choices=(
            (SUSPECT, gettext_lazy("Mark suspect")),
            (NOT_SUSPECT, gettext_lazy("Mark not suspect")),
            (ChangeKind.LINKED_ID.value, gettext_lazy("Set the linked id")),
            (ChangeKind.TAGS_ADD.value, gettext_lazy("Add tags")),
            (ChangeKind.TAGS_REMOVE.value, gettext_lazy("Remove tags")),
            (ChangeKind.TAGS.value, gettext_lazy("Replace all tags")),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what changes.")},
    )
    linked_id = forms.CharField(
        label=gettext_lazy("Linked id"),
        help_text=gettext_lazy("Your own id for these events, such as an account or order. It replaces the one there."),
        required=False,
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        help_text=gettext_lazy(
            "A JSON object, or one key=value a line (then every value is text). To replace all by none, write {}."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "mono"}),
    )
    keys = forms.CharField(
        label=gettext_lazy("Keys to remove"),
        help_text=gettext_lazy("One a line. What is not there is left alone."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For whoever reads the audit log later."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why these events are changed.")},
    )
    ticket = TicketField()
    typed = forms.CharField(
        label=gettext_lazy("Number of events"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Type the number of events.")},
    )
    list_hash = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)
    # The change whose differences the person has seen; filled in by the page that shows them.
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, count: int, is_undo: bool = False, act: str = "", **more: Any):
        """`count` events; an undo has no change to choose; `act` is what was pressed on the list."""
        super().__init__(data, **more)
        self._count = count
        if act in ACTS:
            self.initial["change"] = act
        if is_undo:
            for name in ("change", "linked_id", "tags", "keys"):
                del self.fields[name]
        if count <= policy.TYPED_ABOVE:
            del self.fields["typed"]
        else:
            self.fields["typed"].help_text = _("Type %(count)s, so that nobody changes that many by one click.") % {
                "count": thousands(count)
            }

    def clean_linked_id(self) -> str:
        """At most as long as Fingerprint takes."""
        text: str = self.cleaned_data["linked_id"]
        if len(text) > MOST_LINKED_ID:
            raise forms.ValidationError(
                _("Shorten it: Fingerprint takes %(most)s characters, this has %(count)s.")
                % {"most": MOST_LINKED_ID, "count": thousands(len(text))}
            )
        return text

    def clean_typed(self) -> int:
        """The number of events, with or without commas and blanks in it."""
        text = re.sub(r"[\s,.'’]", "", self.cleaned_data["typed"])
        if not (text.isascii() and text.isdecimal() and int(text) == self._count):
            raise forms.ValidationError(_("Type %(count)s: that many are changed.") % {"count": thousands(self._count)})
        return self._count

    def clean(self) -> dict[str, Any]:
        """The value belongs to what was chosen; one typed beside it is not dropped silently."""
        data = super().clean() or self.cleaned_data
        if "change" not in self.fields:
            return data
        change = data.get("change", "")
        for name, kinds, missing, beside in _VALUES:
            is_wanted, text = change in kinds, data.get(name, "").strip()
            if change and not is_wanted and text:
                self.add_error(name, beside)
            elif is_wanted and not text and name not in self.errors:
                self.add_error(name, missing)
            elif text and name != "linked_id":
                try:
                    data[name] = parse_tags(text) if name == "tags" else parse_keys(text)
                except forms.ValidationError as problem:
                    self.add_error(name, problem)
        if change == ChangeKind.TAGS_ADD and data.get("tags") == {}:
            self.add_error("tags", _("Type the tags that are added."))
        return data

    @property
    def wanted_change(self) -> Change | None:
        """The change of a valid form; None for an undo, whose values stand in its list."""
        data = self.cleaned_data
        choice = data.get("change")
        if choice is None:
            return None
        if choice in (SUSPECT, NOT_SUSPECT):
            return Change(ChangeKind.SUSPECT, choice == SUSPECT)
        if choice == ChangeKind.LINKED_ID:
            return Change(ChangeKind.LINKED_ID, data["linked_id"])
        if choice == ChangeKind.TAGS_REMOVE:
            return Change(ChangeKind.TAGS_REMOVE, data["keys"])
        return Change(ChangeKind(choice), data["tags"])

    @property
    def must_show_difference(self) -> bool:
        """Whether this valid form's change of tags has not been seen as before and after yet."""
        change = self.wanted_change
        return (
            change is not None and change.kind.field == ChangeKind.TAGS and self.cleaned_data["seen"] != digest(change)
        )


_VALUES = (
    (
        "linked_id",
        (ChangeKind.LINKED_ID,),
        gettext_lazy("Type the linked id. Fingerprint cannot empty one."),
        gettext_lazy("Empty this field, or choose to set the linked id."),
    ),
    (
        "tags",
        (ChangeKind.TAGS, ChangeKind.TAGS_ADD),
        gettext_lazy("Type the tags, or {} for none."),
        gettext_lazy("Empty this field, or choose to add or replace tags."),
    ),
    (
        "keys",
        (ChangeKind.TAGS_REMOVE,),
        gettext_lazy("Type the keys that are removed."),
        gettext_lazy("Empty this field, or choose to remove tags."),
    ),
)


def digest(change: Change) -> str:
    """What tells one change from another, for the form that remembers which one was seen."""
    return hashlib.sha256(f"{change.kind}:".encode() + change.stored_value).hexdigest()


class DeclineForm(forms.Form):
    """Why a job is not approved."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say why it is not approved.")},
    )
    list_hash = forms.RegexField(r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput, required=False)


# -- Tags -------------------------------------------------------------------------------------------------------


def parse_tags(text: str) -> dict[str, Any]:
    """A JSON object, or key=value lines, as an object; ValidationError with a sentence otherwise."""
    tags = _from_json(text) if text.lstrip().startswith(("{", "[", '"')) else _from_lines(text.splitlines())
    try:
        size = len(json.dumps(tags, ensure_ascii=False, separators=(",", ":")).encode())
    except UnicodeEncodeError:
        raise forms.ValidationError(_("Remove the half character: an escape such as \\ud800 stands alone.")) from None
    if size > MOST_TAG_BYTES:
        raise forms.ValidationError(
            _("Shorten the tags: Fingerprint takes 16 KB, these are %(size)s bytes.") % {"size": thousands(size)}
        )
    if _depth(tags) > _DEEPEST_TAGS:
        raise forms.ValidationError(_("Nest the tags less deeply."))
    return tags


def parse_keys(text: str) -> list[str]:
    """One key a line, each once; ValidationError for more than an object of 16 KB can hold."""
    keys = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if sum(len(key) for key in keys) > MOST_TAG_BYTES:
        raise forms.ValidationError(_("Shorten the list: tags of 16 KB do not hold that many keys."))
    return keys


def _from_json(text: str) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise forms.ValidationError(_("%(word)s is no JSON number.") % {"word": word})

    try:
        tags = json.loads(text, object_pairs_hook=_once_each, parse_constant=refuse)
    except json.JSONDecodeError as problem:
        raise forms.ValidationError(
            _("This is no JSON: line %(line)s, column %(column)s.") % {"line": problem.lineno, "column": problem.colno}
        ) from None
    except (ValueError, RecursionError):
        raise forms.ValidationError(_("This JSON holds a number or a nesting that is too large.")) from None
    if not isinstance(tags, dict):
        raise forms.ValidationError(_('Tags are an object: write {"key": "value"}.'))
    return tags


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise forms.ValidationError(_("A key stands twice in one object."))
    return found


def _from_lines(lines: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        key, sign, value = line.partition("=")
        if not sign or not key.strip():
            raise forms.ValidationError(_("Write key=value in line %(line)s.") % {"line": number})
        if key.strip() in found:
            raise forms.ValidationError(_("The key in line %(line)s stands twice.") % {"line": number})
        found[key.strip()] = value.strip()
    return found


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max((_depth(part) for part in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((_depth(part) for part in value), default=0)
    return 0
