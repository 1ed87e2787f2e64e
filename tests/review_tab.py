"""A browser, the server, and a tab in which a reviewer works: fixtures of the tests of the review page."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from review_output import write

from extractor.review import Desk, application

uvicorn = pytest.importorskip("uvicorn", reason="the review extra is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(
    (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH")
WAIT = 15_000  # milliseconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if root else [])
        yield browser
        browser.close()


@pytest.fixture
def serving() -> Iterator[Callable[..., str]]:
    """Starts the server over a folder and gives the address to open."""
    running = []

    def start(folder: Path, since: Path | None = None, by: str = "ana") -> str:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        app = application(Desk(folder, since, by), port, "key")
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        running.append((server, thread, sock))
        return f"http://127.0.0.1:{port}/?key=key"

    yield start
    for server, thread, sock in running:
        server.should_exit = True
        thread.join(10)
        sock.close()


class Reviewer:
    """A tab, and what a reviewer does in it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.wrong.append(said.text))
        page.goto(address)
        page.wait_for_selector("body[data-ready]")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, trigger: str, status: str | None = None) -> None:
        self.page.wait_for_function(
            """([trigger, status]) => document.querySelector("#facts .chip.role-trigger")?.textContent === trigger
               && (!status || document.querySelector("#event-status")?.textContent === status)""",
            arg=[trigger, status],
        )

    def open(self, trigger: str, document: str = "harbour") -> None:
        self.page.click(f".item:has(mark:text-is('{trigger}')):has(.document:text-is('{document}'))")
        self.shows(trigger)

    def told(self, words: str) -> None:
        self.page.wait_for_function(
            "words => document.querySelector('#toast').textContent.includes(words)", arg=words
        )

    def select(self, words: str) -> None:
        """Drag the mouse over words of the article, within one highlighted or plain stretch."""
        box = self.page.evaluate(
            """words => {
              for (const node of document.querySelectorAll("#article [data-start]")) {
                const at = node.firstChild.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node.firstChild, at);
                range.setEnd(node.firstChild, at + words.length);
                const { left, right, top, bottom } = range.getBoundingClientRect();
                return { left, right, middle: (top + bottom) / 2 };
              }
            }""",
            words,
        )
        assert box is not None, f"{words} is in no one stretch of the article"
        self.page.mouse.move(box["left"] + 0.5, box["middle"])
        self.page.mouse.down()
        self.page.mouse.move(box["right"] - 0.5, box["middle"], steps=4)
        self.page.mouse.up()

    def rows(self) -> list[str]:
        return self.page.locator(".item mark").all_inner_texts()


@pytest.fixture
def tab(browser: Any, serving: Callable[..., str]) -> Iterator[Callable[..., Reviewer]]:
    """Opens a tab on an output folder; at the end nothing may have gone wrong in any of them."""
    contexts, tabs = [], []

    def open_tab(
        folder: Path, since: Path | None = None, *, beside: Reviewer | None = None, **options: Any
    ) -> Reviewer:
        if beside is None:
            size = {"width": options.pop("width", 1280), "height": options.pop("height", 860)}
            context = browser.new_context(viewport=size, **options)
            contexts.append(context)
            address = serving(folder, since)
            context.address = address
        else:
            context, address = beside.page.context, beside.page.context.address
        tabs.append(Reviewer(context.new_page(), address))
        return tabs[-1]

    yield open_tab
    for reviewer in tabs:
        assert reviewer.wrong == []
    for context in contexts:
        context.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "output")
