"""The pictures of docs/review.md, taken of the page itself over the corpus' own output.

    pip install pillow
    python benchmarks/review_images.py docs/images

The earlier run that it is compared with is a copy with a few events and a toll taken back.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

from extractor.jsonl import read_jsonl, write_jsonl
from extractor.review import Desk, application

OUTPUT = Path(__file__).parent.parent / "output"


def earlier(folder: Path) -> Path:
    """A copy of the output as an earlier run might have left it."""
    shutil.copytree(OUTPUT, folder)
    events = list(read_jsonl(folder / "events.jsonl"))
    kept = [e for n, e in enumerate(events) if n % 40 != 7]
    tolls = [e for e in kept if any(q["measure"] == "killed" and q["min"] for q in e["quantities"])]
    for event in tolls[::6]:
        toll = next(q for q in event["quantities"] if q["measure"] == "killed")
        toll["min"] = toll["max"] = max(1, toll["min"] - 3)
    write_jsonl(folder / "events.jsonl", kept)
    return folder


def serve(output: Path, since: Path) -> tuple[uvicorn.Server, str]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen()
    port = sock.getsockname()[1]
    app = application(Desk(output, since, "ana"), port, "key")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True).start()
    return server, f"http://127.0.0.1:{port}/?key=key"


def take(browser: Any, address: str, folder: Path) -> None:
    def tab(width: int, height: int, scheme: str) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        page.wait_for_selector("#do-accept", state="attached")
        return page

    def picture(page: Any, name: str) -> None:
        page.wait_for_timeout(4500)  # until the last message is gone
        path = folder / f"review-{name}.png"
        page.screenshot(path=path)
        Image.open(path).convert("RGB").quantize(
            256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        ).save(path, optimize=True)

    page = tab(1280, 760, "light")
    for key in ("a", "a", "r"):
        before = page.inner_text(".ids")
        page.keyboard.press(key)
        page.wait_for_function("before => document.querySelector('.ids').innerText !== before", arg=before)
    picture(page, "light")
    page = tab(1280, 760, "dark")
    page.keyboard.press("e")
    page.wait_for_selector(".editor")
    page.keyboard.press("s")
    page.wait_for_selector("#article .cursor")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#menu:not([hidden])")
    picture(page, "correct-dark")
    page = tab(390, 760, "light")
    picture(page, "narrow-list")
    page.click(".item >> nth=0")
    picture(page, "narrow-event")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary) / "output"
        shutil.copytree(OUTPUT, output)
        before = earlier(Path(temporary) / "earlier")
        for folder, digest in ((before, "1"), (output, "2")):
            (folder / "run.json").write_text(json.dumps({"pattern_files": {"quantities.toml": digest}}))
        server, address = serve(output, before)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=asked.chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
            )
            take(browser, address, asked.folder)
            browser.close()
        server.should_exit = True
    for path in sorted(asked.folder.glob("review-*.png")):
        print(f"{path}: {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
