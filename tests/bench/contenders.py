"""The clients that are compared: ours, both official SDKs, and bare httpx and urllib3 that decode nothing."""

import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import httpx
import urllib3

from fingerprint_integration.client import FingerprintClient
from tests.bench import rows
from tests.bench.plain import KEY, client

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the v3 package says on import that it is deprecated
    import fingerprint_pro_server_api_sdk as official_v3
    import fingerprint_server_sdk as official_v4

OURS, OFFICIAL, HTTPX, URLLIB3 = "Inkpad's client", "official SDK", "bare httpx", "bare urllib3"
Contenders = dict[str, Callable[[], object]]


class Asked(NamedTuple):
    """What is asked in one measurement; everything stands still, so that every answer is the same."""

    event_id: str
    visitor_id: str
    start: datetime
    end: datetime


class _Noting(httpx.HTTPTransport):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.targets.append(request.url.raw_path.decode())
        return super().handle_request(request)


def targets_of(version: str, url: str, ask: Callable[[FingerprintClient], object]) -> list[str]:
    """The addresses our client asks for to do something: what the bare contenders fetch."""
    noting = _Noting()
    ask(FingerprintClient(KEY, version=version, base_url=url, transport=noting))
    return noting.targets


def official(version: str, url: str) -> Any:
    """The official SDK of a version at an address."""
    if version == "v4":
        return official_v4.FingerprintApi(official_v4.Configuration(api_key=KEY, host=f"{url}/v4"))
    configuration = official_v3.Configuration(api_key=KEY)
    configuration.host = url
    return official_v3.FingerprintApi(configuration)


def headers(version: str) -> dict[str, str]:
    """The key, as a version wants it."""
    return {"Authorization": f"Bearer {KEY}"} if version == "v4" else {"Auth-API-Key": KEY}


def bare(version: str, url: str, targets: list[str]) -> Contenders:
    """Fetch the same answers without looking at them: the floor of everything built on httpx, and of urllib3."""
    plain = httpx.Client(headers=headers(version), trust_env=False)
    pool = urllib3.PoolManager(headers=headers(version))

    def by_httpx() -> None:
        for target in targets:
            assert plain.get(url + target).content

    def by_urllib3() -> None:
        for target in targets:
            assert pool.request("GET", url + target).data

    return {HTTPX: by_httpx, URLLIB3: by_urllib3}


def one_event(version: str, url: str, asked: Asked) -> Contenders:
    """`get_event`, and what a row shows of it."""
    mine, theirs, read = client(version, url), official(version, url), _reader(version)
    return {
        OURS: lambda: rows.ours(mine.get_event(asked.event_id)),
        OFFICIAL: lambda: read(theirs.get_event(asked.event_id)),
        **bare(version, url, targets_of(version, url, lambda noted: noted.get_event(asked.event_id))),
    }


def one_page(version: str, url: str, asked: Asked) -> Contenders:
    """A search for 100 events, each read as a row shows it."""
    mine, theirs, read = client(version, url), official(version, url), _reader(version)

    def by_us(client: FingerprintClient = mine) -> None:
        page = client.search_events(100, visitor_id=asked.visitor_id, start=asked.start, end=asked.end)
        assert len([rows.ours(event) for event in page.events]) == 100

    def by_them() -> None:
        page = theirs.search_events(limit=100, visitor_id=asked.visitor_id, start=_ms(asked.start), end=_ms(asked.end))
        assert len([read(event) for event in page.events]) == 100

    return {OURS: by_us, OFFICIAL: by_them, **bare(version, url, targets_of(version, url, by_us))}


def history(version: str, url: str, asked: Asked, count: int) -> Contenders:
    """Everything of one visitor, 100 a page, each event read as a row shows it and let go."""
    mine, theirs, read = client(version, url), official(version, url), _reader(version)

    def by_us(client: FingerprintClient = mine) -> None:
        found = client.iter_events(visitor_id=asked.visitor_id, start=asked.start, end=asked.end)
        assert sum(1 for _ in map(rows.ours, found)) == count

    def by_them() -> None:
        window = {"visitor_id": asked.visitor_id, "start": _ms(asked.start), "end": _ms(asked.end), "limit": 100}
        key, seen = None, 0
        while True:
            page = theirs.search_events(**window, **({"pagination_key": key} if key else {}))
            seen += sum(1 for _ in map(read, page.events or ()))
            key = page.pagination_key
            if not key:
                break
        assert seen == count

    return {OURS: by_us, OFFICIAL: by_them, **bare(version, url, targets_of(version, url, by_us))}


def _reader(version: str) -> Callable[[Any], object]:
    return rows.official_v4 if version == "v4" else rows.official_v3


def _ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
