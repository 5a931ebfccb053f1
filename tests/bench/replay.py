"""A tiny server that repeats what another one answered: `python -m tests.bench.replay HOST:PORT`.

The first time an address is asked for, the answer is fetched; from then on it is sent again as it was. So the
server costs nothing worth measuring, and what is compared is the clients.
"""

import http.client
import socket
import sys
import threading

_END = b"\r\n\r\n"


class Replay:
    """The answers so far, by request line."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._answers: dict[bytes, bytes] = {}

    def serve(self, listener: socket.socket) -> None:
        """Serve until the process ends; a thread for each connection."""
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        waiting = b""
        with connection:
            while True:
                while _END not in waiting:
                    received = connection.recv(65536)
                    if not received:
                        return
                    waiting += received
                head, _, waiting = waiting.partition(_END)
                line = head.partition(b"\r\n")[0]
                if line not in self._answers:
                    self._answers[line] = self._fetch(head)
                connection.sendall(self._answers[line])

    def _fetch(self, head: bytes) -> bytes:
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ")
        headers = dict(field.split(": ", 1) for field in fields)
        asking = http.client.HTTPConnection(self._upstream)
        asking.request(method, target, headers={**headers, "Host": self._upstream, "Connection": "close"})
        answer = asking.getresponse()
        body = answer.read()
        asking.close()
        assert answer.status == 200, f"{line} was answered with {answer.status}"
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def main() -> None:
    """Say the port in one line, then serve."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    Replay(sys.argv[1]).serve(listener)


if __name__ == "__main__":
    main()
