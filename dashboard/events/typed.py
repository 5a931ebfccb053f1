"""A search as one line: `suspect:yes ip:10.0.0.0/24 linked:acct_1,acct_2`. Pure.

Words before the colon are the filters' own names or short ones; several values are separated by commas, a value with a
blank or comma stands in quotation marks. What is read here is checked by the form, like everything that was typed.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from dashboard.events.filter_kinds import Filter, Kind
from dashboard.events.filters import BY_NAME

SHORT: Final[Mapping[str, str]] = {
    "visitor": "visitor_id",
    "linked": "linked_id",
    "account": "linked_id",
    "ip": "ip_address",
    "address": "ip_address",
    "network": "asn",
    "recall": "high_recall_id",
    "proximity": "proximity_id",
    "tor": "tor_node",
    "privacy": "privacy_settings",
    "devtools": "developer_tools",
    "vm": "virtual_machine",
    "antidetect": "anti_detect_browser",
    "spoofing": "location_spoofing",
    "mitm": "mitm_attack",
    "rooted": "root_apps",
    "score": "min_suspect_score",
    "rare": "rare_device",
    "platform": "sdk_platform",
    "page": "url",
    "site": "origin",
    "env": "environment",
}
_YES: Final = frozenset({"yes", "true", "1", "y"})
_NO: Final = frozenset({"no", "false", "0", "n"})
_WORD: Final = re.compile(
    r'(?P<not>-?)(?P<key>[A-Za-z_]+):(?P<value>(?:"[^"]*"|[^\s,"]*)(?:,(?:"[^"]*"|[^\s,"]*))*)(?=\s|$)'
)
_VALUE: Final = re.compile(r'"([^"]*)"|([^,"]+)')
LONGEST: Final = 4_096
_SHORTEST: Final[Mapping[str, str]] = {name: key for key, name in reversed([*SHORT.items()])}


class NotReadable(ValueError):
    """A line that is no search; the only argument is the sentence beside the field."""


def read(text: str) -> dict[str, str]:
    """The line as fields of the search form, by the filters' names; {} for an empty one. Raises NotReadable."""
    fields: dict[str, list[str]] = {}
    at = 0
    typed = text.strip()
    while at < len(typed):
        match = _WORD.match(typed, at)
        if match is None:
            rest = typed[at:].split(maxsplit=1)[0][:40]
            raise NotReadable(
                _("Write %(rest)s as name:value, such as linked:acct_1 or vpn:yes.") % {"rest": f"“{rest}”"}
            )
        name, values = _one(match)
        fields.setdefault(name, []).extend(values)
        at = match.end()
        at += len(typed[at:]) - len(typed[at:].lstrip())
    return {name: _joined(BY_NAME[name], values) for name, values in fields.items()}


def _one(match: re.Match[str]) -> tuple[str, list[str]]:
    key = match["key"].lower()
    name = SHORT.get(key, key)
    if name not in BY_NAME:
        raise NotReadable(_("There is no filter named %(key)s; the names are listed below.") % {"key": f"“{key[:40]}”"})
    if match["not"]:
        raise NotReadable(
            _(
                "Fingerprint cannot leave a value out. Search without %(key)s, then leave the value out of what is "
                "loaded."
            )
            % {"key": f"“-{key[:40]}”"}
        )
    values = [quoted or bare for quoted, bare in _VALUE.findall(match["value"])]
    if not values:
        raise NotReadable(_("Enter a value behind %(key)s.") % {"key": f"“{key[:40]}:”"})
    each = BY_NAME[name]
    return name, [_said(each, value) for value in values]


def _said(each: Filter, value: str) -> str:
    if each.kind is Kind.CLAIM:
        said = value.lower()
        return "true" if said in _YES else "false" if said in _NO else value
    return value.removeprefix(">") if each.kind is Kind.NUMBER else value


def _joined(each: Filter, values: list[str]) -> str:
    """Several values stand under one another where several may be asked for; otherwise the last one counts."""
    return "\n".join(values) if each.takes_several else values[-1]


def names(filters: Iterable[str]) -> tuple[str, ...]:
    """Every word that may stand before a colon for these filters, for completing what is typed."""
    return tuple(sorted(_key(name) for name in filters if name in BY_NAME))


def values(filters: Iterable[str]) -> tuple[str, ...]:
    """Every `name:value` of those filters whose values are a closed list, for completing what is typed."""
    found = []
    for name in filters:
        each = BY_NAME.get(name)
        if each is not None and each.kind is Kind.CLAIM:
            found += [f"{_key(name)}yes", f"{_key(name)}no"]
        elif each is not None:
            found += [f"{_key(name)}{value}" for value, _label in each.choices if value]
    return tuple(sorted(found))


def _key(name: str) -> str:
    """`linked:` for linked_id: the shortest word that is read as this filter."""
    return f"{_SHORTEST.get(name, name)}:"
