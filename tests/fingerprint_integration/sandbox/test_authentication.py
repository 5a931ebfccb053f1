"""Who gets in: both forms of the key, regions, scopes and plans. The service says 403, never 401."""

import httpx
import pytest

from fingerprint_integration.sandbox import Sandbox
from tests.fingerprint_integration.sandbox.asking import found, message_of, search, whole_window
from tests.fingerprint_integration.sandbox.conftest import NOON, connect

VERSIONS = ["v3", "v4"]
SAYS = {
    "v3": {
        "missing": (403, "TokenRequired", "secret key is required"),
        "unknown": (403, "TokenNotFound", "secret key is not found"),
        "region": (403, "WrongRegion", "wrong region"),
        "inactive": (403, "SubscriptionNotActive", "forbidden"),
        "feature": (403, "FeatureNotEnabled", "feature not enabled"),
    },
    "v4": {
        "missing": (403, "secret_api_key_required", "secret API key in header is missing or empty"),
        "unknown": (
            403,
            "secret_api_key_not_found",
            "no fingerprint workspace found for specified secret API key",
        ),
        "region": (403, "wrong_region", "wrong region"),
        "inactive": (403, "subscription_not_active", "forbidden"),
        "feature": (403, "feature_not_enabled", "feature not enabled"),
    },
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_request_without_a_key_or_with_a_wrong_one_gets_403(cast, version):
    client = connect(cast, version)
    name = "Authorization" if version == "v4" else "Auth-API-Key"

    del client.headers[name]
    assert message_of(search(client, version)) == SAYS[version]["missing"]
    client.headers[name] = ""
    assert message_of(search(client, version)) == SAYS[version]["missing"]
    client.headers[name] = "Bearer wrong" if version == "v4" else "wrong"
    assert message_of(search(client, version)) == SAYS[version]["unknown"]


def test_v3_takes_the_key_from_the_query_too_and_v4_does_not(cast):
    bare = httpx.Client(transport=httpx.MockTransport(cast.handle), base_url="http://cast.test")

    assert bare.get("/events/search?limit=1&api_key=sandbox-secret-key").status_code == 200
    assert message_of(bare.get("/v4/events?api_key=sandbox-secret-key")) == SAYS["v4"]["missing"]


def test_v3_believes_the_header_when_both_forms_are_given(cast):
    client = connect(cast, "v3", "wrong")

    refused = client.get("/events/search?limit=1&api_key=sandbox-secret-key")

    assert message_of(refused) == SAYS["v3"]["unknown"]


def test_v4_takes_a_bearer_key_only(cast):
    client = connect(cast, "v4")
    client.headers["Authorization"] = "sandbox-secret-key"
    client.headers["Auth-API-Key"] = "sandbox-secret-key"

    assert message_of(client.get("/events")) == SAYS["v4"]["missing"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "region, key", [("us", "sandbox-secret-key"), ("eu", "sandbox-eu-key"), ("ap", "sandbox-ap-key")]
)
def test_a_key_opens_the_region_it_belongs_to_and_no_other(version, region, key):
    sandbox = Sandbox(now=NOON, rate=None, region=region, is_empty=True)

    for other in ("sandbox-secret-key", "sandbox-eu-key", "sandbox-ap-key"):
        answer = search(connect(sandbox, version, other), version)
        if other == key:
            assert answer.status_code == 200
        else:
            assert message_of(answer) == SAYS[version]["region"]


def test_a_host_name_can_name_the_region(cast):
    def ask(host: str, key: str) -> int:
        with httpx.Client(transport=httpx.MockTransport(cast.handle)) as client:
            return client.get(f"https://{host}/v4/events", headers={"Authorization": f"Bearer {key}"}).status_code

    assert ask("eu.api.fpjs.io", "sandbox-eu-key") == 200
    assert ask("eu.api.fpjs.io", "sandbox-secret-key") == 403
    assert ask("ap.api.fpjs.io", "sandbox-ap-key") == 200
    assert ask("api.fpjs.io", "sandbox-secret-key") == 200
    assert ask("api.fpjs.io", "sandbox-eu-key") == 403


@pytest.mark.parametrize("version", VERSIONS)
def test_an_inactive_subscription_is_refused_everywhere(cast, version):
    client = connect(cast, version, "sandbox-inactive-key")

    assert message_of(search(client, version)) == SAYS[version]["inactive"]
    assert message_of(client.delete("/visitors/" + "a" * 20)) == SAYS[version]["inactive"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_basic_key_may_read_but_not_delete(cast, version):
    client = connect(cast, version, "sandbox-basic-key")
    visitor_id = cast.stories["family"].visitor_ids[0]

    assert search(client, version).status_code == 200
    assert message_of(client.delete(f"/visitors/{visitor_id}")) == SAYS[version]["feature"]


def test_the_basic_key_may_not_ask_for_related_visitors(cast):
    visitor_id = cast.stories["family"].visitor_ids[0]

    refused = connect(cast, "v3", "sandbox-basic-key").get("/related-visitors", params={"visitor_id": visitor_id})

    assert message_of(refused) == SAYS["v3"]["feature"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_environment_key_sees_its_environment_only(cast, version):
    client = connect(cast, version, "sandbox-env-key")
    testers = cast.stories["quality_assurance"]
    stranger = cast.stories["family"]

    ids = found(client, version, limit=100, **whole_window(cast))
    assert set(ids) <= {event.event_id for event in cast.world.by_story["quality_assurance"]}
    assert ids
    assert client.get(f"/events/{testers.event_ids[0]}").status_code == 200
    assert client.get(f"/events/{stranger.event_ids[0]}").status_code == 404
    # The visitor is one of the workspace, so it is known; there is only nothing to see.
    assert found(client, version, visitor_id=stranger.visitor_ids[0], **whole_window(cast)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_environment_key_may_not_delete_visitors(cast, version):
    client = connect(cast, version, "sandbox-env-key")

    refused = client.delete(f"/visitors/{cast.stories['quality_assurance'].visitor_ids[0]}")

    assert refused.status_code == 403
    if version == "v3":
        assert refused.json()["error"]["code"] == "WorkspaceScopedSecretKeyRequired"


def test_the_visitor_history_refuses_in_its_own_plain_shape(cast):
    visitor_id = cast.stories["family"].visitor_ids[0]

    refused = connect(cast, "v3", "wrong").get(f"/visitors/{visitor_id}")

    assert (refused.status_code, refused.json()) == (403, {"error": "Forbidden (HTTP 403)"})


def test_a_key_is_checked_before_anything_else(cast):
    assert message_of(connect(cast, "v3", "wrong").get("/events/search?limit=nonsense")) == SAYS["v3"]["unknown"]
    assert message_of(connect(cast, "v4", "wrong").get("/events/none")) == SAYS["v4"]["unknown"]


def test_the_key_is_not_in_the_text_of_what_the_sandbox_remembers(cast):
    connect(cast, "v4").get("/events")

    assert cast.requests[-1].key == "sandbox-secret-key"
    assert "sandbox-secret-key" not in repr(cast.requests)
