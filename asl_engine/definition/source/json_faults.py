"""The words for each way in which a text is no JSON: Jackson's message, its place, and our hint.

Jackson's own column stands one behind the character that it could not use; it is kept in `location`
(`[Source: (String)"..."; line: 1, column: 4]`), while the diagnostic's own place is the character itself.
"""

from __future__ import annotations

from asl_engine.definition.source.edits import EditedText
from asl_engine.definition.source.lines import LineIndex
from asl_engine.definition.source.parsed import Problem

VALUE = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_TOKENS = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_SHOWN_CHARACTERS = 500  # of the source, in Jackson's location

_WORD_HINTS = {
    "True": "write true",
    "TRUE": "write true",
    "False": "write false",
    "FALSE": "write false",
    "None": "write null",
    "NULL": "write null",
    "nil": "write null",
    "undefined": "write null, or leave the field out",
    "NaN": "JSON has no NaN: write a number or null",
    "Infinity": "JSON has no Infinity: write a number",
}
_TYPOGRAPHIC_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb`"


class TextFaultError(Exception):
    """Where reading stops. Offsets into the parsed text: `offset` for people, `seen` as Jackson counts."""

    def __init__(
        self,
        message: str,
        offset: int,
        seen: int,
        hint: str,
        *,
        about: int | None = None,
        code: str = "INVALID_JSON_DESCRIPTION",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset
        self.seen = seen
        self.hint = hint
        self.about = about

    def problem(self, source: EditedText) -> Problem:
        """The fault as a problem of the author's text."""
        hint = self.hint
        if self.about is not None:
            line, column = LineIndex(source.text).place(self.about)
            hint = hint.replace("<place>", f"line {line}, column {column}")
        return Problem(
            self.code,
            self.code,
            self.message.replace("<source>", jackson_location(source.text, self.about or 0)),
            source.original(self.offset),
            hint=hint,
            location=None if self.code == "TOO_DEEPLY_NESTED" else jackson_location(source.text, self.seen),
        )


def jackson_location(text: str, offset: int) -> str:
    """The place as Jackson prints it, with the first 500 characters of the text."""
    line, column = LineIndex(text).place(offset)
    more = len(text) - _SHOWN_CHARACTERS
    tail = f"[truncated {more} chars]" if more > 0 else ""
    return f'[Source: (String)"{text[:_SHOWN_CHARACTERS]}"{tail}; line: {line}, column: {column}]'


def unexpected(text: str, at: int, expecting: str, hint: str) -> TextFaultError:
    """A character that cannot stand here."""
    return TextFaultError(f"Unexpected character ({_shown(text[at])}): {expecting}", at, at + 1, hint)


def _shown(character: str) -> str:
    code = ord(character)
    if code < 32:
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code})" if code <= 255 else f"'{character}' (code {code} / 0x{code:x})"


def no_value(text: str, at: int) -> TextFaultError:
    """A character that begins no value."""
    return unexpected(text, at, VALUE, _value_hint(text[at]))


def _value_hint(character: str) -> str:
    if character == "'" or character in _TYPOGRAPHIC_QUOTES:
        return 'write texts in straight double quotes: "..."'
    if character in "}],":
        return f"a value is missing before {character!r}"
    if character in "+.":
        return "a number begins with a digit or '-': write 0.5, 1"
    return "write a value here: a text in double quotes, a number, true, false, null, {...} or [...]"


def unknown_word(text: str, at: int, end: int, *, at_root: bool) -> TextFaultError:
    """A word that is none of true, false, null."""
    word = text[at:end]
    hint = _WORD_HINTS.get(word) or (
        'the text is no JSON: a definition begins with { ("StartAt", "States")'
        if at_root
        else f'put a text in double quotes: "{word[:40]}"'
    )
    if word in ("NaN", "Infinity"):
        option = "enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow"
        return TextFaultError(f"Non-standard token '{word}': {option}", at, end, hint)
    return TextFaultError(f"Unrecognized token '{word}': {_TOKENS}", at, end, hint)


def no_key(text: str, at: int, word: str) -> TextFaultError:
    """Something that is no double-quoted key, where one must stand."""
    if word:
        hint = f'put the key in double quotes: "{word[:40]}"'
    elif text[at] == "'" or text[at] in _TYPOGRAPHIC_QUOTES:
        hint = 'write keys in straight double quotes: "..."'
    elif text[at] == ",":
        hint = "remove one of the two commas"
    else:
        hint = 'write a key in double quotes here: "Name": value'
    return unexpected(text, at, "was expecting double-quote to start field name", hint)


def trailing_comma(text: str, comma: int, at: int, count: int) -> TextFaultError:
    """A comma before a closing bracket; we read on. Its place is the comma; Jackson names the bracket."""
    closer = text[at]
    expecting = VALUE if closer == "]" else "was expecting double-quote to start field name"
    others = f" (and the other {count - 1} like it)" if count > 1 else ""
    fault = unexpected(text, at, expecting, f"remove the comma{others}: JSON allows none before '{closer}'")
    fault.offset = comma
    return fault


def no_colon(text: str, at: int) -> TextFaultError:
    """A key without its colon."""
    hint = "write ':' in place of '='" if text[at] == "=" else "write ':' between the key and its value"
    return unexpected(text, at, "was expecting a colon to separate field name and value", hint)


def no_comma(text: str, at: int, opener: str) -> TextFaultError:
    """Two entries or items without a comma between them."""
    kind = "Object entries" if opener == "{" else "Array entries"
    hints = {
        ";": "write ',' in place of ';'",
        ":": "a key is one text in double quotes" if opener == "{" else "write {...} around a key and its value",
    }
    hint = hints.get(text[at], "write ',' after the value before this")
    return unexpected(text, at, f"was expecting comma to separate {kind}", hint)


def wrong_closer(text: str, at: int, opener: int) -> TextFaultError:
    """`}` for `[`, or `]` for `{`."""
    wanted, kind = ("}", "Object") if text[opener] == "{" else ("]", "Array")
    return TextFaultError(
        f"Unexpected close marker '{text[at]}': expected '{wanted}' (for {kind} starting at <source>)",
        at,
        at + 1,
        f"write '{wanted}' first: the '{text[opener]}' of <place> is still open",
        about=opener,
    )


def after_the_end(text: str, at: int) -> TextFaultError:
    """Something behind a whole JSON value."""
    if text[at] in "}]":
        hint = f"remove this '{text[at]}': every bracket is closed already"
        return unexpected(text, at, "Expected space separating root-level values", hint)
    hint = "the definition ends before this: remove the rest"
    return unexpected(text, at, "Expected space separating root-level values", hint)


def end_of_text(text: str, opener: int | None, *, between: bool) -> TextFaultError:
    """The text ends while something is open. `between`: after a comma, a key or a colon."""
    at = len(text.rstrip())
    if opener is None:
        return TextFaultError("No content to map due to end-of-input", at, len(text), "write a definition: {...}")
    kind, closer = ("Object", "}") if text[opener] == "{" else ("Array", "]")
    message = (
        f"Unexpected end-of-input within/between {kind} entries"
        if between
        else f"Unexpected end-of-input: expected close marker for {kind} (start marker at <source>)"
    )
    hint = f"write '{closer}' to close the '{text[opener]}' of <place>, or finish what stands in it"
    return TextFaultError(message, at, len(text), hint, about=opener)


def bad_string(text: str, start: int, at: int, *, is_key: bool) -> TextFaultError:
    """A text that begins at `start` and goes wrong at `at`."""
    if at >= len(text):
        tail = " in field name" if is_key else ": was expecting closing quote for a string value"
        hint = "close the text that begins here with a double quote"
        return TextFaultError(f"Unexpected end-of-input{tail}", start, len(text), hint)
    if text[at] == "\\":
        return _bad_escape(text, at)
    code = ord(text[at])
    escape = "\\t" if code == 9 else f"\\u{code:04x}"
    hint = (
        "close the text with a double quote in its own line, or write \\n for a line break"
        if text[at] in "\r\n"
        else f"write {escape} for this character"
    )
    message = (
        f"Illegal unquoted character ((CTRL-CHAR, code {code})): "
        "has to be escaped using backslash to be included in string value"
    )
    return TextFaultError(message, at, at + 1, hint)


def _bad_escape(text: str, at: int) -> TextFaultError:
    character = text[at + 1 : at + 2]
    if not character:
        return TextFaultError("Unexpected end-of-input in character escape sequence", at, len(text), "finish the text")
    if character == "u":
        message = "Unexpected character in \\u escape: expected a hex-digit for character escape sequence"
        return TextFaultError(message, at, at + 2, "write four hex digits after \\u")
    message = f"Unrecognized character escape {_shown(character)}"
    return TextFaultError(message, at, at + 2, "write \\\\ for a backslash in a text")


def bad_number(text: str, at: int, end: int) -> TextFaultError:
    """Digits that are no number of JSON's."""
    rest = text[end : end + 1]
    digits = text[at:end].lstrip("-")
    if digits == "0" and rest.isdigit():
        hint = "remove the zeros in front, or put the digits in double quotes"
        return TextFaultError("Invalid numeric value: Leading zeroes not allowed", at, end, hint)
    if not digits:
        message = "expected digit (0-9) to follow minus sign, for valid numeric value"
        return TextFaultError(
            f"Unexpected character in numeric value: {message}", at, end + 1, "write a digit after '-'"
        )
    if rest == ".":
        return TextFaultError(
            "Decimal point not followed by a digit", at, end + 2, "write a digit after the point: 1.0"
        )
    hint = "a number is written like 1, -1, 0.5 or 1e3; put other texts in double quotes"
    return TextFaultError(f"Unexpected character ({_shown(rest or ' ')}): was expecting a number", at, end + 1, hint)


def huge_number(text: str, at: int, end: int) -> TextFaultError:
    """A number that no double and no sensible integer holds."""
    return TextFaultError(f"Numeric value ({text[at:end][:40]}) out of range", at, end, "write a smaller number")


def too_deep(at: int, depth: int) -> TextFaultError:
    """Brackets inside brackets, more than any definition has."""
    message = f"more than {depth} nested arrays and objects"
    return TextFaultError(message, at, at + 1, "", code="TOO_DEEPLY_NESTED")


def comment(text: str, at: int, count: int) -> TextFaultError:
    """Comments: AWS refuses them; we read on."""
    expecting = (
        "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
    )
    others = f" (and the other {count - 1} comments)" if count > 1 else ""
    hint = f"JSON has no comments: remove this one{others}, or put the text into a Comment field"
    return unexpected(text, at, expecting, hint)


def byte_order_mark(text: str) -> TextFaultError:
    """U+FEFF at the start: AWS refuses it; we read on."""
    return unexpected(text, 0, VALUE, "save the file as UTF-8 without a byte order mark")
