"""README's first command, with the simulator and the binaries that are there: the newcomer's ten lines."""
import os
import pathlib
import re
import subprocess

from scratch_spool import environment


def test_the_demo_ends_with_a_bill_of_zero(top, binary, tmp_path):
    env = environment(BOBBIN_BIN=str(pathlib.Path(binary).parent), TMPDIR=str(tmp_path))
    demo = subprocess.run(
        [top / "Spool" / "demo", "--simulator"], cwd="/", env=env, capture_output=True, text=True, timeout=300)
    said = demo.stdout
    assert demo.returncode == 0, said + demo.stderr
    assert len(re.findall(r"45 lines: \d+ answered", said)) == 2
    assert "spent $0, unknown $0" in said and "The second bill was zero" in said
    assert re.search(r"8 of 8 answers are defective \(json_schema 8\)", said) and "  found by: json_schema 8" in said
    assert re.search(r"rejected/people\.\S+/report\.html", said) and "24 lines: 24 answered" in said
    assert re.search(r"done/demo\.\S+: .*output\.jsonl.*report\.json", said)
    assert "\x1b" not in said
    scratch = re.search(r"Everything is in (\S+)", said)[1]
    assert os.path.isdir(scratch)
    left = subprocess.run(["pgrep", "-f", scratch], capture_output=True, text=True).stdout.split()
    assert not left, "the demo left something running"


def test_the_demo_refuses_what_it_does_not_know(top):
    refused = subprocess.run([top / "Spool" / "demo", "--help-me"], env=environment(), capture_output=True, text=True)
    assert refused.returncode == 64 and "Spool/demo" in refused.stderr
