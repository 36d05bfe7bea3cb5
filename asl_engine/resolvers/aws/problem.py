"""One finding about the parameters or the result of a task, with the words that teach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `path` (`Entries[0].Detail`, empty for the whole), and what to write instead.

    `code` is stable: `UNKNOWN_SERVICE`, `UNKNOWN_ACTION`, `UNKNOWN_FIELD`, `MISSING_FIELD`, `WRONG_TYPE`,
    `LENGTH`, `RANGE`, `VALUE`, `PATTERN`. `aws_message` is AWS's own text where AWS would complain, else "".
    """

    code: str
    path: str
    message: str
    aws_message: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def member_path(path: str, name: str) -> str:
    """The place of the member `name` below `path`."""
    return f"{path}.{name}" if path else name


def item_path(path: str, index: int | str) -> str:
    """The place of an item of an array (a number) or of a map (its key) below `path`."""
    return f"{path}[{index}]" if isinstance(index, int) else f"{path}[{index!r}]"
