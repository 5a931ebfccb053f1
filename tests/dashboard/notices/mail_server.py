"""A mail server of the test's own: speaks enough SMTP to take mails, or to refuse an address as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class MailServer:
    """`port` is where it listens; `mails` are the texts it took; `refuse_with` is its answer to every recipient."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refuse_with = ""
        self.port = 0


@contextmanager
def listening() -> Iterator[MailServer]:
    """A server on a free port of the loopback address, until the block ends."""
    told = MailServer()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            for line in self.rfile:
                word = line[:4].upper()
                if word == b"RCPT" and told.refuse_with:
                    self._say(told.refuse_with)
                elif word == b"DATA":
                    self._say("354 go on")
                    told.mails.append(self._text())
                    self._say("250 taken")
                elif word == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 well")

        def _text(self) -> str:
            lines: list[bytes] = []
            for line in self.rfile:
                if line.rstrip() == b".":
                    break
                lines.append(line)
            return b"".join(lines).decode()

        def _say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
