"""What both versions derive in the same way: signals that are put together from several members."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from fingerprint_integration.domain import Label, Reading, Value

Evidence = tuple[str, Value | datetime]
_YES: Final = Reading(True)
_NO: Final = Reading(False)


def plain(value: Value) -> Reading:
    """Give a reading without evidence; yes and no are shared, because a page has thousands of them."""
    if value is False:
        return _NO
    return _YES if value is True else Reading(value)


def add(readings: dict[str, Reading], name: str, value: Value, *evidence: Evidence) -> None:
    """Note a reading; without a value the signal stays out, because evidence of nothing reads like an answer."""
    if value is not None:
        readings[name] = Reading(value, evidence) if evidence else plain(value)


def known(word: str | None) -> str | None:
    """Give None for the words by which Fingerprint says that it does not know."""
    return None if word in ("unknown", "") else word


def any_of(*claims: bool | None) -> bool | None:
    """Give True when one claim is, False when one was looked at and none is, None when nothing is known."""
    known = [claim for claim in claims if claim is not None]
    return any(known) if known else None


def blocklist(
    readings: dict[str, Reading], *, result: bool | None, email_spam: bool | None, attack_source: bool | None
) -> None:
    """Note the blocklists: spam or attacks. v3's own sum counts only when its parts are missing, because v4 has
    no sum.
    """
    value = any_of(email_spam, attack_source)
    if value is None:
        value = result
    add(readings, "ip_blocklist", value, ("email_spam", email_spam), ("attack_source", attack_source))


def hosting(readings: dict[str, Reading], addresses: Sequence[tuple[bool | None, str | None, str | None]]) -> None:
    """Note the data centre from (result, name, network type) of the IPv4 and the IPv6 address; one yes is a yes."""
    value = any_of(*(result for result, _, _ in addresses))
    telling = next((item for item in addresses if item[0]), addresses[0] if addresses else (None, None, None))
    if value is not None:
        add(readings, "datacenter", value, ("name", telling[1] or None), ("asn_type", telling[2]))


def labelled(readings: dict[str, Reading], labels: Iterable[Label]) -> None:
    """Note the labels as one signal: yes when any model predicts its label; each label is evidence by its own
    name.
    """
    found = tuple(labels)
    if found:
        value = any_of(*(label.prediction for label in found))
        add(readings, "labels", value, *((label.label, label.ml_score) for label in found))
