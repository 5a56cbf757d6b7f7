"""The published JSON parsing suite (nst/JSONTestSuite) and the samples that come with RFC 8785."""
import concurrent.futures
import json
import re
import subprocess

import pytest

import published
import scratch_spool

#: Must-accept files that I-JSON (RFC 7493) refuses, and why.
REFUSED_BY_I_JSON = {
    "y_object_duplicated_key.json": "stands twice",  # section 2.3
    "y_object_duplicated_key_and_value.json": "stands twice",
}

#: Of what an implementation may take or refuse: what we take, as the double that is nearest. The rest has a number
#: that no double holds, a lone surrogate, bytes that are no UTF-8, or a byte order mark.
TAKEN_BY_CHOICE = {
    "i_number_double_huge_neg_exp.json", "i_number_real_underflow.json", "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json", "i_number_very_big_negative_int.json", "i_structure_500_nested_arrays.json"}


@pytest.fixture
def canonical(binary):
    """All files at once, by name: exit code, output, complaint."""
    def one(path):
        done = subprocess.run(
            [binary, "canonical", str(path)], env=scratch_spool.environment(), capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")

    def all_of(paths):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return dict(zip([path.name for path in paths], pool.map(one, paths)))
    return all_of


def suite(letter):
    return published.files("JSONTestSuite/test_parsing", f"{letter}_*.json")


def assert_refused(name, code, out, err):
    assert code == 65, f"{name}: exit {code}, {err}"
    assert out == b"" and re.search(rf"{re.escape(name)}:\d+:\d+: .+", err), f"{name}: {err}"


def value(text):
    """Every number is a double, as in RFC 8785."""
    return json.loads(text, parse_int=float)


def test_what_must_be_accepted_is(canonical):
    paths = suite("y")
    assert len(paths) >= 95
    results = canonical(paths)
    for path in paths:
        code, out, err = results[path.name]
        if path.name in REFUSED_BY_I_JSON:
            assert_refused(path.name, code, out, err)
            assert REFUSED_BY_I_JSON[path.name] in err
        else:
            assert code == 0 and err == "", f"{path.name}: exit {code}, {err}"
            assert value(out) == value(path.read_bytes()), path.name


def test_what_must_be_refused_is(canonical):
    paths = suite("n")
    assert len(paths) >= 188
    for name, result in canonical(paths).items():
        assert_refused(name, *result)


def test_the_rest_does_no_harm_and_is_taken_as_documented(canonical):
    paths = suite("i")
    assert len(paths) >= 35
    results = canonical(paths)
    for path in paths:
        code, out, err = results[path.name]
        if path.name in TAKEN_BY_CHOICE:
            assert code == 0 and value(out) == value(path.read_bytes()), f"{path.name}: {err}"
        else:
            assert_refused(path.name, code, out, err)
            assert re.search("double|surrogate|UTF-8|byte order mark|value should stand", err), err


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_samples_of_rfc_8785_are_as_published(canonical, name):
    [text] = published.files("RFC8785/input", f"{name}.json")
    [form] = published.files("RFC8785/output", f"{name}.json")
    [digits] = published.files("RFC8785/outhex", f"{name}.txt")
    assert canonical([text])[text.name] == (0, form.read_bytes().rstrip(b"\n"), "")
    assert canonical([text])[text.name][1] == bytes.fromhex(digits.read_text())
    assert canonical([form])[form.name][1] == bytes.fromhex(digits.read_text())


@pytest.mark.parametrize("before, after", [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth_ends_at_the_documented_limit_and_not_at_the_stack(spool, before, after):
    deepest = before * 512 + b"1" + after * 512
    assert spool.run("canonical", spool.write("deep.json", deepest)).stdout == deepest
    for depth in (513, 1_000_000):
        path = spool.write("deeper.json", before * depth + b"1" + after * depth)
        refused = spool.run("canonical", path, code=65)
        assert f":1:{512 * len(before) + 1}: more than 512 containers" in refused.err and refused.out == ""
    path = spool.write("lines.json", (before + b"\n") * 513 + after * 513)
    assert ":513:1: more than 512 containers" in spool.run("canonical", path, code=65).err
