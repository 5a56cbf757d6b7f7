"""A spool and a configuration in a temporary directory, and the commands that a person would type at them."""
import contextlib
import json
import os
import pathlib
import subprocess

import request_lines
from waiting import wait_for

#: Of a finished configuration only; a test states what matters to it.
PRICES = {"input_usd_per_million": "0.15", "cached_input_usd_per_million": "0.075", "output_usd_per_million": "0.60"}


def environment(**more):
    """What a command gets: nothing of the tester's proxies, configuration or credentials."""
    keep = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "BOBBIN_LOG", "LLVM_PROFILE_FILE", "TSAN_OPTIONS")
    return {name: os.environ[name] for name in keep if name in os.environ} | {"TZ": "UTC"} | more


class ScratchSpool:
    def __init__(self, directory, binary, url):
        self.directory = pathlib.Path(directory)
        self.binary = binary
        self.url = url
        #: For every command, beside what `environment` gives.
        self.environment = {}
        self.path = self.directory / "spool"
        self.inbox = self.path / "inbox"
        self.config = self.directory / "config"
        self.inbox.mkdir(parents=True)
        self.config.mkdir()
        self.configure()

    # Configuration.

    def configure(self, lane="", bobbin="", budget="", gate="", model=None, models="", endpoint=""):
        """Writes the four files whole. `lane`, `endpoint`: lines for their tables; `model`: keys of models.mock-1."""
        keys = {
            "endpoint": "mock", "max_output_tokens": 64, "context_tokens": 8192, **(PRICES if model is None else model)}
        stated = "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
        general = f'spool = "{self.path}"\nshutdown_timeout = "10s"\n'
        lanes = f'[lanes.default]\n{lane or "concurrency = 16"}\n'
        retry = '[retry]\nattempts = 4\nbase = "10ms"\ncap = "100ms"\nrequest_timeout = "20s"\n'
        self.write_config(
            bobbin=general + lanes + bobbin + ("" if "[retry]" in bobbin else retry),
            budget=budget, gate=gate,
            models=f'[endpoints.mock]\nurl = "{self.url}"\n{endpoint}[models.{request_lines.MODEL}]\n{stated}{models}')

    def write_config(self, **files):
        """By rename, so that a daemon that looks at this moment never reads half a file."""
        for name, text in files.items():
            new = self.config / f".{name}.toml"
            new.write_text(text)
            new.rename(self.config / f"{name}.toml")

    # Commands.

    def start(self, *arguments, env=None, before=(), **options):
        """A running command, for those that are followed or stopped. `before`: a program that starts it."""
        return subprocess.Popen(
            [*before, self.binary, *map(str, arguments), "--config", str(self.config)],
            env=env or environment(**self.environment), **options)

    def start_alone(self, *arguments, **options):
        """A running command that has no configuration."""
        return subprocess.Popen(
            [self.binary, *map(str, arguments)], env=environment(**self.environment), **options)

    def run(self, *arguments, code=0, stdin=b"", seconds=60):
        """Runs a command to its end and checks its exit code; the result has `out` and `err` as text."""
        done = subprocess.run(
            [self.binary, *map(str, arguments), "--config", str(self.config)], env=environment(**self.environment),
            input=stdin, capture_output=True, timeout=seconds, cwd=self.directory)
        done.out, done.err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        if code is not None:
            assert done.returncode == code, f"bobbin {arguments}: exit {done.returncode}\n{done.out}\n{done.err}"
        return done

    def json(self, *arguments, code=0, **options):
        return json.loads(self.run(*arguments, "--json", code=code, **options).stdout)

    def status(self):
        return self.json("status")

    # Files.

    def write(self, name, lines):
        """A file beside the spool, on the same file system."""
        path = self.directory / name
        path.write_bytes(lines if isinstance(lines, bytes) else request_lines.jsonl(lines))
        return path

    def drop(self, name, lines, lane=None):
        """Delivers by rename, as a careful producer does."""
        target = self.inbox / lane if lane else self.inbox
        target.mkdir(exist_ok=True)
        self.write(f".delivery-{name}", lines).rename(target / name)

    def once(self, code=0, seconds=120):
        return self.run("daemon", "--once", code=code, seconds=seconds)

    def process(self, name, lines, code=0, **options):
        """Drops a file and works until nothing moves."""
        self.drop(name, lines, **options)
        return self.once(code=code)

    def directories(self, *states):
        """The job directories of these states; a directory of another kind is no job."""
        return [entry for state in states for entry in sorted((self.path / state).glob("*")) if entry.is_dir()]

    def waiting(self, name, seconds=10):
        """The entry of a file that waits in the inbox, once `status` has it with a reason."""
        def entry():
            return next((w for w in self.status()["waiting"] if w["name"] == name and w["reason"]), None)
        return wait_for(entry, seconds, lambda: f"{name} to wait with a reason; status: {self.status()}")

    def parked(self, seconds=20):
        """The parked jobs, once there is one."""
        def jobs():
            return [job for job in self.status()["jobs"] if job["state"] == "parked"]
        return wait_for(jobs, seconds, lambda: f"a parked job; status: {self.status()}")

    @contextlib.contextmanager
    def daemon(self, **options):
        """A daemon that is ready, and is stopped in the end the way systemd stops it."""
        from daemon import Daemon

        daemon = Daemon(self, **options)
        try:
            daemon.await_ready()
            yield daemon
            if daemon.is_alive:
                daemon.stop()
        finally:
            daemon.end()

    @contextlib.contextmanager
    def simulator(self, **behaviour):
        """The address of a `bobbin simulator`, which answers as fast as a daemon asks."""
        script = self.write("simulator.json", json.dumps({"rules": [], **behaviour}).encode())
        log = self.directory / "simulator.log"
        with open(log, "wb") as out:
            process = self.start_alone("simulator", "--port", 0, "--script", script, stdout=out, stderr=out)
        try:
            wait_for(lambda: "http://" in log.read_text(), 20, "the simulator's address")
            yield "http://" + log.read_text().split("http://")[1].split()[0]
        finally:
            process.terminate()
            process.wait(20)
