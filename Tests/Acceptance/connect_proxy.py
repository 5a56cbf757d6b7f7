"""A proxy that tunnels (CONNECT) on loopback, and keeps what it was asked."""
import socket
import threading

from loopback import LoopbackServer


class ConnectProxy(LoopbackServer):
    def __init__(self, login=None):
        super().__init__()
        self.login = login  # what Proxy-Authorization has to be; None: anybody may pass
        self.heads = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (data := client.recv(4096)):
                return
            head += data
        lines = head.decode("latin-1").split("\r\n")
        self.heads.append(lines)
        if self.login and f"Proxy-Authorization: {self.login}" not in lines:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = lines[0].split(" ")[1].rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one of the two is gone
