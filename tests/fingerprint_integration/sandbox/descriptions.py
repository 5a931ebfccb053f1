"""Fingerprint's OpenAPI descriptions, when they lie beside the project: what an answer must look like.

They are looked for in the directory that INKPAD_API_EXAMPLES names, else in `../shared/api`. Without them
nothing is checked here; the official SDKs, which hold the same schemas, are always there.
"""

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import referencing
import yaml
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing.jsonschema import DRAFT202012

PROJECT = Path(__file__).parents[3]
REFERENCE = Path(os.environ.get("INKPAD_API_EXAMPLES") or PROJECT.parent / "shared" / "api")
DESCRIPTIONS = {
    name: REFERENCE / path
    for name, path in {
        "v3": "v3/openapi-v3_spec-3.10_derived.yaml",
        "v3 classic": "v3/openapi-v3_spec-2.12.0.yaml",
        "v4": "v4/openapi-v4_spec-3.9_derived.yaml",
    }.items()
    if (REFERENCE / path).is_file()
}


@functools.cache
def description(name: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(DESCRIPTIONS[name].read_text(), Loader=loader)  # noqa: S506 (it is safe)
    return document


@functools.cache
def _registry(name: str) -> Any:
    resource = DRAFT202012.create_resource(description(name))
    return referencing.Registry().with_resource("urn:description", resource)


@functools.cache
def validator(name: str, pointer: str) -> Any:
    """A validator for the schema at a JSON pointer of a description."""
    kind = OAS31Validator if name == "v4" else OAS30Validator
    return kind({"$ref": f"urn:description#{pointer}"}, registry=_registry(name))


def complaints(name: str, pointer: str, document: Any) -> list[str]:
    """What is wrong with a document; nothing when the description is not there."""
    if name not in DESCRIPTIONS:
        return []
    return [f"{error.json_path}: {error.message[:300]}" for error in validator(name, pointer).iter_errors(document)]


def check_answer(name: str, request: httpx.Request, response: httpx.Response) -> None:
    """Fail when an answer is not what the description says about its operation and status.

    A status that is not listed for an operation must still be an error in the version's own shape.
    """
    if name not in DESCRIPTIONS:
        return
    path = request.url.path.removeprefix("/v4") if name == "v4" else request.url.path
    found = _operation(description(name), request.method.lower(), path)
    if found is None:
        return
    template, responses = found
    listed = responses.get(str(response.status_code))
    if response.status_code == 200 and not (listed or {}).get("content"):
        assert response.content == b"", f"{request.method} {template} answers 200 with an empty body"
        return
    document = _fresh(name, json.loads(response.content))
    if listed is None or "content" not in listed:
        wrong = complaints(name, "/components/schemas/ErrorResponse", document)
    else:
        escaped = template.replace("~", "~0").replace("/", "~1")
        method, status = request.method.lower(), response.status_code
        pointer = f"/paths/{escaped}/{method}/responses/{status}/content/application~1json/schema"
        wrong = complaints(name, pointer.replace("{", "%7B").replace("}", "%7D"), document)
    assert not wrong, f"{request.method} {template} {response.status_code}: {wrong[:5]}"


_checked: set[tuple[str, str]] = set()


def _fresh(name: str, document: Any) -> Any:
    """A search page with a few events that were not checked before.

    Checking takes milliseconds for each event, and test_rendering.py checks one of every kind.
    """
    events = document.get("events")
    if not events:
        return document
    fresh: list[Any] = []
    for event in events[:: max(len(events) // 3, 1)]:
        text = json.dumps(event)
        if (name, text) not in _checked:
            _checked.add((name, text))
            fresh.append(event)
    return {**document, "events": fresh}


def _operation(document: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    for template, operations in sorted(document["paths"].items(), key=lambda item: "{" in item[0]):
        pattern = re.sub(r"\{[^}]*\}", "[^/]+", template)
        if method in operations and re.fullmatch(pattern, path):
            return template, operations[method]["responses"]
    return None
