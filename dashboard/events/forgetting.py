"""How searches forget identifiers of a person that are no visitor ids: linked ids, event ids."""

from collections.abc import Sequence

import msgspec

from dashboard.core.erasure import names_in_text
from dashboard.events.models import Search, SnapshotPage


def forget_values(values: Sequence[str], _erased_by: str) -> int:
    """Deletes searches that ask for one of these values, and snapshots in which one of them stands.

    A filter counts as a whole, whatever its length; inside of what Fingerprint answered only an identifier that is
    long enough not to be found by chance. Runs in the deletion's transaction; gives the number of deleted rows.
    """
    wanted = set(values)
    quoted = [msgspec.json.encode(value) for value in wanted]
    asking = [
        search.pk
        for search in Search.objects.only("filters", "also").iterator(chunk_size=500)
        if any(value in bytes(stored) for value in quoted for stored in (search.filters, search.also))
    ]
    forgotten, _ = Search.objects.filter(pk__in=asking).delete()
    needles = [name.encode("utf-8", "surrogatepass") for name in names_in_text(values)]
    touched = {
        (page.search_id, page.owner_id)
        for page in SnapshotPage.objects.only("search_id", "owner_id", "packed").iterator(chunk_size=50)
        if any(needle in raw for raw in page.raws for needle in needles)
    }
    for search_id, owner_id in touched:
        # A snapshot is a chain of pages; without one of them it is none.
        deleted, _ = SnapshotPage.objects.filter(search_id=search_id, owner_id=owner_id).delete()
        forgotten += deleted
    return forgotten
