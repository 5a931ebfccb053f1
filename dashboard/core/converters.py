"""Path converters: what may stand in an address. Event and visitor ids may; no other identifying value ever does."""

from django.urls import register_converter


class ProviderIdConverter:
    """An event or visitor id: opaque, 1 to 64 of letters, digits, `_`, `-` and `.`, but not only dots.

    Fingerprint's own examples have 13 digits, a dot and 6 characters, or 20 or 21 characters; the form is not promised.
    """

    regex = r"(?!\.+/)[A-Za-z0-9_.\-]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ShortIdConverter:
    """The random short name of a stored search."""

    regex = r"[A-Za-z0-9]{6,16}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ProviderIdConverter, "provider_id")
register_converter(ShortIdConverter, "short_id")
