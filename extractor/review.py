"""The review page: a server on this machine's loopback that shows events and writes down decisions.

One process and one thread answer everything, so that what is checked still holds when it is written. Requests
must carry the key that was printed at the start, as Jupyter's do: other users of the machine, and other pages
in the same browser, are turned away.
"""

from __future__ import annotations

import getpass
import heapq
import hmac
import json
import secrets
import socket
import webbrowser
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from extractor import corrections, reviews
from extractor.errors import ExtractorError
from extractor.patterns import default_folder, read_frames
from extractor.reviews import Content, Decision
from extractor.schema import EventType, Measure, Modality, Role
from extractor.worklist import Row, Stale, Worklist

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

PAGE = Path(__file__).parent / "review_page"
HOST = "127.0.0.1"
PORT = 8765
LARGEST = 1_000_000  # bytes of a request
ROWS = 500  # rows in one answer
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}  # fmt: skip


class Desk:
    """What the page asks for and what it decides, apart from HTTP.

    Args:
        output: a folder that `extractor run` wrote.
        since: an earlier run to compare with.
        by: who decides.
    """

    def __init__(self, output: Path, since: Path | None = None, by: str | None = None) -> None:
        self.list = Worklist(output, since)
        self.by = by or reviewer()
        self.epoch = 1
        self.subtypes: dict[str, list[str]] = {}
        for frame in read_frames(default_folder()):
            names = (frame.subtype, *(cue.subtype for cue in frame.subtypes))
            known = self.subtypes.get(frame.type, ())
            self.subtypes[frame.type] = sorted({*known, *(name for name in names if name)})

    def sync(self) -> None:
        """Take in what other processes wrote."""
        if self.list.refresh():
            self.epoch += 1

    # ---- asked ---------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        rows = [r for r in self.list.rows if r.state != "removed"]
        present = Counter(r.type for r in rows).most_common()
        return {
            "output": str(self.list.output), "since": str(self.list.since) if self.list.since else None,
            "by": self.by, "epoch": self.epoch, "version": self.version, "counts": self.list.counts(),
            "present": present, "types": sorted({*get_args(EventType), *(t for t, _ in present)}),
            "subtypes": self.subtypes,
            "roles": get_args(Role), "measures": get_args(Measure), "modalities": get_args(Modality),
        }  # fmt: skip

    @property
    def version(self) -> int:
        return len(self.list.reviews.decisions)

    def rows(self, query: Mapping[str, str]) -> dict[str, Any]:
        name, found = self.list.view(dict(query))
        kept = self.list.by_id.get(query.get("keep", ""))
        return {
            "view": name, "total": len(found), "rows": self._page(found, 0, _count(query, "limit", 100)),
            "kept": found.index(kept) if kept is not None and kept in found else None,
        }  # fmt: skip

    def page(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        offset, limit = _count(query, "offset", 0), _count(query, "limit", 100)
        return {"rows": self._page(self._view(name), offset, limit)}

    def _page(self, found: list[int], offset: int, limit: int) -> list[dict[str, Any]]:
        return [self.list.show(self.list.rows[n]) for n in found[offset : offset + min(limit, ROWS)]]

    def _view(self, name: str) -> list[int]:
        if name not in self.list.views:
            raise Stale("This list is too old. Choose a filter to make it anew.")
        self.list.views.move_to_end(name)
        return self.list.views[name]

    def following(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Where the next row stands that is to be decided; from the list's other end when none follows."""
        found, step = self._view(name), -1 if query.get("step") == "-1" else 1
        here, size = int(query.get("after", "-1")), len(found)
        for n in range(1, size + 1):
            index = (here + step * n) % size
            row = self.list.rows[found[index]]
            if row.status == "open" and row.state != "removed":
                return {"index": index}
        return {"index": None}

    def find(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        number = self.list.by_id.get(query.get("event", ""))
        found = self._view(name)
        return {"index": found.index(number) if number is not None and number in found else None}

    def event(self, name: str) -> dict[str, Any]:
        row = self._row(name)
        event = self.list.event(row)
        changes, cause = self.list.differences(row)
        ids = [a["entity"] for a in (*event["arguments"], *event["attribution"]) if a.get("entity")]
        found: dict[str, Any] = {
            "row": self.list.show(row), "event": event, "changes": changes, "cause": cause, "incident": None,
            "entities": self.list.entities(ids), "decisions": self._history(name),
            "seen": self.list.latest.get(name), "digest": self.list.digest(self.list.base(row)),
        }  # fmt: skip
        if row.state != "removed":
            incident = self.list.incident(row)
            members = self.list.members(incident)
            found["incident"] = {"id": incident, "events": [self.list.show(r) for r in members]}
        return found

    def _row(self, name: str) -> Row:
        if name not in self.list.by_id:
            raise Stale("This event is no longer in the output.")
        return self.list.rows[self.list.by_id[name]]

    def _history(self, name: str) -> list[dict[str, Any]]:
        effective = {d.id for d in self.list.reviews.effective}
        return [
            {
                "id": d.id, "by": d.by, "at": d.at, "action": d.action, "note": d.note,
                "void": d.id not in effective, "fields": [_told(c) for c in d.corrections],
            }
            for d in self.list.history(name)
        ]  # fmt: skip

    def document(self, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        worklist = self.list
        old = query.get("side") == "old" and worklist.old is not None
        source = worklist.old if old and worklist.old else worklist.source
        rows = [worklist.rows[n] for n in worklist.by_document.get(name, ())]
        events = [
            {"id": r.id, "type": r.type, "start": r.start, "end": r.end, "status": r.status}
            for r in rows
            if (r.state == "removed") == old and r.status != "withdrawn"
        ]
        return {**source.article(name), "events": events}

    def documents(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Up to 50 documents whose name holds the words asked for."""
        asked = query.get("q", "").casefold()
        found = [name for name in self.list.source.documents if asked in name.casefold()][:50]
        return {"documents": [(name, len(self.list.by_document.get(name, ()))) for name in found]}

    def incidents(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Up to 30 incidents that an event's own could be joined with, likeliest first."""
        near = self._row(query.get("near", ""))
        here, words = self.list.incident(near), query.get("q", "").casefold().split()
        found = []
        for incident, rows in self.list.groups.items():
            if incident == here:
                continue
            for row in rows:
                if row.status in ("rejected", "withdrawn"):
                    continue
                if words and not all(word in row.words for word in words):
                    continue
                alike = (row.type == near.type) + 2 * (row.date is not None and row.date == near.date)
                place = (-alike, abs(row.order - near.order), abs(row.start - near.start), row.id)
                found.append((place, incident, row))
                break
        likeliest = heapq.nsmallest(30, found, key=lambda entry: entry[0])
        return {
            "incidents": [
                {**self.list.show(row), "id": incident, "size": len(self.list.members(incident))}
                for _, incident, row in likeliest
            ]
        }

    def news(self, query: Mapping[str, str]) -> dict[str, Any]:
        """What was decided after a version of the log."""
        fresh = self.list.reviews.decisions[_count(query, "after", 0) :]
        told, touched = [], {}
        for decision in fresh:
            events = self.list.touched(decision)
            rows = [self.list.rows[self.list.by_id[e]] for e in events if e in self.list.by_id]
            touched.update({r.id: r for r in rows})
            trigger = rows[0].trigger if rows else None
            told.append({"id": decision.id, "by": decision.by, "action": decision.action, "trigger": trigger})
        return {
            "version": self.version, "epoch": self.epoch, "decisions": told, "counts": self.list.counts(),
            "rows": [self.list.show(r) for r in touched.values()],
        }  # fmt: skip

    # ---- decided -------------------------------------------------------------------------------------------

    def decide(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Write a decision down.

        Raises:
            Stale: what it is about has changed since the page saw it; nothing is written.
            ExtractorError: it does not hold together, or cannot be written.
        """
        action = asked.get("action")
        if action == "add":
            decision = self._added(asked)
        elif action == "undo":
            decision = self._undo(str(asked.get("undoes")))
        else:
            decision = self._on_event(str(action), asked)
        reviews.append(self.list.output, decision)
        self.list.refresh()
        touched = self.list.touched(decision)
        rows = [self.list.rows[self.list.by_id[e]] for e in touched if e in self.list.by_id]
        return {
            "decision": decision.id, "event": touched[0] if touched else None, "counts": self.list.counts(),
            "rows": [self.list.show(r) for r in rows],
        }  # fmt: skip

    def _on_event(self, action: str, asked: Mapping[str, Any]) -> Decision:
        row = self._row(str(asked.get("event")))
        if row.state == "removed":
            raise Stale("This event is not in the new run; there is nothing to decide on.")
        base = self.list.base(row)
        self._check(row, base, asked)
        text = self.list.source.article(row.document)["text"]
        content = reviews.content_of(base, text)
        if action == "correct":
            stated = corrections.facts_of(asked.get("facts") or {}, text, self._known(row.document))
            return self._corrected(content, stated)
        if action == "merge":
            return self._merged(row, str(asked.get("incident")))
        if action == "split":
            return self._split(row, asked.get("events") or [])
        if action not in ("accept", "reject", "note"):
            raise ExtractorError(f"{action}: no decision.", "Reload the page.")
        return reviews.decide(action, self.by, [content], note=asked.get("note") or None)  # type: ignore[arg-type]

    def _check(self, row: Row, base: dict[str, Any], asked: Mapping[str, Any]) -> None:
        """Refuse a decision on an event that was decided, or is told otherwise, since the page saw it."""
        if asked.get("digest") != self.list.digest(base):
            raise Stale(
                "The output was made anew and this event is not what it was. Look again, then decide."
            )
        latest = self.list.latest.get(row.id)
        if asked.get("seen") != latest:
            last = self.list.by_decision.get(latest or "")
            what = f"{last.by} decided on it ({last.action})" if last else "it was decided on"
            raise Stale(f"Not saved: {what} after you opened it. Look again, then decide.")

    def _known(self, document: str) -> list[dict[str, Any]]:
        rows = [self.list.rows[n] for n in self.list.by_document.get(document, ())]
        events = [self.list.base(r) for r in rows if r.offset >= 0 and r.state != "removed"]
        return [a for event in events for a in event["arguments"]]

    def _corrected(self, content: Content, stated: reviews.Facts) -> Decision:
        after = reviews.shifted(stated, -content.start)
        if not (after.trigger.start >= 0 and after.trigger.end <= len(content.sentence)):
            raise ExtractorError(
                "The trigger must stay in its sentence.", "Reject this event and add one where it is told."
            )
        found = corrections.corrections(content.facts, after)
        if not found:
            raise ExtractorError(
                "Nothing is different from what was extracted.", "Accept it, or change a value."
            )
        return reviews.decide("correct", self.by, [content], corrections=found)

    def _added(self, asked: Mapping[str, Any]) -> Decision:
        name = str(asked.get("document"))
        article = self.list.source.article(name)
        stated = corrections.facts_of(asked.get("facts") or {}, article["text"], self._known(name))
        sentence = self._sentence(name, article, stated.trigger.start, stated.trigger.end)
        content = reviews.added(name, article["text"], sentence, stated.model_dump())
        row = self.list.by_id.get(content.event)
        if row is not None and self.list.rows[row].status != "withdrawn":
            raise ExtractorError("This event is there already.", "Correct it instead.")
        return reviews.decide("add", self.by, [content])

    def _sentence(self, name: str, article: dict[str, Any], start: int, end: int) -> tuple[int, int]:
        for n in self.list.by_document.get(name, ()):
            row = self.list.rows[n]
            low = row.start - row.where
            if row.state != "removed" and low <= start and end <= low + len(row.sentence):
                return low, low + len(row.sentence)
        return corrections.sentence_at(article, start, end)

    def _contents(self, rows: list[Row]) -> list[Content]:
        return [
            reviews.content_of(self.list.base(r), self.list.source.article(r.document)["text"]) for r in rows
        ]

    def _merged(self, row: Row, other: str) -> Decision:
        here = self.list.incident(row)
        joined = self.list.members(other)
        if other == here or not joined:
            raise Stale("That incident is not there any more. Look again, then decide.")
        return reviews.decide("merge", self.by, self._contents([*self.list.members(here), *joined]))

    def _split(self, row: Row, events: list[str]) -> Decision:
        members = self.list.members(self.list.incident(row))
        off = [r for r in members if r.id in events]
        rest = [r for r in members if r.id not in events]
        if not rest or len(off) != len(set(events)):
            raise Stale("The incident is not what it was. Look again, then decide.")
        return reviews.decide("split", self.by, self._contents(off), apart=self._contents(rest))

    def _undo(self, name: str) -> Decision:
        if name not in {d.id for d in self.list.reviews.effective}:
            raise Stale("That decision is undone already.")
        return reviews.decide("undo", self.by, undoes=name)


def reviewer() -> str:
    """The name of the user whose process this is."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reviewer"


def _count(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() else default


def _told(correction: reviews.Correction) -> str:
    """A correction in words."""
    sides = []
    for value in (correction.old, correction.new):
        if value is None:
            sides.append("—")
        elif value.min is not None or value.max is not None:
            sides.append(f"{'' if value.min is None else value.min}–{'' if value.max is None else value.max}")
        else:
            shown = value.value if value.text is None or correction.field == "date" else value.text
            sides.append(shown or "—")
    return f"{correction.field}: {sides[0]} → {sides[1]}"


# ---- HTTP --------------------------------------------------------------------------------------------------


def application(desk: Desk, port: int, key: str) -> Starlette:
    """The page and its API.

    Args:
        desk: what answers.
        port: where it is served, for telling its own address from others.
        key: what a browser must have been given.
    """
    from starlette.applications import Starlette
    from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse
    from starlette.routing import Route

    cookie = f"extractor-review-{port}"
    files = {path.name: path for path in PAGE.iterdir() if path.suffix in (".html", ".css", ".js")}
    addresses = {f"{name}:{port}" for name in (HOST, "localhost")}

    def allowed(request: Request) -> Response | None:
        """None, or why not: another host's name, another page's request, no key."""
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if host not in addresses:
            return PlainTextResponse(f"Not served under the name {host!r}.", 421)
        if origin is not None and origin != f"http://{host}":
            return JSONResponse({"error": "Another page may not do this."}, 403)
        if not hmac.compare_digest(request.cookies.get(cookie, "").encode(), key.encode()):
            told = "Open the address that `extractor review` printed: it carries the key."
            return JSONResponse({"error": told}, 403)
        return None

    def answering(work: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            refused = allowed(request)
            if refused is None:
                try:
                    desk.sync()
                    refused = JSONResponse(await work(request))
                except Stale as stale:
                    refused = JSONResponse({"error": str(stale)}, 409)
                except ExtractorError as error:
                    refused = JSONResponse({"error": str(error)}, 400)
            refused.headers.update(HEADERS)
            return refused

        return answer

    def asking(path: str, work: Callable[..., dict[str, Any]]) -> Route:
        async def ask(request: Request) -> dict[str, Any]:
            return work(*request.path_params.values(), request.query_params)

        return Route(path, answering(ask), methods=["GET"])

    async def decide(request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise ExtractorError("Not JSON.", "Reload the page.")
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                raise ExtractorError("The request is too large.", "Shorten it.")
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise ExtractorError("Not a JSON object.", "Reload the page.")
        return desk.decide(asked)

    async def page(request: Request) -> Response:
        given = request.query_params.get("key")
        if given is not None and request.headers.get("host", "") in addresses:
            if not hmac.compare_digest(given.encode(), key.encode()):
                return PlainTextResponse(
                    "This key is of another start. Use the address printed last.", 403, HEADERS
                )
            answer: Response = RedirectResponse("/", 303)
            answer.set_cookie(cookie, key, httponly=True, samesite="strict", path="/")
        elif refused := allowed(request):
            answer = refused
        else:
            name = request.path_params.get("name") or "index.html"
            answer = FileResponse(files[name]) if name in files else PlainTextResponse("No such file.", 404)
        answer.headers.update(HEADERS)
        return answer

    return Starlette(routes=[
        asking("/api/state", lambda query: desk.state()),
        asking("/api/list", desk.rows),
        asking("/api/list/{view}", desk.page),
        asking("/api/list/{view}/next", desk.following),
        asking("/api/list/{view}/find", desk.find),
        asking("/api/events/{event}", lambda event, query: desk.event(event)),
        asking("/api/documents", desk.documents),
        asking("/api/documents/{document:path}", desk.document),
        asking("/api/incidents", desk.incidents),
        asking("/api/news", desk.news),
        Route("/api/decisions", answering(decide), methods=["POST"]),
        Route("/", page),
        Route("/{name}", page),
    ])  # fmt: skip


def serve(
    output: Path, since: Path | None = None, *, by: str | None = None, port: int = PORT, browser: bool = False,
    tell: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Serve the page until Ctrl-C.

    Args:
        output: a folder that `extractor run` wrote.
        since: an earlier run to compare with.
        by: who decides; the user's own name when left out.
        port: where to listen on the loopback; 0 for any that is free.
        browser: whether to open the page.
        tell: called with the page's address once it can be opened.

    Raises:
        ExtractorError: starlette or uvicorn is missing, the port is taken, or the folder is not a run's.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ModuleNotFoundError as error:
        raise ExtractorError(
            f"The review page needs {error.name}.", "Install it: pip install 'extractor[review]'"
        ) from None
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except (OSError, OverflowError):
        raise ExtractorError(f"Port {port} of {HOST} is taken.", "Choose another with --port.") from None
    with sock:
        desk = Desk(output, since, by)
        taken, key = sock.getsockname()[1], secrets.token_urlsafe(16)
        server = uvicorn.Server(
            uvicorn.Config(
                application(desk, taken, key), log_level="warning", access_log=False, lifespan="off"
            )
        )
        sock.listen()
        address = f"http://{HOST}:{taken}/?key={key}"
        tell(address)
        if browser:
            webbrowser.open(address)
        server.run(sockets=[sock])
