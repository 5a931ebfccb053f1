"""What is typed about people, and a person's own settings."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.accounts.models import User
from dashboard.core.access import Role
from dashboard.core.printable import printable

_MAY = {
    Role.SUPPORT: _("Support: search and open masked, ask for deletions"),
    Role.FRAUD_ANALYST: _("Fraud analyst: see everything, mark, tag and re-link events"),
    Role.FRAUD_LEAD: _("Fraud lead: the same, and cancel or undo the jobs of others"),
    Role.COMPLIANCE: _("Compliance officer: see everything, ask for, approve and refuse deletions, read the audit log"),
    Role.AUDITOR: _("Auditor: read requests and the audit log, never a visitor’s personal data"),
    Role.ADMINISTRATOR: _("Administrator: people and roles, status; no power over deletions"),
}


class _RolesField(forms.TypedMultipleChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Roles"),
            required=False,
            choices=[(role.value, words) for role, words in _MAY.items()],
            coerce=Role,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Several roles may do what any of them may. Without a role nothing can be opened."),
        )


def _clean_name(typed: str) -> str:
    name = " ".join(typed.split())
    if printable(name) != name:
        raise forms.ValidationError(_("Write the name without invisible characters."))
    return name


class NewPersonForm(forms.Form):
    """Somebody new: they choose a password themselves through a link."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("Work e-mail"),
        max_length=254,
        help_text=_("They sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    roles = _RolesField()

    def clean_name(self) -> str:
        return _clean_name(self.cleaned_data["name"])

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Use another address: somebody with this one is here already."))
        return email


class PersonForm(forms.Form):
    """What an administrator may change of somebody."""

    name = forms.CharField(label=_("Name"), max_length=100)
    roles = _RolesField()
    is_active = forms.BooleanField(
        label=_("May sign in"),
        required=False,
        help_text=_("Without it, their next request already finds them signed out."),
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, help_text=_("It stands in the audit log beside the change.")
    )

    @classmethod
    def of(cls, person: User) -> "PersonForm":
        """The form as it stands for this person."""
        roles = [role.value for role in person.roles]
        return cls(initial={"name": person.name, "roles": roles, "is_active": person.is_active})

    def clean_name(self) -> str:
        return _clean_name(self.cleaned_data["name"])


@cache
def _time_zones() -> tuple[tuple[str, str], ...]:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return (("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones))


class PreferencesForm(forms.Form):
    """A person's own settings. A part of them may be sent alone: what is missing stays as it is."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=_time_zones, help_text=_("All times are shown in it; UTC stands beside them.")
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme.choices, widget=forms.RadioSelect)
    shortcuts = forms.ChoiceField(
        label=_("Single-key shortcuts"),
        choices=[("on", _("On")), ("off", _("Off"))],
        widget=forms.RadioSelect,
        help_text=_("Such as / for the paste box and j, k for the rows of a list."),
    )
    mails = forms.ChoiceField(
        label=_("E-mails"),
        choices=[("on", _("On")), ("off", _("Off"))],
        widget=forms.RadioSelect,
        help_text=_("One when something new stands in your inbox. It names no visitor. The inbox itself stays on."),
    )

    @classmethod
    def of(cls, person: User, sent: dict[str, Any] | None = None) -> "PreferencesForm":
        """The form as it stands for this person, with what was sent (if anything was) in its place."""
        stands = {
            "time_zone": person.time_zone,
            "theme": person.theme,
            "shortcuts": "on" if person.shortcuts else "off",
            "mails": "on" if person.mails else "off",
        }
        if sent is None:
            return cls(initial=stands)
        return cls({**stands, **{name: value for name, value in sent.items() if name in stands}})

    def to_preferences(self) -> dict[str, Any]:
        """What actions.change_preferences takes."""
        switches = {name: self.cleaned_data[name] == "on" for name in ("shortcuts", "mails")}
        return {"time_zone": self.cleaned_data["time_zone"], "theme": self.cleaned_data["theme"], **switches}
