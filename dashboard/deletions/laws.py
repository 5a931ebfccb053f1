"""Under which laws people ask here: those Inkpad knows, and the rules of the house (DELETION_RULES)."""

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard.deletions.clocks import RULES, Jurisdiction, Rule


def rules() -> dict[str, Rule]:
    """Every rule by its code."""
    return {**RULES, **{rule.code: rule for rule in settings.DELETION_RULES}}


def rule_of(code: str) -> Rule | None:
    """The rule of this code; None when no clock runs, or when the house took its rule out of the settings since."""
    return rules().get(code)


def label_of(code: str) -> str:
    """The law as people read it; a code whose rule is gone stands for itself."""
    rule = rule_of(code)
    if rule is not None:
        return rule.label
    return _("Another law, or none") if code == Jurisdiction.OTHER else code


def choices() -> list[tuple[str, str]]:
    """What a form offers: every rule, and last no rule at all."""
    return [*((rule.code, rule.label) for rule in rules().values()), (str(Jurisdiction.OTHER), label_of("other"))]
