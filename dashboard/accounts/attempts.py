"""Keys under which sign-in attempts are counted: hashed, because they name the address somebody tried from."""

import hmac

from django.conf import settings


def hashed_key(key: str, key_prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION: the same key for the same arguments, and nothing to be read in it."""
    message = f"{key_prefix}:{version}:{key}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, "sha256").hexdigest()
