"""Browsers, phones and bots the cast uses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from .records import ANDROID, BROWSER, IOS, Device

WEB_SDK = {"platform": "js", "version": "3.12.1"}
REACT_SDK = {
    "platform": "js",
    "version": "3.11.14",
    "integrations": [
        {
            "name": "fingerprint-pro-react",
            "version": "2.8.1",
            "subintegration": {"name": "next", "version": "15.1.0"},
        }
    ],
}
ANDROID_SDK = {"platform": "android", "version": "2.16.0"}
IOS_SDK = {"platform": "ios", "version": "2.14.2"}
SHOP_BUNDLE, SHOP_PACKAGE = "test.demo.shop", "test.demo.shop.android"


@dataclass(frozen=True, slots=True)
class Model:
    """A browser on an operating system, as its user agent tells."""

    browser: str
    version: str
    os: str
    os_version: str
    device: str
    user_agent: str
    platform: str
    width: int
    height: int


_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

CHROME_WINDOWS = Model(
    "Chrome", "142.0.7444", "Windows", "11", "Other",
    f"{_WINDOWS} {_KHTML} Chrome/142.0.0.0 Safari/537.36", "Win32", 1920, 1080,
)  # fmt: skip
EDGE_WINDOWS = Model(
    "Edge", "142.0.3595", "Windows", "10", "Other",
    f"{_WINDOWS} {_KHTML} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Win32", 1536, 864,
)  # fmt: skip
FIREFOX_WINDOWS = Model(
    "Firefox", "145.0", "Windows", "10", "Other",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Win32", 1920, 1200,
)  # fmt: skip
CHROME_MAC = Model(
    "Chrome", "142.0.7444", "Mac OS X", "10.15.7", "Other",
    f"{_MAC} {_KHTML} Chrome/142.0.0.0 Safari/537.36", "MacIntel", 1728, 1117,
)  # fmt: skip
SAFARI_MAC = Model(
    "Safari", "26.1", "Mac OS X", "10.15.7", "Other",
    f"{_MAC} {_WEBKIT} Version/26.1 Safari/605.1.15", "MacIntel", 1512, 982,
)  # fmt: skip
SAFARI_IPHONE = Model(
    "Mobile Safari", "26.1", "iOS", "26.1", "iPhone",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {_WEBKIT} Version/26.1 Mobile/15E148 Safari/604.1",
    "iPhone", 393, 852,
)  # fmt: skip
SAFARI_IPAD = Model(
    "Mobile Safari", "26.1", "iOS", "26.1", "iPad",
    f"Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) {_WEBKIT} Version/26.1 Mobile/15E148 Safari/604.1",
    "iPad", 820, 1180,
)  # fmt: skip
CHROME_ANDROID = Model(
    "Chrome Mobile", "142.0.7444", "Android", "15", "Pixel 8",
    f"Mozilla/5.0 (Linux; Android 10; K) {_KHTML} Chrome/142.0.0.0 Mobile Safari/537.36",
    "Linux armv81", 412, 915,
)  # fmt: skip
FIREFOX_LINUX = Model(
    "Firefox", "145.0", "Linux", "", "Other",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Linux x86_64", 1920, 1080,
)  # fmt: skip
HEADLESS = Model(
    "HeadlessChrome", "139.0.7258", "Linux", "", "Other",
    f"Mozilla/5.0 (X11; Linux x86_64) {_KHTML} HeadlessChrome/139.0.0.0 Safari/537.36",
    "Linux x86_64", 800, 600,
)  # fmt: skip
CRAWLER = Model(
    "Otterbot", "2.1", "Other", "", "Spider", "Mozilla/5.0 (compatible; Otterbot/2.1; +https://otter.test/bot)",
    "Linux x86_64", 1024, 1024,
)  # fmt: skip
DESKTOPS = (
    CHROME_WINDOWS, CHROME_WINDOWS, CHROME_WINDOWS, EDGE_WINDOWS, FIREFOX_WINDOWS, CHROME_MAC, SAFARI_MAC,
    SAFARI_IPHONE, SAFARI_IPHONE, CHROME_ANDROID,
)  # fmt: skip

_ANDROID_PHONES = (
    ("samsung", "SM-S921B", "15"), ("Google", "Pixel 8", "16"), ("Xiaomi", "23127PN0CG", "14"),
    ("OnePlus", "CPH2581", "15"), ("motorola", "moto g54 5G", "14"),
)  # fmt: skip
_IPHONES = (
    ("Apple", "iPhone16,1", "26.1"),
    ("Apple", "iPhone15,4", "18.7.1"),
    ("Apple", "iPhone17,2", "26.0.1"),
)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("/".join(parts).encode(), digest_size=16).hexdigest()


def browser(key: str, model: Model, *, sdk: dict[str, Any] | None = None, **more: Any) -> Device:
    """A browser; its raw attributes follow from the model and a little from the key."""
    return Device(
        key=key,
        platform=BROWSER,
        sdk=sdk or WEB_SDK,
        user_agent=model.user_agent,
        os=model.os,
        os_version=model.os_version,
        device=model.device,
        browser={
            "browser_name": model.browser,
            "browser_major_version": model.version.split(".")[0],
            "browser_full_version": model.version,
            "os": model.os,
            "os_version": model.os_version,
            "device": model.device,
        },
        attributes=_browser_attributes(key, model),
        **more,
    )


def _browser_attributes(key: str, model: Model) -> dict[str, Any]:
    digest = _digest(key, model.user_agent)
    is_safari = "Safari" in model.browser
    return {
        "architecture": 127 if "Mac" in model.os else 255,
        "audio": -2 if is_safari else 124.04347 + int(digest[:2], 16) / 1e5,
        "canvas": {"winding": True, "geometry": digest, "text": _digest("text", model.user_agent)},
        "color_depth": 30 if "Mac" in model.os else 24,
        "cookies_enabled": True,
        "date_time_locale": "en-US" if is_safari else "de-DE",
        "device_memory": 8,
        "emoji": {"font": "Times", "width": 1600, "height": 18, "top": 14, "bottom": 32, "left": 8,
                  "right": 1608, "x": 8, "y": 14},
        "fonts": ["Arial Unicode MS", "Gill Sans", "Helvetica Neue", "Menlo"]
        if "Mac" in model.os else ["Calibri", "Franklin Gothic", "Segoe UI Light"],
        "font_preferences": {"default": 147.5625, "serif": 147.5625, "sans": 144.015625, "mono": 133.0625,
                             "apple": 147.5625, "min": 9.234375, "system": 146.09375},
        "hardware_concurrency": 4 + int(digest[2], 16) // 4 * 2,
        "indexed_db": True,
        "languages": [["de-DE"]] if int(digest[3], 16) % 2 else [["en-US"]],
        "local_storage": True,
        "math": _digest("math", model.browser),
        "oscpu": model.user_agent.partition("(")[2].partition(")")[0],
        "platform": model.platform,
        "plugins": [{"name": "PDF Viewer", "description": "Portable Document Format",
                     "mimeTypes": [{"type": "application/pdf", "suffixes": "pdf"}]}],
        "screen_resolution": [model.width, model.height],
        "session_storage": True,
        "timezone": "Europe/Berlin",
        "touch_support": {"touch_event": model.width < 900, "touch_start": model.width < 900,
                          "max_touch_points": 5 if model.width < 900 else 0},
        "vendor": "Apple Computer, Inc." if is_safari else "Google Inc.",
        "webgl_basics": {"version": "WebGL 1.0 (OpenGL ES 2.0 Chromium)", "vendor": "WebKit",
                         "vendor_unmasked": "Google Inc. (Intel)", "renderer": "WebKit WebGL",
                         "renderer_unmasked": "ANGLE (Intel, Intel(R) Iris(R) Xe Graphics, D3D11)",
                         "shading_language_version": "WebGL GLSL ES 1.0 (OpenGL ES GLSL ES 1.0 Chromium)"},
    }  # fmt: skip


def android_app(key: str, number: int, **more: Any) -> Device:
    """The shop's app on an Android phone."""
    maker, model, version = _ANDROID_PHONES[number % len(_ANDROID_PHONES)]
    return Device(
        key=key,
        platform=ANDROID,
        sdk=ANDROID_SDK,
        user_agent=f"DemoShop/7.4 (Linux; Android {version}; {model}) okhttp/4.12",
        os="Android",
        os_version=version,
        device=model,
        details={"device_manufacturer": maker, "device_model": model, "os_version": version},
        attributes={
            "device_manufacturer": maker,
            "device_model": model,
            "device_memory": 8,
            "languages": [["de"]],
            "battery_level": 20 + number * 7 % 80,
            "battery_charging": number % 3 == 0,
        },
        package_name=SHOP_PACKAGE,
        **more,
    )


def ios_app(key: str, number: int, **more: Any) -> Device:
    """The shop's app on an iPhone."""
    maker, model, version = _IPHONES[number % len(_IPHONES)]
    return Device(
        key=key,
        platform=IOS,
        sdk=IOS_SDK,
        user_agent=f"DemoShop/7.4 CFNetwork/3826 Darwin/25.1.0 ({model}; iOS {version})",
        os="iOS",
        os_version=version,
        device="iPhone",
        details={"device_manufacturer": maker, "device_model": model, "os_version": version},
        attributes={
            "device_manufacturer": maker,
            "device_model": model,
            "hardware_concurrency": 6,
            "languages": [["en"]],
            "screen_resolution": [1179, 2556],
            "battery_level": 15 + number * 11 % 85,
        },
        bundle_id=SHOP_BUNDLE,
        **more,
    )
