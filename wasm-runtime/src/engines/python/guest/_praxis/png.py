"""PNG as figures need it: a picture of few colours, packed with a sixth of the fuel that Pillow's choice of filters takes."""

import struct
import zlib

import numpy
from PIL import Image

_INCH = 0.0254


def encode(pixels, dpi, opaque):
    """pixels: an array of height × width × RGBA, 8 bits each."""
    height, width = pixels.shape[:2]
    image = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    flat = numpy.frombuffer((image.convert("RGB") if opaque else image).tobytes(), numpy.uint8).reshape(height, -1)
    # Each row begins with its filter, which is none.
    rows = numpy.zeros((height, flat.shape[1] + 1), numpy.uint8)
    rows[:, 1:] = flat
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if opaque else 6, 0, 0, 0)
    size = struct.pack(">IIB", round(dpi / _INCH), round(dpi / _INCH), 1)
    parts = (b"IHDR", header), (b"pHYs", size), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
