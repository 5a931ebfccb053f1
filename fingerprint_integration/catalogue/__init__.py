"""Every smart signal and every event field in plain words, in the order they are shown."""

from collections.abc import Mapping

from fingerprint_integration.catalogue.browser import BROWSER_SIGNALS
from fingerprint_integration.catalogue.counts import LABEL_SIGNALS, SPEED_SIGNALS, WINDOWS
from fingerprint_integration.catalogue.fields import FIELDS, PERSONAL_EVIDENCE, FieldSpec
from fingerprint_integration.catalogue.network import NETWORK_SIGNALS
from fingerprint_integration.catalogue.phone import PHONE_SIGNALS
from fingerprint_integration.catalogue.spec import GROUPS, Group, Kind, SignalSpec, Value

CATALOGUE: tuple[SignalSpec, ...] = (
    *BROWSER_SIGNALS,
    *NETWORK_SIGNALS,
    *PHONE_SIGNALS,
    *SPEED_SIGNALS,
    *LABEL_SIGNALS,
)
BY_NAME: Mapping[str, SignalSpec] = {spec.name: spec for spec in CATALOGUE}
POSITION: Mapping[str, int] = {spec.name: place for place, spec in enumerate(CATALOGUE)}

NOT_PERSONAL: frozenset[str] = frozenset(spec.name for spec in FIELDS if not spec.personal)
"""The fields a masked person may see; whatever is not in here is personal, known or not."""

__all__ = [
    "BY_NAME",
    "CATALOGUE",
    "FIELDS",
    "GROUPS",
    "NOT_PERSONAL",
    "PERSONAL_EVIDENCE",
    "POSITION",
    "WINDOWS",
    "FieldSpec",
    "Group",
    "Kind",
    "SignalSpec",
    "Value",
]
