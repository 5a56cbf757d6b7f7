"""Pages as a person sees them: a browser without a screen, and the pixels of its pictures."""
import os
import shutil
import struct
import subprocess
import zlib

import pytest

CHROMIUM = shutil.which("chromium")

needed = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on the PATH: `apt-get install chromium` to look at the page in a browser")


def screenshot(page, picture, width=1000, height=1400, dark=False, scale=1):
    """Takes a picture of a file; every request that the browser makes for it meets a proxy that is not there.

    Returns what the browser complained about: a refused style, a blocked request."""
    colours = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else [
        "--blink-settings=preferredColorScheme=1"]
    profile = picture.parent / f"profile-{picture.stem}"
    done = subprocess.run(
        [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         "--no-first-run", "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
         "--proxy-server=127.0.0.1:9", f"--user-data-dir={profile}", f"--force-device-scale-factor={scale}",
         f"--window-size={width},{height}", f"--screenshot={picture}", *colours, page.as_uri()],
        capture_output=True, timeout=120, env={**os.environ, "HOME": str(picture.parent)})
    shutil.rmtree(profile, ignore_errors=True)
    told = done.stderr.decode("utf-8", "replace")
    assert picture.exists(), told[-2000:]
    return [line for line in told.splitlines() if "CONSOLE" in line]


def pixels(picture):
    """Rows of (red, green, blue) of a PNG with eight bits a channel."""
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert depth == 8 and colour in (2, 6) and not interlaced
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    channels = 3 if colour == 2 else 4
    raw, size, above, rows = zlib.decompress(packed), width * channels, bytes(width * channels), []
    for row in range(height):
        line = bytearray(raw[row * (size + 1) + 1:(row + 1) * (size + 1)])
        undo_filter(raw[row * (size + 1)], line, above, channels)
        above = bytes(line)
        rows.append([tuple(line[i:i + 3]) for i in range(0, size, channels)])
    return rows


def undo_filter(kind, line, above, channels):
    """PNG (RFC 2083), section 6."""
    for i in range(len(line)) if kind else ():
        left = line[i - channels] if i >= channels else 0
        up = above[i]
        corner = above[i - channels] if i >= channels else 0
        if kind == 1:
            predicted = left
        elif kind == 2:
            predicted = up
        elif kind == 3:
            predicted = (left + up) // 2
        else:
            to = left + up - corner
            predicted = min((left, up, corner), key=lambda one: abs(to - one))
        line[i] = (line[i] + predicted) & 255
