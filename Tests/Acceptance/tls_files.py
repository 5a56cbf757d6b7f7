"""Keys and certificates of a test: an authority, a server that it vouches for, and a client."""
import pathlib
import ssl
import subprocess

_CONFIG = """
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[server]
subjectAltName = IP:127.0.0.1
[client]
extendedKeyUsage = clientAuth
"""


class TLSFiles:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        (self.directory / "openssl.cnf").write_text(_CONFIG)
        self.authority = self._make("authority")
        self.server = self._make("server", signed=True)
        self.client = self._make("client", signed=True)

    @property
    def authority_file(self):
        return self.authority[0]

    def context(self, *protocols, asks_for_client=False):
        """Of a server that offers these protocols, for example "h2"."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        if asks_for_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.authority_file)
        return context

    def _make(self, name, signed=False):
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        signing = ["-CA", self.authority[0], "-CAkey", self.authority[1]] if signed else []
        command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-config", self.directory / "openssl.cnf", "-extensions", name, "-subj", f"/CN=bobbin test {name}",
            "-days", "2", *signing, "-keyout", key, "-out", certificate]
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        return str(certificate), str(key)
