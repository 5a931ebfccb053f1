"""A linked id as a keyed hash: enough to count how many there are and whether one is the wanted one, not to read it."""

import hashlib

from django.conf import settings


def of_linked_id(linked_id: str | None) -> str:
    """32 hexadecimal digits, "" for none; the same for the same id, and nothing to anybody without our secret."""
    if linked_id is None:
        return ""
    key = hashlib.sha256(b"linked ids of lists:" + settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(linked_id.encode("utf-8", "surrogatepass"), key=key, digest_size=16).hexdigest()
