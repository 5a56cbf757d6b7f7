"""A copy of the repository with other sources in it, to be built beside it and tested."""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def names():
    """What belongs to the repository, by its path there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
        capture_output=True).stdout
    return {name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()}


def lay_out(tree, changed):
    """- Parameter changed: path -> text, of files that are other ones there, or are there alone."""
    if (tree / ".git").exists():
        sys.exit(f"{tree} is a repository: its sources would be lost")
    ours = names()
    for kind in "Sources", "Tests":
        for path in (tree / kind).rglob("*.swift"):
            if str(path.relative_to(tree)) not in ours | changed.keys():
                path.unlink()
    for name in ours | changed.keys():
        _write(tree / name, changed[name].encode() if name in changed else (ROOT / name).read_bytes())
        if name in ours:
            shutil.copymode(ROOT / name, tree / name)


def _write(path, content):
    """Only where it differs: what is the same is not compiled again."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
