"""Servers of the tests that read their connections themselves: a thread for each, on a port of loopback."""
import socket
import threading


class LoopbackServer:
    """Whoever is one has `serve(connection)`, which may raise OSError when the other side is gone."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        shut(self._listener)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with connection:
                self.serve(connection)
        except OSError:
            return  # the client went away


def shut(each):
    """Wakes who reads from it."""
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is gone already
