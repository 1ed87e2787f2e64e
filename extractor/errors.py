"""Errors a user can cause. Each says what is wrong, where, and what to do about it."""


class ExtractorError(Exception):
    """A user's mistake: shown as one line, never as a traceback.

    Args:
        problem: what is wrong, with the place (file, line, rule) it was seen in.
        remedy: what to do about it.
    """

    exit_code = 2

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem} {remedy}".strip())


class InputError(ExtractorError):
    """A document that cannot be read. `code` is the short reason written to rejected.jsonl."""

    def __init__(self, code: str, problem: str, remedy: str = "") -> None:
        self.code = code
        super().__init__(problem, remedy)


class PatternError(ExtractorError):
    """A pattern file that does not hold together: names the file, the rule and the remedy."""


class ModelError(ExtractorError):
    """A language model that is missing or lacks a component the stages need."""


class OutputError(ExtractorError):
    """An output folder that cannot be written, or that does not hold what a run writes."""
