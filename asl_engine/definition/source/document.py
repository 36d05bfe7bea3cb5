"""`Document`: a definition as read, with the place of each of its parts in the author's text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from asl_engine.definition.source.edits import EditedText
from asl_engine.definition.source.json_reader import read_json_text
from asl_engine.definition.source.lines import LineIndex
from asl_engine.definition.source.origin import Origin, open_origin
from asl_engine.definition.source.parsed import Parsed, Problem
from asl_engine.definition.source.pointer import aws_location
from asl_engine.errors import Diagnostic
from asl_engine.values import NotJsonError, copy_json, write_json

Format = Literal["json", "yaml"]
Severity = Literal["ERROR", "WARNING", "INFO"]

_EXTENSIONS: Final[dict[str, Format]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
_yaml_line: Final = re.compile(
    r"""^(?:---|%YAML|[ ]*(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')[ ]*:(?:[ \t]|\r?$))""", re.MULTILINE
)
_word: Final = re.compile(r"[^\s,\]}]+")
_placeholder: Final = re.compile(r"\$\{([^{}]+)\}")


class Document:
    """A definition, its text, and where each part of it stands.

    `value` is the JSON value (None where the text could not be read: `readable` is False then). `text` is
    the author's own text, None for a dict. `problems` are the mistakes of the text itself: syntax, encoding,
    keys that occur twice. Not to be changed: every room shares it.
    """

    def __init__(self, origin: Origin, format: Format | None, parsed: Parsed) -> None:
        self.value: Any = parsed.value
        self.file = origin.file
        self.text = origin.text
        self.format = format
        self.readable = parsed.readable
        self._positions = parsed.positions
        self._problems = parsed.problems

    @cached_property
    def problems(self) -> list[Diagnostic]:
        """What is wrong with the text itself, in the order of the text."""
        found = [self._diagnosed(problem) for problem in self._problems]
        return sorted(found, key=lambda diagnostic: (diagnostic.line, diagnostic.column))

    def position(self, pointer: str) -> tuple[int, int]:
        """(line, column) of the value at `pointer`, from 1; of its nearest parent if it is missing.

        (0, 0) where there is no text: a definition given as a dict.
        """
        return self._place(self._nearest(pointer))

    def key_position(self, pointer: str) -> tuple[int, int]:
        """(line, column) of the key of the value at `pointer`; of the value for array items, the root."""
        offset = self._positions.key(pointer)
        return self.position(pointer) if offset is None else self._place(offset)

    def location(self, pointer: str) -> str:
        """The place as AWS writes it: `/States/X/Choices[0]/Next`."""
        return aws_location(self.value, pointer)

    def word_at(self, pointer: str) -> str:
        """The value at `pointer` as the author wrote it, up to the next blank or comma; "" for a dict."""
        offset = self._positions.value(pointer)
        if self.text is None or offset is None:
            return ""
        found = _word.match(self.text, offset)
        return found.group() if found else ""

    def diagnostic(
        self,
        code: str,
        rule: str,
        message: str,
        pointer: str = "",
        *,
        hint: str = "",
        severity: Severity = "ERROR",
        at_key: bool | str = False,
        location: str | None = "",
    ) -> Diagnostic:
        """A finding about the value at `pointer`, with its place.

        `at_key` puts line and column on the key; a pointer there puts them on that other key (an
        unsupported field, where AWS's location is the object). `location` "" means AWS's way to write the
        pointer; None means that AWS gives none.
        """
        key = at_key if isinstance(at_key, str) else pointer
        place = self.key_position(key) if at_key else self.position(pointer)
        where = self.location(pointer) if location == "" else location
        return Diagnostic(code, message, pointer, rule, severity, where, hint, self.file, *place)

    def with_substitutions(self, mapping: Mapping[str, Any]) -> Document:
        """The definition with each `${Name}` of `mapping` filled in, as SAM's DefinitionSubstitutions do.

        The text is changed before it is parsed. Positions still refer to the author's text. Values that
        are no texts are put in as JSON.
        """
        texts = {name: _as_text(value) for name, value in mapping.items()}
        if self.text is None or self.format is None:
            value = _substituted(self.value, texts)
            parsed = Parsed(value, problems=self._problems, readable=self.readable)
            return Document(Origin(self.file, self.text), self.format, parsed)
        source = EditedText(self.text).apply(_substitutions(self.text, texts))
        return Document(Origin(self.file, self.text), self.format, _read(source, self.format))

    @cached_property
    def _lines(self) -> LineIndex:
        return LineIndex(self.text or "")

    def _nearest(self, pointer: str) -> int | None:
        offset = self._positions.value(pointer)
        while offset is None and pointer:
            pointer = pointer.rpartition("/")[0]
            offset = self._positions.value(pointer)
        return offset

    def _place(self, offset: int | None) -> tuple[int, int]:
        if self.text is None:
            return (0, 0)
        return self._lines.place(offset or 0)

    def _diagnosed(self, problem: Problem) -> Diagnostic:
        place = self._place(problem.offset) if self.text is not None else _place_without_text(problem)
        location = problem.location
        if location is None and problem.pointer:
            location = self.location(problem.pointer)
        return Diagnostic(
            problem.code, problem.message, problem.pointer, problem.rule,
            problem.severity, location, problem.hint, self.file, *place,
        )  # fmt: skip


def _place_without_text(problem: Problem) -> tuple[int, int]:
    return (1, 1) if problem.code == "FILE_NOT_READABLE" else (0, 0)


def read_document(
    source: str | bytes | Path | dict[str, Any], *, file: str | None = None, format: Format | None = None
) -> Document:
    """Read a definition. Never raises for bad input: what is wrong stands in `Document.problems`.

    `source` is the text itself (a str), its bytes (UTF-8), a `Path`, `-` for stdin, or the definition as a
    dict.
    `file` is the name that diagnostics show. Without `format` the file's extension decides, else the
    text: what begins with a bracket is JSON, what has `key:` lines is YAML.
    """
    if not isinstance(source, (str, bytes, Path)):
        return _from_value(source, file or "<definition>")
    origin = open_origin(source, file)
    if origin.problem is not None:
        return Document(origin, None, Parsed(None, problems=[origin.problem], readable=False))
    text = origin.text or ""
    chosen = format or _EXTENSIONS.get(Path(origin.file).suffix.lower()) or _guess(text)
    return Document(origin, chosen, _read(EditedText(text), chosen))


def _from_value(value: Any, file: str) -> Document:
    try:
        return Document(Origin(file), None, Parsed(copy_json(value)))
    except NotJsonError as error:
        deep = "nested too deeply" in error.reason
        code = "TOO_DEEPLY_NESTED" if deep else "INVALID_JSON_DESCRIPTION"
        hint = "" if deep else "use dict, list, str, int, float, bool and None only"
        problem = Problem(code, code, str(error), 0, hint=hint)
        return Document(Origin(file), None, Parsed(None, problems=[problem], readable=False))


def _guess(text: str) -> Format:
    start = text.lstrip(" \t\r\n\ufeff")
    if start.startswith(("{", "[", '"', "//", "/*")) and not start.startswith("[{]"):
        return "json"
    return "yaml" if _yaml_line.search(text) else "json"


def _read(source: EditedText, format: Format) -> Parsed:
    if format == "json":
        return read_json_text(source)
    from asl_engine.definition.source.yaml_reader import read_yaml_text

    return read_yaml_text(source)


def _substitutions(text: str, texts: Mapping[str, str]) -> list[tuple[int, int, str]]:
    return [
        (match.start(), match.end(), texts[match.group(1)])
        for match in _placeholder.finditer(text)
        if match.group(1) in texts
    ]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value)


def _substituted(value: Any, texts: Mapping[str, str]) -> Any:
    """`value` with the placeholders in its texts and keys filled in."""
    if isinstance(value, str):
        return _placeholder.sub(lambda match: texts.get(match.group(1), match.group()), value)
    if isinstance(value, list):
        return [_substituted(item, texts) for item in value]
    if isinstance(value, dict):
        return {_substituted(key, texts): _substituted(item, texts) for key, item in value.items()}
    return value
