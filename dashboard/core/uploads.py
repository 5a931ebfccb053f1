"""Files that people send: small ones, held in memory, never on disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile

_MARK = "upload_was_too_large"


class SmallFiles(MemoryFileUploadHandler):
    """Keeps a file of at most UPLOAD_MOST_BYTES in memory and reads past every larger one, and past what exceeds
    UPLOAD_MOST_BYTES_TOGETHER when a form sends several.

    The rest of the form arrives all the same, so that the page can say beside the field what is wrong: `was_too_large`
    tells a view that a file was left out. However much is sent, at most the limit is held.
    """

    _held = 0

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Always in memory: what is too large is found while it is read, whatever the client says about its length."""
        self.activated = True

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the next file."""
        self._seen = 0
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep this piece, or give the whole file up."""
        self._seen += len(raw_data)
        if not self._fits():
            self.file.close()
            setattr(self.request, _MARK, True)
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        """The file, unless it was given up."""
        if not self._fits():
            return None
        self._held += self._seen
        return super().file_complete(file_size)

    def _fits(self) -> bool:
        together = self._held + self._seen
        return self._seen <= settings.UPLOAD_MOST_BYTES and together <= settings.UPLOAD_MOST_BYTES_TOGETHER


def was_too_large(request: Any) -> bool:
    """Whether a file of this request was left out because of its size."""
    return bool(getattr(request, _MARK, False))
