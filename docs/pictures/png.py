"""Pictures made small: as few colours as a screen of text needs, packed as well as zlib can.

The browser decodes and counts the colours, being quick at it; what is left is written here. A
picture of more than 256 colours has the rarest of them rounded, which nobody sees.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Final

from tests.browser import Browser

COLOURS: Final = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const dots = context.getImageData(0, 0, image.width, image.height).data;
  const counted = () => {
    const found = new Map();
    for (let at = 0; at < dots.length; at += 4) {
      const colour = dots[at] << 16 | dots[at + 1] << 8 | dots[at + 2];
      found.set(colour, (found.get(colour) || 0) + 1);
    }
    return found;
  };
  const often = [...counted()].sort((a, b) => b[1] - a[1]).map((one) => one[0]);
  const chosen = often.slice(0, 256);
  const places = new Map(chosen.map((colour, place) => [colour, place]));
  const nearest = (colour) => {
    let best = 0, least = Infinity;
    chosen.forEach((other, place) => {
      const apart = (by) => ((colour >> by & 255) - (other >> by & 255)) ** 2;
      const far = apart(16) + apart(8) + apart(0);
      if (far < least) { least = far; best = place; }
    });
    places.set(colour, best);
    return best;
  };
  let rows = "";
  for (let at = 0; at < dots.length; at += 4) {
    const colour = dots[at] << 16 | dots[at + 1] << 8 | dots[at + 2];
    const place = places.get(colour);
    rows += String.fromCharCode(place === undefined ? nearest(colour) : place);
  }
  const palette = chosen.map((colour) => [colour >> 16, colour >> 8 & 255, colour & 255]).flat();
  return [image.width, image.height, palette, btoa(rows)];
}"""


async def packed(browser: Browser, picture: bytes) -> bytes:
    """The same picture, smaller."""
    page = await browser.new_page((100, 100))
    try:
        given = json.dumps(base64.b64encode(picture).decode())
        width, height, palette, dots = await page.evaluate(f"({COLOURS})({given})")
    finally:
        await page.close()
    return _written(width, height, bytes(palette), base64.b64decode(dots))


def _written(width: int, height: int, palette: bytes, dots: bytes) -> bytes:
    rows = (b"\0" + dots[at : at + width] for at in range(0, width * height, width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # a byte a dot, by palette
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
