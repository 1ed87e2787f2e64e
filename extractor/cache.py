"""The folder of a run: one run at a time, work kept between runs, files that change together.

What a run keeps lies in `.cache/` below the output folder and may be deleted at any time: articles as read,
parses, and what each document gave, each under the digest of everything it depends on, in one SQLite file
that outlives `kill -9`. Finished files are gathered in `.cache/` and take their places only once all are on
disk; a run that was stopped in between is completed by the next.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from extractor.errors import OutputError
from extractor.fingerprint import Options, file_digest, of_run, settings

FILES = ("events.jsonl", "entities.jsonl", "incidents.jsonl", "documents.jsonl", "rejected.jsonl")
MANIFEST = "run.json"
HISTORY = "history.jsonl"
FOLDER = ".cache"
STATE = "state.json"
FORMAT = 1  # raise when what is kept changes: an older cache is then made anew
Kind = Literal["article", "parse", "result"]

_TABLE = "CREATE TABLE IF NOT EXISTS kept (kind TEXT, key TEXT, value BLOB, UNIQUE (kind, key))"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ENTRY = "history-entry.json"


def cannot_write(output: Path, error: OSError) -> OutputError:
    """The error for an output folder that cannot be written, for whatever reason."""
    said = error.strerror or error
    if error.errno not in NO_ROOM:
        return OutputError(f"{output}: cannot write: {said}.", "Name a folder you may write to with -o.")
    return OutputError(
        f"{output}: cannot write: {said}.",
        "What was there stands unchanged. Make room, then run again: finished documents are not done anew.",
    )


@contextmanager
def hold(output: Path) -> Iterator[Path]:
    """Hold an output folder for one run, and complete what an interrupted run left half in place.

    Args:
        output: the folder; made where it is missing.

    Yields:
        The folder below it where the run may keep its work.

    Raises:
        OutputError: it cannot be made or written, or another run holds it.
    """
    place = output / FOLDER
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not (place / ".gitignore").is_file():
            (place / ".gitignore").write_text("*\n", encoding="utf-8")
        lock = FileLock(place / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise OutputError(
            f"{output}: another run is writing to it.", "Wait until it ends, or name another folder with -o."
        ) from None
    except OSError as error:
        raise cannot_write(output, error) from None
    try:
        _publish(output, place)
        yield place
    finally:
        lock.release()


# ---- finished files ----------------------------------------------------------------------------------------


@contextmanager
def gathering(output: Path, place: Path) -> Iterator[Path]:
    """A folder to write the run's files to. When the block ends they take their places in `output`, all of
    them or none; those whose bytes stay the same are left as they are.

    Raises:
        OutputError: they cannot be written. What was in `output` is still there.
    """
    draft = place / "draft"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        yield draft
        os.rename(draft, place / "ready")
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise cannot_write(output, error) from None
    _publish(output, place)


def _publish(output: Path, place: Path) -> None:
    """Move what is gathered in "ready" into place. Whatever of it has been moved before is passed over."""
    ready = place / "ready"
    if not ready.is_dir():
        return
    try:
        entry = ready / _ENTRY
        if entry.is_file():
            append_line(output / HISTORY, entry.read_text(encoding="utf-8"))
        for name in (*FILES, MANIFEST):
            new, old = ready / name, output / name
            if new.is_file() and (name == MANIFEST or file_digest(new) != file_digest(old)):
                os.replace(new, old)
        shutil.rmtree(ready)
    except OSError as error:
        raise cannot_write(output, error) from None


def keep_entry(draft: Path, entry: dict[str, Any]) -> None:
    """Put a line for history.jsonl beside the files it tells of."""
    (draft / _ENTRY).write_text(json.dumps(entry, ensure_ascii=False) + "\n", encoding="utf-8")


def append_line(path: Path, line: str) -> None:
    """Append one line to a file that only grows, unless it is its last line already. A line that was cut off
    when a run was killed is removed first."""
    raw = line.encode("utf-8")
    with path.open("ab+") as stream:
        end = _whole_lines(stream)
        if stream.tell() != end:
            stream.truncate(end)
        if end >= len(raw):
            stream.seek(end - len(raw))
            if stream.read(len(raw)) == raw:
                return
        stream.seek(0, os.SEEK_END)
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())


def _whole_lines(stream: Any) -> int:
    """Where the last whole line of a file ends; leaves the stream at the end of the file."""
    end = stream.seek(0, os.SEEK_END)
    position = end
    while position > 0:
        start = max(0, position - 65_536)
        stream.seek(start)
        found = stream.read(position - start).rfind(b"\n")
        if found >= 0:
            stream.seek(end)
            return start + found + 1
        position = start
    stream.seek(end)
    return 0


# ---- kept work ---------------------------------------------------------------------------------------------


class Cache:
    """Work kept between runs, under digests of what it was made of.

    Args:
        path: the SQLite file; None to keep nothing.
        fresh: begin anew, whatever is there.

    Raises:
        OutputError: the file cannot be made.
    """

    def __init__(self, path: Path | None, *, fresh: bool = False) -> None:
        self.path = path
        self._used: dict[Kind, set[str]] = {"article": set(), "parse": set(), "result": set()}
        self._db: sqlite3.Connection | None = None
        if path is None:
            return
        if fresh:
            self._remove()
        with self._errors():
            self._open()

    def _open(self) -> None:
        try:
            self._db = self._connect()
            if self._db.execute("PRAGMA user_version").fetchone()[0] not in (0, FORMAT):
                raise sqlite3.DatabaseError("another format")
            self._db.execute(_TABLE)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._remove()
            self._db = self._connect()
            self._db.execute(_TABLE)
        self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def _connect(self) -> sqlite3.Connection:
        assert self.path is not None
        connection = sqlite3.connect(self.path, isolation_level=None)
        # The lock on the folder keeps others out; an exclusive write-ahead log needs no shared memory, so it
        # works on network drives too, and a commit costs no wait for the disk.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _remove(self) -> None:
        assert self.path is not None
        if self._db is not None:
            self._db.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            assert self.path is not None
            raise cannot_write(self.path, error) from None
        except sqlite3.Error as error:
            raise OutputError(
                f"{self.path}: cannot keep work: {error}.",
                "Make room and run again: finished documents are not done anew. Or use --no-cache.",
            ) from None

    def _execute(self, query: str, values: tuple[Any, ...]) -> Any:
        """Run a query. A damaged file holds nothing that cannot be made again: it is begun anew."""
        assert self._db is not None
        with self._errors():
            try:
                return self._db.execute(query, values).fetchone()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._remove()
                self._open()
                return self._db.execute(query, values).fetchone()

    def get(self, kind: Kind, key: str) -> bytes | None:
        """What was kept under a key; None where nothing was, or where it is damaged."""
        self._used[kind].add(key)
        if self._db is None:
            return None
        row = self._execute("SELECT value FROM kept WHERE kind = ? AND key = ?", (kind, key))
        try:
            return zlib.decompress(row[0]) if row else None
        except zlib.error:
            return None

    def put(self, kind: Kind, key: str, value: bytes) -> None:
        """Keep a value; it is there after `kill -9` from now on.

        Raises:
            OutputError: it cannot be written.
        """
        self._used[kind].add(key)
        if self._db is not None:
            query = "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)"
            self._execute(query, (kind, key, zlib.compress(value, 1)))

    def still_used(self, kind: Kind, keys: Iterable[str]) -> None:
        """Say that what lies under the keys must stay, though it was not asked for."""
        self._used[kind].update(keys)

    def forget_unused(self) -> None:
        """Drop whatever this run neither asked for nor kept."""
        if self._db is None:
            return
        with self._errors():
            self._db.execute("BEGIN")
            self._db.execute("CREATE TEMP TABLE used (kind TEXT, key TEXT, PRIMARY KEY (kind, key))")
            for kind, keys in self._used.items():
                self._db.executemany("INSERT INTO used VALUES (?, ?)", ((kind, key) for key in keys))
            self._db.execute("DELETE FROM kept WHERE (kind, key) NOT IN (SELECT kind, key FROM used)")
            self._db.execute("DROP TABLE used")
            self._db.execute("COMMIT")

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


# ---- an unchanged run --------------------------------------------------------------------------------------


def remember(output: Path, place: Path, fingerprint: str | None) -> None:
    """Note what the files in place were made of, so that the next run can tell that nothing changed."""
    state = {"fingerprint": fingerprint, "files": {name: file_digest(output / name) for name in FILES}}
    draft = place / f"{STATE}.tmp"
    try:
        draft.write_text(json.dumps(state), encoding="utf-8")
        os.replace(draft, place / STATE)
    except OSError as error:
        raise cannot_write(output, error) from None


def unchanged(sources: list[str], output: Path, options: Options, prune: bool) -> dict[str, Any] | None:
    """Tell whether a run would change nothing.

    Returns:
        The manifest of the run that made what is in `output`, if the files are what it wrote and this run
        would write the same; else None.

    Raises:
        OutputError: another run holds the folder.
    """
    if not (output / FOLDER).is_dir():
        return None
    with hold(output) as place:
        try:
            state = json.loads((place / STATE).read_text(encoding="utf-8"))
            manifest = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
            files, made_of, kept = state["files"], state["fingerprint"], manifest["kept"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if made_of is None or (prune and kept):
            return None
        if any(files.get(name) != file_digest(output / name) for name in FILES):
            return None
        return manifest if of_run(sources, settings(options), output) == made_of else None
