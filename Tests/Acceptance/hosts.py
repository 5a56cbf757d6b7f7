"""Two hosts on one machine: network namespaces joined by a veth pair, each with an sshd of its own. Needs root.

A host ends with the process that made it, however that ends: it is held by a `cat` on a pipe, and has no name.
"""
import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess

from scratch_spool import environment
from waiting import wait_for

PROGRAMS = ("ip", "tc", "unshare", "rsync", "ssh", "ssh-keygen", "/usr/sbin/sshd")
#: The end of the pair in each host.
LINK = "wire"
_libc = ctypes.CDLL(None, use_errno=True)


def missing():
    """Why this machine cannot have hosts of its own; None: it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    absent = [program for program in PROGRAMS if not shutil.which(program)]
    if absent:
        return f"not installed: {', '.join(absent)}"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True)
    return f"no network namespace: {tried.stderr.strip()}" if tried.returncode else None


def _enter(namespace):
    if _libc.setns(namespace, 0x40000000) != 0:  # CLONE_NEWNET, sched.h; os.setns is there from Python 3.12 on
        raise OSError(ctypes.get_errno(), "setns")


class Host:
    def __init__(self, directory, address):
        self.directory = pathlib.Path(directory)
        self.address = address
        self.directory.mkdir()
        self._holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE)
        self._link_name = f"/proc/{self._holder.pid}/ns/net"
        wait_for(lambda: os.readlink(self._link_name) != os.readlink("/proc/self/ns/net"), 10, "a namespace")
        self._name = os.readlink(self._link_name)
        self._namespace = os.open(self._link_name, os.O_RDONLY)
        self.sshd = None
        self.key = self._new_key("id")
        self._host_key = self._new_key("host")

    @property
    def pid(self):
        """Of a process that is on this host as long as it is there, as `ip link … netns` wants it."""
        return self._holder.pid

    @contextlib.contextmanager
    def inside(self):
        """The calling thread is on this host meanwhile, and with it what it opens and starts."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(self._namespace)
            try:
                yield
            finally:
                _enter(home)
        finally:
            os.close(home)

    def run(self, *command, check=True):
        with self.inside():
            return subprocess.run(command, check=check, capture_output=True, text=True)

    # ssh

    def _new_key(self, name):
        path = self.directory / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def public(self, key):
        return key.with_suffix(".pub").read_text()

    def serve_ssh(self, peer):
        """Starts an sshd that lets the peer in, and writes down how to get into the peer's: `ssh_command`."""
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd wants its directory; Debian makes it at boot
        (self.directory / "authorized").write_text(peer.public(peer.key))
        (self.directory / "known_hosts").write_text(f"{peer.address} {peer.public(peer._host_key)}")
        config = self.directory / "sshd_config"
        config.write_text("".join(f"{line}\n" for line in (
            f"ListenAddress {self.address}", f"HostKey {self._host_key}", "UsePAM no", "StrictModes no",
            f"AuthorizedKeysFile {self.directory}/authorized", f"PidFile {self.directory}/sshd.pid",
            "PasswordAuthentication no", "MaxStartups 100", "ClientAliveInterval 1", "ClientAliveCountMax 3")))
        # From 9.8 on, connections that end badly are punished: here they all come from the one address.
        lenient = "PerSourcePenalties no"
        if subprocess.run(["/usr/sbin/sshd", "-t", "-f", config, "-o", lenient], capture_output=True).returncode == 0:
            config.write_text(config.read_text() + lenient + "\n")
        self.ssh_config = self.directory / "ssh_config"
        self.ssh_config.write_text("".join(f"{line}\n" for line in (
            f"Host {peer.address}", f"IdentityFile {self.key}", "IdentitiesOnly yes", "BatchMode yes", "User root",
            f"UserKnownHostsFile {self.directory}/known_hosts", "StrictHostKeyChecking yes", "ConnectTimeout 3",
            "ServerAliveInterval 1", "ServerAliveCountMax 3",
            "KexAlgorithms curve25519-sha256")))  # the default takes a tenth of a second of a processor
        with self.inside(), open(self.directory / "sshd.log", "wb") as log:
            self.sshd = subprocess.Popen(
                ["/usr/sbin/sshd", "-D", "-e", "-f", config], stderr=log, env=environment())

    @property
    def ssh_command(self):
        return f"ssh -F {self.ssh_config}"

    # Processes

    def processes(self):
        """pid, name and command line of everything that was started on this host."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # a process that has ended meanwhile
                if os.readlink(entry / "ns/net") == self._name and int(entry.name) != os.getpid():
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found.append((int(entry.name), (entry / "comm").read_text().strip(), command))
        return found

    def carriers(self, of=""):
        """pid and name of what carries files at this moment: rsync and ssh, and what sshd has started.

        `of`: only those whose command line has this text. That of an sshd says nothing of its client's.
        """
        return [
            (pid, name) for pid, name, command in self.processes()
            if of in command and (name in ("rsync", "ssh") or (name.startswith("sshd") and pid != self.sshd.pid))]

    def end(self):
        for pid, *_ in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in (self.sshd, self._holder):
            if process:
                process.wait(10)
        self._holder.stdin.close()
        os.close(self._namespace)


@contextlib.contextmanager
def two_hosts(directory):
    """Joined, and each lets the other in by ssh."""
    hosts = []
    try:
        for number in (1, 2):
            hosts.append(Host(directory / f"host{number}", f"10.99.0.{number}"))
        ends = [argument for host in hosts for argument in ("name", LINK, "netns", str(host.pid))]
        subprocess.run(["ip", "link", "add", *ends[:4], "type", "veth", "peer", *ends[4:]], check=True)
        for host in hosts:
            host.run("ip", "address", "add", f"{host.address}/24", "dev", LINK)
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "link", "set", LINK, "up")
        for host, peer in (hosts, hosts[::-1]):
            host.serve_ssh(peer)
        for host, peer in (hosts, hosts[::-1]):
            def answers():
                return host.run(*host.ssh_command.split(), peer.address, "true", check=False).returncode == 0
            wait_for(answers, 20, lambda: f"an sshd:\n{(peer.directory / 'sshd.log').read_text()}")
        yield hosts
    finally:
        for host in hosts:
            host.end()


#: A link that loses and delays: by netem, or where the kernel has none by a slow queue that is too short.
POOR_LINKS = {
    "netem": "netem delay 20ms 10ms loss 3%".split(),
    "tbf": "tbf rate 6mbit burst 4kb limit 12kb".split(),
}


def poor_link(host):
    """The first of `POOR_LINKS` that this kernel has, None if it has neither. The link is as before afterwards."""
    for name, arguments in POOR_LINKS.items():
        if host.run("tc", "qdisc", "replace", "dev", LINK, "root", *arguments, check=False).returncode == 0:
            host.run("tc", "qdisc", "del", "dev", LINK, "root")
            return name
    return None
