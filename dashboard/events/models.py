"""What was searched for and what Fingerprint answered. Values from people and from outside are kept as bytes."""

import secrets
import string
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Self

import msgspec
from django.conf import settings
from django.db import models

from dashboard.events.also import Also, questions, unpack
from dashboard.events.windows import Window
from fingerprint_integration.domain import EventQuery

_SHORT_ID_LENGTH = 10
# Without 0, O, 1, l and I: a short id is read aloud and typed from paper.
_SHORT_ID_LETTERS = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


def new_short_id() -> str:
    """A random name of a search that nobody can guess (58 bits)."""
    return "".join(secrets.choice(_SHORT_ID_LETTERS) for _ in range(_SHORT_ID_LENGTH))


class Search(models.Model):
    """A search, or the history of one visitor, as somebody asked for it. Its window is frozen when it is made."""

    class Kind(models.TextChoices):
        EVENTS = "events", "events"
        VISITOR = "visitor", "history of a visitor"

    short_id = models.CharField(max_length=16, unique=True, default=new_short_id)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.EVENTS)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="searches")
    filters = models.BinaryField()
    # Erasing a visitor takes along the searches that name them. Checked to be an id before it gets here.
    visitor_id = models.CharField(max_length=64, blank=True, default="", db_index=True)
    window_asked = models.CharField(max_length=16)
    start = models.DateTimeField()
    end = models.DateTimeField()
    # Further values of filters that have several (also.Also), as bytes: they are typed by people.
    also = models.BinaryField(default=b"")
    # A search with a name is saved. Shared: whoever may search may open it. Otherwise nobody but its owner may.
    name = models.CharField(max_length=100, blank=True, default="")
    is_shared = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at"], name="search_by_owner"),
            models.Index(fields=["end"], name="search_by_end", condition=models.Q(name="")),
        ]

    @property
    def query(self) -> EventQuery:
        """The stored filters with the frozen window; of a filter with several values only the first: see questions."""
        stored = msgspec.json.decode(bytes(self.filters), type=EventQuery)
        return msgspec.structs.replace(stored, start=self.start, end=self.end)

    @property
    def further(self) -> Also:
        """Further values of filters that have several."""
        return unpack(bytes(self.also))

    @property
    def questions(self) -> tuple[EventQuery, ...]:
        """Everything Fingerprint is asked for this search: one query, or one for each combination of values.

        Whoever acts on "all that match" must ask all of them.
        """
        return questions(self.query, self.further)

    @property
    def window(self) -> Window:
        """From when to when, as asked and as frozen."""
        return Window(self.window_asked, self.start, self.end)


def filters_to_bytes(query: EventQuery) -> bytes:
    """The filters alone: the window and the size of a page have places of their own."""
    bare = EventQuery()
    return msgspec.json.encode(
        msgspec.structs.replace(query, start=None, end=None, limit=bare.limit, total_hits=bare.total_hits)
    )


class SnapshotPages(models.QuerySet["SnapshotPage"]):
    def of(self, search: Search, owner_id: int, now: datetime) -> Self:
        """What `owner` has loaded of `search` and may still read, in order."""
        return self.filter(search=search, owner_id=owner_id, expires_at__gt=now).order_by("number", "question")


class SnapshotPage(models.Model):
    """One answer to a search, readable by the person who loaded it until it expires."""

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="pages")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    # Which of the search's questions it answers.
    question = models.PositiveSmallIntegerField(default=0)
    api_version = models.CharField(max_length=4)
    packed = models.BinaryField()
    packed_visitors = models.BinaryField()
    count = models.PositiveIntegerField()
    # Opaque and from outside, so bytes; None is the end.
    next_cursor = models.BinaryField(null=True)
    total = models.PositiveIntegerField(null=True)
    total_is_capped = models.BooleanField(default=False)
    visitor_unknown = models.BooleanField(default=False)
    fetched_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    objects = SnapshotPages.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["search", "owner", "number", "question"], name="snapshot_one_answer_per_load"
            ),
        ]

    @property
    def raws(self) -> list[bytes]:
        """The untouched payload of every event, as Fingerprint sent them."""
        return msgspec.msgpack.decode(zlib.decompress(bytes(self.packed)), type=list[bytes])

    @property
    def visitor_ids(self) -> list[str]:
        """Every visitor in this page."""
        return msgspec.json.decode(bytes(self.packed_visitors), type=list[str])

    @property
    def cursor(self) -> str | None:
        """Where the next page begins, to be handed back unchanged."""
        return None if self.next_cursor is None else bytes(self.next_cursor).decode("utf-8", "surrogatepass")


class Layout(models.Model):
    """The columns somebody chose for lists of events; names of columns.COLUMNS, separated by blanks."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    columns = models.CharField(max_length=400)


class Export(models.Model):
    """Rows that somebody took away as a file: who, why, until when. The file itself lies in its chunks."""

    class Form(models.TextChoices):
        CSV = "csv", "CSV"
        JSON_LINES = "jsonl", "JSON Lines"

    short_id = models.CharField(max_length=16, unique=True, default=new_short_id)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exports")
    form = models.CharField(max_length=5, choices=Form.choices)
    # What the rows are of, when they are no loaded events: "J-0421".
    source = models.CharField(max_length=32, blank=True, default="")
    # Personal values are in it as they are: whoever may no longer see them may no longer take it away.
    is_whole = models.BooleanField()
    count = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    # Free text by people.
    reason = models.BinaryField()
    ticket = models.CharField(max_length=64, blank=True, default="")
    packed_visitors = models.BinaryField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True)
    taken_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at"], name="export_by_owner"),
        ]

    @property
    def visitor_ids(self) -> list[str]:
        """Every visitor in it."""
        return msgspec.json.decode(bytes(self.packed_visitors), type=list[str])

    @property
    def file_name(self) -> str:
        """`events-4kVz….csv`, `J-0421-4kVz….csv`."""
        return f"{self.source or 'events'}-{self.short_id}.{self.form}"

    @property
    def reason_text(self) -> str:
        return bytes(self.reason).decode("utf-8", "replace")


class ExportChunk(models.Model):
    """A piece of an export's file, compressed."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["export", "number"], name="export_one_chunk_per_number"),
        ]

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return zlib.decompress(bytes(self.packed))


def pack(raws: Sequence[bytes]) -> bytes:
    """Payloads for SnapshotPage.packed. An event is about 8 kB of JSON and says most of it in every event again."""
    return zlib.compress(msgspec.msgpack.encode(list(raws)), 1)
