"""Reading from an event what a row of a results page shows, from our event and from those of both SDKs."""

from typing import Any

from fingerprint_integration.domain import Event, UnreadableEvent


def ours(event: Event | UnreadableEvent) -> tuple[Any, ...]:
    """What a row shows of our event."""
    assert isinstance(event, Event)
    return (
        *(event.event_id, event.at, event.visitor_id, event.linked_id, event.ip_address, event.country_code),
        *(event.browser_name, event.browser_major_version, event.os, event.os_version, event.device),
        *(event.device_manufacturer, event.device_model, event.source, event.is_partial),
        *(event.suspect, event.suspect_score),
        tuple((signal.spec.label, signal.strong) for signal in event.speaking),
        len(event.failed),
    )


_V4_FLAGS = (
    "incognito", "privacy_settings", "virtual_machine", "tampering", "developer_tools", "high_activity_device",
    "rare_device", "vpn", "proxy", "root_apps", "emulator", "cloned_app", "jailbroken", "simulator", "frida",
    "location_spoofing", "mitm_attack", "active_call", "replayed",
)  # fmt: skip


def official_v4(event: Any) -> tuple[Any, ...]:
    """What a row shows of an event of the official v4 SDK."""
    browser, phone, found = event.browser_details, event.device_details, event.identification
    address = event.ip_info and (event.ip_info.v4 or event.ip_info.v6)
    lists = event.ip_blocklist
    says = [name for name in _V4_FLAGS if getattr(event, name)]
    if event.bot not in (None, "not_detected"):
        says.append("bot")
    if event.tampering_details and event.tampering_details.anti_detect_browser:
        says.append("anti_detect_browser")
    if lists:
        says += [name for name in ("email_spam", "attack_source", "tor_node") if getattr(lists, name)]
    if address and address.datacenter_result:
        says.append("datacenter")
    if event.factory_reset_timestamp:
        says.append("factory_reset")
    return (
        *(event.event_id, event.timestamp, found and found.visitor_id, event.linked_id, event.ip_address),
        address and address.geolocation and address.geolocation.country_code,
        browser and (browser.browser_name, browser.browser_major_version),
        *(event.os, event.os_version, event.device),
        phone and (phone.device_manufacturer, phone.device_model),
        *(event.source, event.incremental_identification_status, event.suspect, event.suspect_score),
        says,
    )


_V3_FLAGS = (
    "incognito", "privacy_settings", "virtual_machine", "tampering", "developer_tools", "high_activity", "rare_device",
    "vpn", "proxy", "tor", "ip_blocklist", "root_apps", "emulator", "cloned_app", "jailbroken", "frida",
    "location_spoofing", "mitm_attack", "remote_control",
)  # fmt: skip


def official_v3(event: Any) -> tuple[Any, ...]:
    """What a row shows of an event of the official v3 SDK."""
    products = event.products
    found = products.identification and products.identification.data
    browser = found and found.browser_details
    says, failed = [], 0
    for name in _V3_FLAGS:
        product = getattr(products, name)
        if product is not None and product.data is not None and product.data.result:
            says.append(name)
        failed += product is not None and getattr(product, "error", None) is not None
    if products.botd and products.botd.data and products.botd.data.bot.result != "notDetected":
        says.append("bot")
    addresses = products.ip_info and products.ip_info.data
    address = addresses and (addresses.v4 or addresses.v6)
    if address and address.datacenter and address.datacenter.result:
        says.append("datacenter")
    score = products.suspect_score and products.suspect_score.data
    return (
        found and (found.request_id, found.timestamp, found.visitor_id, found.linked_id, found.ip, found.suspect),
        address and address.geolocation and address.geolocation.country and address.geolocation.country.code,
        browser
        and (browser.browser_name, browser.browser_major_version, browser.os, browser.os_version, browser.device),
        score and score.result,
        *(says, failed),
    )
