"""Published test data, which the packages that ship it were downloaded for (Tests/run, stage python)."""
import pathlib

import pytest

PLACE = pathlib.Path(__file__).resolve().parents[2] / ".venv-tests" / "published"


def files(directory, pattern):
    """The files of a directory of it, sorted. An empty list would be a test that proves nothing."""
    if not PLACE.is_dir():
        pytest.fail(f"{PLACE} is not there: run Tests/run, or Tests/published python3 {PLACE}", pytrace=False)
    found = sorted((PLACE / directory).glob(pattern))
    assert found, f"nothing is called {pattern} in {PLACE / directory}"
    return found
