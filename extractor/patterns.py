"""Rules as data: finding, reading and validating the files in `patterns/`.

Each stage states the shape of its rules as a `Rule` subclass and reads them with `read_rules`. A file that does
not hold together is refused with the file, the rule and the remedy.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

import tomli
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from extractor.errors import PatternError
from extractor.locations import default_folder as default_folder


class Rule(BaseModel):
    """Base of every rule: an id unique across its folder, unknown keys refused, no empty alternative."""

    model_config = ConfigDict(extra="forbid")
    id: str

    @field_validator("*", mode="after")
    @classmethod
    def _no_empty_alternative(cls, value: Any) -> Any:
        if isinstance(value, list) and any(isinstance(v, str) and not v.strip() for v in value):
            raise ValueError("has an empty alternative: remove it or fill it in")
        return value


RuleT = TypeVar("RuleT", bound=Rule)


def read_toml(path: Path) -> dict[str, Any]:
    """Parse one TOML file; a syntax error names the file and the line."""
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PatternError(f"{path}: no such pattern file.", "Check the --patterns folder.") from None
    except UnicodeDecodeError:
        raise PatternError(f"{path}: not UTF-8.", "Save the file as UTF-8.") from None
    except tomli.TOMLDecodeError as error:
        raise PatternError(f"{path}: not valid TOML: {error}.", "Mend the line named.") from None


def read_rules(paths: list[Path], table: str, model: type[RuleT]) -> list[RuleT]:
    """Read every `[[table]]` of the files as `model`, in file order.

    Args:
        paths: TOML files.
        table: name of the array of tables; any other top-level key is an error.
        model: the Rule subclass to validate with.

    Raises:
        PatternError: unknown key, wrong value, duplicate id, empty alternative or broken TOML.
    """
    rules: list[RuleT] = []
    seen: dict[str, Path] = {}
    for path in paths:
        content = read_toml(path)
        for key in content:
            if key != table:
                raise PatternError(f"{path}: unknown table '{key}'.", _did_you_mean(key, [table]))
        for number, raw in enumerate(content.get(table, []), start=1):
            rule = _validate(path, number, raw, table, model)
            if rule.id in seen:
                raise PatternError(
                    f"{path}: duplicate id '{rule.id}', already used in {seen[rule.id]}.",
                    "Give one of the two another id.",
                )
            seen[rule.id] = path
            rules.append(rule)
    return rules


def _validate(path: Path, number: int, raw: Any, table: str, model: type[RuleT]) -> RuleT:
    name = raw.get("id", f"number {number}") if isinstance(raw, dict) else f"number {number}"
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            remedy = _did_you_mean(str(first["loc"][-1]), list(model.model_fields))
            raise PatternError(f"{path}: {table} '{name}': unknown key '{where}'.", remedy) from None
        raise PatternError(
            f"{path}: {table} '{name}': {where or 'rule'}: {first['msg']}.", "Mend the value in that file."
        ) from None


def _did_you_mean(word: str, choices: list[str]) -> str:
    close = difflib.get_close_matches(word, choices, n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Known: {', '.join(sorted(choices))}."


class Example(BaseModel):
    """A sentence and what must be found in it. Role values are the argument texts expected (head words
    compare), `quantities` maps measure to [min, max] (an absent bound is -1)."""

    model_config = ConfigDict(extra="forbid")
    text: str
    type: str | None = None
    subtype: str | None = None
    trigger: str | None = None
    actor: str | list[str] | None = None
    target: str | list[str] | None = None
    party: str | list[str] | None = None
    instrument: str | list[str] | None = None
    place: str | list[str] | None = None
    result: str | list[str] | None = None
    beneficiary: str | list[str] | None = None
    modality: str | None = None
    quantities: dict[str, list[int]] = Field(default_factory=dict)


class Condition(BaseModel):
    """A test on the filler(s) of one function or preposition of the predicate.

    Holds when some filler of one of `functions` has a kind in `kinds`, or a head lemma in `lemmas`, or (with
    neither given) exists at all. Functions: subject, object, indirect, complement, poss, compound, amod, any
    preposition, `clause` (a clausal complement), `sentence` (lemmas anywhere in the sentence), `count` (the predicate
    is a noun with a number, "nine fatalities"), `any`.
    """

    model_config = ConfigDict(extra="forbid")
    functions: list[str]
    kinds: list[str] = Field(default_factory=list)
    lemmas: list[str] = Field(default_factory=list)


class SubtypeCue(BaseModel):
    """`subtype` is chosen when the trigger, its fillers or its modifiers have one of `lemmas`."""

    model_config = ConfigDict(extra="forbid")
    subtype: str
    lemmas: list[str]


class Frame(Rule):
    """One way of expressing an event type: triggers, roles, conditions, examples.

    `verbs` are lemmas, with particle where there is one ("blow up"); `nouns` are lemmas, a compound where the
    modifier matters ("suicide bombing"); `adjectives` are predicative ("dead", "under siege" is a phrase);
    `phrases` are a verb with its fixed object and/or preposition ("open fire", "claim responsibility",
    "take hostage", "break into"), lemmas separated by blanks, of which the first is the head; a leading
    noun or preposition is matched as a literal sequence of lemmas.
    `roles` maps function or preposition to role; the keys are those of `Condition.functions`, a key such as
    "object:place" narrows it to fillers of that kind. `accepts` lists the kinds a role takes; a filler of
    another kind is left out. `needs` must all hold, `unless` must none. `measure` says what the count of a
    counted filler of a role means. `performed` lists the verbs under which a noun trigger is itself the result
    ("signed a *truce*"); the role key "to:duration" takes a length of time. `modality` overrides
    (a call is planned). `weak` frames need, besides everything else, an actor or target (party) that is a
    named or nominal participant.
    """

    type: str
    subtype: str | None = None
    verbs: list[str] = Field(default_factory=list)
    nouns: list[str] = Field(default_factory=list)
    adjectives: list[str] = Field(default_factory=list)
    phrases: list[str] = Field(default_factory=list)
    roles: dict[str, str] = Field(default_factory=dict)
    accepts: dict[str, list[str]] = Field(default_factory=dict)
    needs: list[Condition] = Field(default_factory=list)
    unless: list[Condition] = Field(default_factory=list)
    subtypes: list[SubtypeCue] = Field(default_factory=list)
    measure: dict[str, str] = Field(default_factory=dict)
    performed: list[str] = Field(default_factory=list)
    modality: str | None = None
    weak: bool = False
    priority: int = 0
    crosswalk: dict[str, str] = Field(default_factory=dict)
    examples: list[Example] = Field(default_factory=list)
    near_misses: list[str] = Field(default_factory=list)


def read_frames(folder: Path) -> list[Frame]:
    """Every frame in `folder/events/*.toml`."""
    return read_rules(sorted((folder / "events").glob("*.toml")), "frame", Frame)


class Group(Rule):
    """An actor of the knowledge base: group, force, government, mission, body, outlet.

    `id` is "kind/slug" and never changes. `forms` a text may use: `name`, `aliases`, `native` (other languages
    and transliterations), `acronyms` (matched by case). `ambiguous` lists those forms that need support from
    the document (its countries, its other actors, its definitions). `active` is an EDTF interval. Relations
    are ids, with the year where known. `basis` says what the entry rests on.
    """

    name: str
    kind: str
    aliases: list[str] = Field(default_factory=list)
    acronyms: list[str] = Field(default_factory=list)
    native: list[str] = Field(default_factory=list)
    ambiguous: list[str] = Field(default_factory=list)
    countries: list[str] = Field(default_factory=list)
    active: str | None = None
    parent: str | None = None
    merged_into: str | None = None
    merged_year: int | None = None
    split_from: str | None = None
    split_year: int | None = None
    renamed_from: str | None = None
    renamed_year: int | None = None
    ideology: list[str] = Field(default_factory=list)
    listed_by: list[str] = Field(default_factory=list)
    basis: str | None = None


def read_groups(folder: Path) -> list[Group]:
    """Every entry in `folder/groups/*.toml`."""
    return read_rules(sorted((folder / "groups").glob("*.toml")), "group", Group)


def rule_digests(folder: Path) -> dict[str, dict[str, str]]:
    """For each pattern file below `folder` that holds rules, 8 hex digits of SHA-256 over each of them, by its id.

    Files that say who is who (groups, entities) are left out: `extractor diff` names those by file.

    Raises:
        PatternError: a file is not TOML.
    """
    found = {}
    for path in sorted(folder.rglob("*.toml")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(("groups/", "entities/")):
            continue
        tables = [t for value in read_toml(path).values() if isinstance(value, list) for t in value]
        rules = {
            table["id"]: hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()[
                :8
            ]
            for table in tables
            if isinstance(table, dict) and isinstance(table.get("id"), str)
        }
        if rules:
            found[name] = rules
    return found
