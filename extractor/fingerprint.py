"""Digests of everything that shapes a result, so that what has not changed need not be done again.

Imports nothing heavy: an unchanged run is told by this module alone. All digests are SHA-256 in hexadecimal.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from extractor import sources as inputs
from extractor.locations import default_folder, index_path

PACKAGE = Path(__file__).parent
REVIEWS = "reviews.jsonl"
JUDGE = "judge.json"
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Options:
    """What shapes the result of a run; stands in run.json."""

    model: str | None = None
    patterns: str | None = None
    domain: str = "auto"
    judge: bool | str = True


@dataclass(frozen=True)
class Settings:
    """What a result depends on besides its document.

    Attributes:
        version, code, libraries: of the extractor, its source files, what it is built on.
        model: name and digest of the language model.
        judge: digest of the judge's weights; None where it is left out.
        patterns: path below the patterns folder to digest.
        gazetteer: digest of the places added by the user; None where there are none.
        domain: how dates are anchored.
    """

    version: str
    code: str
    libraries: dict[str, str]
    model: dict[str, str | None]
    judge: str | None
    patterns: dict[str, str]
    gazetteer: str | None
    domain: str

    def digest(self) -> str:
        """One digest of all of it."""
        return of(asdict(self))

    def parse_digest(self, files: Iterable[str]) -> str:
        """The digest of what a parse depends on: of the patterns only those that match one of the globs."""
        folder = {name: value for name, value in self.patterns.items() if _matches(name, files)}
        return of([self.code, self.libraries, self.model, self.domain, folder])

    def read_digest(self) -> str:
        """The digest of what reading a file depends on: the layout is always found with the shipped patterns."""
        return of([self.code, self.libraries, file_digest(default_folder() / "layout.toml")])


def settings(options: Options) -> Settings:
    """What a run with these options depends on, as it is now."""
    return Settings(
        version=version("extractor"),
        code=code_digest(),
        libraries=libraries(),
        model={"name": options.model or "shipped", "digest": model_digest(options.model)},
        judge=_judge_digest(options.judge),
        patterns=pattern_digests(Path(options.patterns) if options.patterns else default_folder()),
        gazetteer=file_digest(index_path()),
        domain=options.domain,
    )


def _judge_digest(judge: bool | str) -> str | None:
    if judge is False:
        return None
    path = PACKAGE / JUDGE if judge is True else Path(judge)
    return file_digest(path) or f"no {path}"


def of(value: Any) -> str:
    """The digest of a value that JSON can write."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def file_digest(path: Path) -> str | None:
    """The digest of a file's bytes; None where there is no such file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _matches(name: str, globs: Iterable[str]) -> bool:
    return any(Path(name).match(glob) for glob in globs)


def pattern_digests(folder: Path) -> dict[str, str]:
    """The digest of every pattern file below `folder`, under its path from there."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.toml"))
    }


@cache
def code_digest() -> str:
    """The digest of the extractor's own files but for the model and the judge, which have theirs."""
    files = sorted({*PACKAGE.glob("*.py"), *PACKAGE.glob("*.json")} - {PACKAGE / JUDGE})
    return of({path.name: file_digest(path) for path in files})


@cache
def libraries() -> dict[str, str]:
    """Python and the installed version of every library that the extractor requires."""
    found = {"python": platform.python_version()}
    for requirement in requires("extractor") or []:
        name = _REQUIREMENT.match(requirement)
        if name and "extra ==" not in requirement:
            try:
                found[name.group().lower()] = version(name.group())
            except PackageNotFoundError:
                continue
    return found


def model_digest(model: str | None) -> str | None:
    """The digest of a language model.

    Args:
        model: None for the shipped one, else a folder or the name of an installed package.

    Returns:
        A digest over all files of a folder; over the version and the meta.json of a package; None for a model
        that is not there.
    """
    folder = Path(model) if model else PACKAGE / "model"
    if folder.is_dir():
        files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return of({path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(files)})
    try:
        spec = find_spec(model or "")
        stated = version(model or "")
    except (ImportError, ValueError, PackageNotFoundError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return of([stated, *(file_digest(Path(place) / "meta.json") for place in places)])


def of_sources(sources: list[str]) -> str | None:
    """The digest of the paths and bytes of every file that the sources name, in order.

    Returns:
        The digest; None where it cannot be told: standard input, a folder or file that cannot be read.
    """
    if inputs.STANDARD_INPUT in sources:
        return None
    found = []
    for path, error in inputs.files(sources):
        if path is None or error is not None:
            return None
        try:
            found.append([str(path), os.path.realpath(path), file_digest(path)])
        except OSError:
            return None
    return of(found)


def of_run(sources: list[str], used: Settings, output: Path) -> str | None:
    """The digest of all that a run into `output` rests on: its inputs, its settings, the reviewers' decisions.
    None where the inputs cannot be told, see `of_sources`."""
    read = of_sources(sources)
    return read and of([read, used.digest(), used.read_digest(), file_digest(output / REVIEWS)])
