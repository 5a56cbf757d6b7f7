"""How an answer of the mock goes over its connection: framed, slowly, or cut off by a reset."""
import asyncio
import socket
import struct


def message(status, text, headers):
    head = f"HTTP/1.1 {status} Mock\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode() + text


async def drip(writer, data, pause):
    """A byte, and a pause of so many seconds after it."""
    for byte in data:
        writer.write(bytes([byte]))
        await asyncio.sleep(pause)


def reset_on_close(writer):
    """The close that follows is a RST: SO_LINGER of no time, socket(7)."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
