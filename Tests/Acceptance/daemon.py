"""A running `bobbin daemon`: it is listened to as systemd listens, by the datagrams of sd_notify(3)."""
import os
import pathlib
import signal
import socket
import subprocess

import scratch_spool
from waiting import wait_for


class Daemon:
    def __init__(self, spool, *arguments, env=None, before=()):
        self._messages = []
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        # An abstract address of the kernel's own choice: no file to clean up, no path that is too long.
        self._notify.bind("")
        address = "@" + self._notify.getsockname()[1:].decode()
        self.log_path = pathlib.Path(spool.directory) / f"daemon-{id(self):x}.log"
        environment = scratch_spool.environment(NOTIFY_SOCKET=address, **spool.environment, **(env or {}))
        with open(self.log_path, "wb") as log:
            self.process = spool.start(
                "daemon", *arguments, before=before, env=environment, stderr=log, stdout=log)

    @property
    def is_alive(self):
        return self.process.poll() is None

    @property
    def log(self):
        return self.log_path.read_text("utf-8", "replace")

    def messages(self):
        """Every line that the daemon has told its service manager, in order."""
        while True:
            try:
                self._messages += self._notify.recv(65536).decode().splitlines()
            except BlockingIOError:
                return self._messages

    def await_message(self, text, seconds=30, after=0):
        def there():
            assert self.is_alive or text in self.messages(), f"the daemon ended: {self.process.poll()}\n{self.log}"
            return text in self.messages()[after:]
        wait_for(there, seconds, lambda: f"{text}; told: {self.messages()}\n{self.log}")

    def await_ready(self):
        self.await_message("READY=1")

    def await_log(self, text, seconds=20):
        wait_for(lambda: text in self.log, seconds, lambda: f"{text!r} in the log:\n{self.log}")

    def reload(self):
        """SIGHUP, and then the notice that it has been worked off."""
        before = len(self.messages())
        self.process.send_signal(signal.SIGHUP)
        self.await_message("READY=1", after=before)

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def await_exit(self, seconds=30):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the daemon did not end in {seconds} s\n{self.log}") from None

    def stop(self, seconds=30):
        """SIGTERM; a clean end is exit code 0."""
        self.process.send_signal(signal.SIGTERM)
        code = self.await_exit(seconds)
        assert code == 0, f"exit {code} after SIGTERM\n{self.log}"

    def end(self):
        """Whatever state it is in: nothing is left running after a test."""
        if self.is_alive:
            os.kill(self.process.pid, signal.SIGCONT)
            self.kill()
        self._notify.close()
