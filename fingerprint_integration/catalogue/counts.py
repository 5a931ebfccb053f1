"""How busy visitor, account and address were, Fingerprint's score, and what models and rules of the workspace
said.
"""

from fingerprint_integration.catalogue.spec import Group, Kind, SignalSpec

WINDOWS = {"minutes_5": "5 minutes", "hour_1": "1 hour", "hours_24": "24 hours"}


def _count(name: str, label: str, means: str, *, v3: str) -> SignalSpec:
    return SignalSpec(
        name=name,
        label=label,
        group=Group.SPEED,
        says=means,
        means=means,
        does_not_mean=(
            "A count is not a judgement; offices and shared devices are busy. "
            "Above 20,000 events Fingerprint leaves the 24 hours out."
        ),
        kind=Kind.COUNT,
        evidence=WINDOWS,
        v3=f"velocity.{v3}",
        v4=f"velocity.{name}",
    )


SPEED_SIGNALS: tuple[SignalSpec, ...] = (
    _count("events", "Events of this visitor", "How often this visitor was seen.", v3="events"),
    _count("ip_events", "Events from the address", "How often anybody came from this address.", v3="ipEvents"),
    _count(
        "distinct_linked_id",
        "Accounts of this visitor",
        "How many linked ids this visitor used.",
        v3="distinctLinkedId",
    ),
    _count("distinct_ip", "Addresses of this visitor", "From how many addresses the visitor came.", v3="distinctIp"),
    _count(
        "distinct_ip_by_linked_id",
        "Addresses of this account",
        "From how many addresses this linked id was used.",
        v3="distinctIpByLinkedId",
    ),
    _count(
        "distinct_visitor_id_by_linked_id",
        "Visitors of this account",
        "By how many visitors this linked id was used.",
        v3="distinctVisitorIdByLinkedId",
    ),
    _count(
        "distinct_country",
        "Countries of this visitor",
        "From how many countries the visitor came.",
        v3="distinctCountry",
    ),
)

LABEL_SIGNALS: tuple[SignalSpec, ...] = (
    SignalSpec(
        name="suspect_score",
        label="Suspect score",
        group=Group.LABELS,
        says="Fingerprint's weighted sum of all signals.",
        means="The weights are set in the workspace, so the highest possible score differs from one to the next.",
        does_not_mean="It is not a probability, and not the suspect mark that staff set.",
        kind=Kind.SCORE,
        v3="suspectScore",
        v4="suspect_score",
    ),
    SignalSpec(
        name="labels",
        label="Labels",
        group=Group.LABELS,
        says="A model trained for this workspace predicts a label.",
        means="Each label is the yes or no of a model made for one purpose, with its score.",
        does_not_mean="The models are in beta; a prediction is not a finding.",
        v3="labels",
        v4="labels",
    ),
    SignalSpec(
        name="rule_action",
        label="Rule",
        group=Group.LABELS,
        says="A rule of this workspace says to block.",
        means="The ruleset the event was asked with came to this action.",
        does_not_mean="Nothing was blocked by asking; an event read without a ruleset has no action.",
        no_values=frozenset({"allow"}),
        says_by_value={"block": "A rule of this workspace says to block."},
        evidence={"ruleset_id": "Ruleset", "rule_id": "Rule", "rule_expression": "Condition"},
        v3=None,
        v4="rule_action",
    ),
)
