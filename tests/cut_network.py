"""A network that can be cut: forwards TCP to a port on this machine until it is told to break, then again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Network:
    """``cut`` breaks every connection, and each new one at once, until :meth:`mend`. ``port``: where to connect to."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._broken = False
        self._threads: list[threading.Thread] = []
        self.port: int = self._listening.getsockname()[1]
        self.refused = 0
        self._start(self._accept)

    def cut(self) -> None:
        self._broken = True
        for one in list(self._open):
            self._close(one)

    def mend(self) -> None:
        self._broken = False

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._broken:
                    self.refused += 1
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open |= {client, server}
                self._start(self._pump, client, server)
                self._start(self._pump, server, client)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        self._close(source)
        self._close(sink)

    def _close(self, one: socket.socket) -> None:
        self._open.discard(one)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _start(self, does: object, *args: object) -> None:
        thread = threading.Thread(target=does, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


@contextmanager
def network(target: int) -> Iterator[Network]:
    one = Network(target)
    try:
        yield one
    finally:
        one.stop()
