"""Fixtures: the binaries under test, a mock endpoint, and a scratch spool that is configured for it."""
import os
import pathlib
import random

import pytest

from mock_batches import BatchProvider
from mock_server import MockServer
from scratch_spool import ScratchSpool

TOP = pathlib.Path(__file__).resolve().parents[2]


def pytest_addoption(parser):
    parser.addoption("--seed", type=int, default=None, help="for the tests that choose at random; printed in any case")
    parser.addoption("--ring", type=int, default=10, help="for how many seconds files go round two hosts")
    parser.addoption("--deliveries", type=int, default=160, help="how many files eight writers deliver")
    parser.addoption("--restarts", type=int, default=4, help="how often the daemon is killed or stopped meanwhile")
    parser.addoption("--soak", type=float, default=20, help="for how many seconds a daemon is watched at full speed")
    parser.addoption("--files", type=int, default=120, help="how many are handed over between two hosts")


@pytest.fixture(scope="session")
def top():
    return TOP


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("BOBBIN_BIN", TOP / ".build" / "debug")) / "bobbin"
    assert path.exists(), f"{path} is not there: run `swift build`, or say with BOBBIN_BIN where the binaries are"
    return str(path)


@pytest.fixture
def mock():
    with MockServer() as server:
        yield server


@pytest.fixture
def spool(tmp_path, binary, mock):
    return ScratchSpool(tmp_path, binary, mock.url)


@pytest.fixture
def provider():
    with BatchProvider() as server:
        yield server


@pytest.fixture
def seeded(request):
    """A source of random choices. pytest shows the seed with a failure; `--seed N` repeats it."""
    seed = request.config.getoption("--seed")
    seed = random.SystemRandom().randrange(1 << 32) if seed is None else seed
    print(f"seed {seed}")
    return random.Random(seed)
