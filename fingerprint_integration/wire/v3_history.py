"""API v3: the visit history and related visitors, which v4 does not have."""

from contextlib import suppress
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from fingerprint_integration.domain import RelatedVisitor, UnreadableEvent, Visit, VisitPage
from fingerprint_integration.errors import InvalidRequest, UnreadableAnswer
from fingerprint_integration.times import from_iso, from_milliseconds
from fingerprint_integration.wire import base, v3_parts, v3_shapes
from fingerprint_integration.wire.base import Request
from fingerprint_integration.wire.tolerance import Malformed, read

_T = TypeVar("_T", bound=msgspec.Struct)
_VISITS: Final = msgspec.json.Decoder(v3_shapes.Visits)
_VISIT: Final = msgspec.json.Decoder(v3_shapes.Identification)
_RELATED: Final = msgspec.json.Decoder(v3_shapes.Related)
_NO_BROWSER: Final = v3_shapes.Browser()
_NO_CONFIDENCE: Final = v3_shapes.Confidence()
_NO_SEEN: Final = v3_shapes.Seen()


class V3History:
    """The pure functions of the two operations that went with v3."""

    def get_visits(
        self,
        visitor_id: str,
        *,
        request_id: str | None,
        linked_id: str | None,
        limit: int | None,
        cursor: str | None,
        before: datetime | None,
    ) -> Request:
        """`GET /visitors/{visitor_id}`; here, and only here, the cursor is spelled `paginationKey`."""
        if limit is not None and limit < 0:
            raise InvalidRequest("A page has 0 or more visits.", field="limit")
        asked = {
            "request_id": request_id,
            "linked_id": linked_id,
            "limit": limit,
            "paginationKey": cursor,
            "before": before,
        }
        parameters = [(name, base.filter_text(name, value)) for name, value in asked.items() if value is not None]
        path = f"/visitors/{base.path_id(visitor_id, what='visitor_id')}"
        return Request(method="GET", target=base.target(path, parameters))

    def get_related_visitors(self, visitor_id: str) -> Request:
        """`GET /related-visitors?visitor_id=`."""
        asked = base.path_id(visitor_id, what="visitor_id")
        return Request(method="GET", target=base.target("/related-visitors", [("visitor_id", asked)]))

    def read_visits(self, body: bytes) -> VisitPage:
        """Read a page of visits; one that cannot be read does not lose the others. Raises UnreadableAnswer."""
        page = _answer(_VISITS, body)
        visitor_id = page.visitor_id or ""
        return VisitPage(
            visitor_id=visitor_id,
            visits=tuple(_visit(bytes(raw), visitor_id) for raw in page.visits or ()),
            cursor=page.pagination_key or None,
        )

    def read_related(self, body: bytes) -> tuple[RelatedVisitor, ...]:
        """Read related visitors; an empty list is a normal answer. Raises UnreadableAnswer."""
        answer = _answer(_RELATED, body)
        return tuple(RelatedVisitor(one.visitor_id) for one in answer.related_visitors or () if one.visitor_id)


def _answer(decoder: "msgspec.json.Decoder[_T]", body: bytes) -> _T:
    with suppress(Malformed):
        return read(decoder, body)[0]
    raise UnreadableAnswer(body=body)


def _visit(raw: bytes, visitor_id: str) -> Visit | UnreadableEvent:
    try:
        found, _ = read(_VISIT, raw)
    except Malformed as reason:
        return base.unreadable(raw, f"This is not a visit: {reason}.")
    at = from_milliseconds(found.timestamp) or from_iso(found.time) or base.time_in_id(found.request_id)
    if found.request_id is None or at is None:
        return base.unreadable(raw, "This visit has no id or no time.", found.request_id)
    browser = found.browser_details or _NO_BROWSER
    return Visit(
        event_id=found.request_id,
        at=at,
        raw=raw,
        visitor_id=visitor_id,
        url=found.url,
        ip_address=found.ip,
        ip_location=v3_parts.location(found.ip_location),
        linked_id=found.linked_id,
        tags=base.json_text(found.tag),
        incognito=found.incognito,
        visitor_found=found.visitor_found,
        confidence=(found.confidence or _NO_CONFIDENCE).score,
        first_seen_at=from_iso((found.first_seen_at or _NO_SEEN).subscription),
        last_seen_at=from_iso((found.last_seen_at or _NO_SEEN).subscription),
        browser_name=browser.browser_name,
        browser_version=browser.browser_full_version,
        browser_major_version=browser.browser_major_version,
        os=browser.os,
        os_version=browser.os_version,
        device=browser.device,
        user_agent=browser.user_agent,
    )


HISTORY: Final = V3History()
