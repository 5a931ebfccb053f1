"""Files that people send: small ones, held in memory, never on disk."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile

_MARK = "upload_was_too_large"


class SmallFiles(MemoryFileUploadHandler):
    """Keeps a file of at most UPLOAD_MOST_BYTES in memory and reads past every larger one.

    The rest of the form arrives all the same, so that the page can say beside the field what is wrong: `was_too_large`
    tells a view that a file was left out. However large it is, at most the limit of it is held.
    """

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
        if self._seen > settings.UPLOAD_MOST_BYTES:
            self.file.close()
            setattr(self.request, _MARK, True)
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        """The file, unless it was given up."""
        return None if self._seen > settings.UPLOAD_MOST_BYTES else super().file_complete(file_size)


def was_too_large(request: Any) -> bool:
    """Whether a file of this request was left out because of its size."""
    return bool(getattr(request, _MARK, False))
