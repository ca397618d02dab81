"""Take the pictures of docs/howto/pages.md from a running exercise.

    headstart serve --exercise --port 8080 &
    python scripts/screenshots.py http://127.0.0.1:8080 docs/screenshots

Sits down in the seats of the cast by their pages, as a person would, in Debian's Chromium.
"""

import base64
import re
import shutil
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 844)
HUB, OPERATOR, PUBLIC = "hub", "operator", ""
DEVELOPER, AUTHORITY = "developer", "authority"
# file, who looks, the address and the links followed from it, how wide, the most of it in pixels down
SHOTS = (
    ("dashboard", HUB, "/", DESKTOP, 1500),
    ("dashboard-phone", HUB, "/", PHONE, 1700),
    ("review", HUB, "/reviews/ -> main table a", DESKTOP, 1500),
    ("review-developer", DEVELOPER, "/reviews/ -> main table a", DESKTOP, 1300),
    (
        "determination",
        AUTHORITY,
        "/reviews/ -> main table a -> .hs-deeds a[href$=determination]",
        DESKTOP,
        1500,
    ),
    ("findings", HUB, "/findings/", DESKTOP, 1300),
    ("finding", HUB, "/findings/?rung=contrasted&q=minimist -> #queue a", DESKTOP, 2900),
    ("finding-refuted", HUB, "/findings/?rung=refuted -> #queue a", DESKTOP, 1000),
    ("vulnerability", HUB, "/vulnerabilities/ -> main table a", DESKTOP, 2000),
    ("operator", OPERATOR, "/list/", DESKTOP, 1300),
    ("operator-phone", OPERATOR, "/list/", PHONE, 1700),
    ("ledger", HUB, "/ledger/", DESKTOP, 1000),
    ("advisories", PUBLIC, "/advisories/", DESKTOP, 900),
    ("seats", PUBLIC, "/seats/", DESKTOP, 1100),
)


def sit(page: Page, base: str, kind: str) -> None:
    """Take the first seat of that kind; `""` is the public."""
    page.goto(f"{base}/seats/")
    if not kind:
        return
    seat = page.locator(".hs-seats > li").filter(
        has=page.locator(".hs-kicker", has_text=re.compile(f"^{kind}$"))
    )
    button = seat.first.get_by_role("button")
    if button.count():
        button.click()


def take(browser: Browser, base: str, into: Path, shot: tuple[str, str, str, tuple[int, int], int]) -> Path:
    """One picture."""
    name, who, where, (width, height), most = shot
    page = browser.new_page(viewport={"width": width, "height": height})
    sit(page, base, who)
    address, *links = where.split(" -> ")
    page.goto(f"{base}{address}")
    for link in links:
        page.locator(link).first.click()
        page.wait_for_load_state("networkidle")
    page.wait_for_function("document.fonts.status === 'loaded'")
    tall = page.evaluate("document.documentElement.scrollHeight")
    path = into / f"{name}.png"
    clip = {"x": 0, "y": 0, "width": width, "height": min(tall, most)}
    page.screenshot(path=path, full_page=True, clip=clip)
    page.close()
    return path


def shrink(browser: Browser, path: Path) -> None:
    """Write the picture anew with at most 256 colours: a third of the size, and no eye tells them apart."""
    page = browser.new_page()
    encoded = base64.b64encode(path.read_bytes()).decode()
    width, height, raw = page.evaluate(PIXELS, f"data:image/png;base64,{encoded}")
    page.close()
    pixels = np.frombuffer(base64.b64decode(raw), np.uint8).reshape(-1, 4)[:, :3]
    colours, which = _palette(pixels)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = which.reshape(height, width)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", colours.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks))


PIXELS = """async (source) => {
  const image = new Image(); image.src = source; await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const bytes = context.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return [image.width, image.height, btoa(text)];
}"""


def _palette(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The colours that are used most, and for each pixel the nearest of them."""
    found, which, count = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    colours = found[np.argsort(-count)[:256]]
    distance = ((found[:, None, :].astype(int) - colours[None].astype(int)) ** 2).sum(axis=2)
    return colours, distance.argmin(axis=1).astype(np.uint8)[which.ravel()]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def main() -> None:
    """Take them all."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    base, into = sys.argv[1].rstrip("/"), Path(sys.argv[2])
    wanted = set(sys.argv[3:])
    into.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        for shot in SHOTS:
            if not wanted or shot[0] in wanted:
                path = take(browser, base, into, shot)
                shrink(browser, path)
                print(f"{path}  {path.stat().st_size // 1024} KiB")
        browser.close()


if __name__ == "__main__":
    main()
