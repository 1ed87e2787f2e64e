"""JSONL in and out: one object a line, UTF-8, keys in the order of the fields, whole or not at all."""

from __future__ import annotations

import gc
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from extractor.errors import InputError

RecordT = TypeVar("RecordT", bound=BaseModel)
# JSON allows these inside a string, but many readers take them for line ends.
LINE_SEPARATORS = re.compile("[\x85\u2028\u2029]")


def dump(record: BaseModel | dict[str, Any]) -> str:
    """One line of JSON without its line end; a model's keys stand in the order of its fields."""
    value = record.model_dump(mode="json") if isinstance(record, BaseModel) else record
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return LINE_SEPARATORS.sub(lambda match: f"\\u{ord(match.group()):04x}", line)


def write_jsonl(path: Path, records: Iterable[BaseModel | dict[str, Any]]) -> int:
    """Write records to `path`, one a line, replacing what was there only once all are on disk.

    Args:
        path: the file to write; its folder must exist.
        records: models or dicts, written in the order given.

    Returns:
        The number of records written.

    Raises:
        OSError: the folder is missing or may not be written. What was at `path` before is still there.
    """
    count = 0

    def lines() -> Iterator[str]:
        nonlocal count
        for record in records:
            count += 1
            yield dump(record) + "\n"

    _write(path, lines())
    return count


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all.

    Raises:
        OSError: as for `write_jsonl`.
    """
    _write(path, [text])


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Write beside `path`, flush to disk, then take its place: a reader sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as stream:
            for piece in pieces:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, in order; blank lines are passed over.

    Raises:
        InputError: the file is missing, not UTF-8, or a line is no JSON object; names file and line.
    """
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(stream, start=1):
                line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
                if line.strip():
                    yield parse(line, f"{path}:{number}")
    except FileNotFoundError:
        raise InputError("missing", f"{path}: no such file.", "Check the path.") from None
    except IsADirectoryError:
        raise InputError("unsupported", f"{path}: a folder, not a file.", "Name a .jsonl file.") from None
    except PermissionError:
        raise InputError("unreadable", f"{path}: may not be read.", "Check its permissions.") from None


def parse(line: bytes, where: str) -> dict[str, Any]:
    """One line as an object.

    Raises:
        InputError: not UTF-8 or no JSON object; `where` names the place.
    """
    try:
        value = from_json(line, allow_inf_nan=False)  # several times faster than json
    except ValueError:
        value = _parse_carefully(line, where)
    if not isinstance(value, dict):
        raise InputError("bad_json", f"{where}: not a JSON object.", "Write one object a line.")
    return value


def _parse_carefully(line: bytes, where: str) -> Any:
    """As the standard library reads it: it takes lone surrogates, and says what is wrong."""
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError("encoding", f"{where}: not UTF-8.", "Save the file as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise InputError("bad_json", f"{where}: not JSON: {error.msg}.", "Mend or remove the line.") from None


def read_records(path: Path, model: type[RecordT]) -> Iterator[RecordT]:
    """The lines of a JSONL file as `model`.

    Raises:
        InputError: as for `read_jsonl`, and where a line does not fit the model, naming the field.
    """
    for number, value in enumerate(read_jsonl(path), start=1):
        try:
            yield model.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "record"
            raise InputError(
                "bad_record",
                f"{path}: record {number}: {field}: {first['msg']}.",
                "Mend or remove the record.",
            ) from None


@contextmanager
def without_collecting() -> Iterator[None]:
    """No garbage collection meanwhile: records make no cycles, and looking for some takes most of the time
    that reading many of them does."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
