"""JSONata's text functions. Lengths and `$substring` count characters, as the reference does; offsets
that come out of a match count UTF-16 units, because the reference hands through JavaScript's.

A *matcher* is a callable: given a text, it gives one match after the other. `Regex.matches` is one;
`matches_of_function` makes one of a function of the language. A missing argument is UNDEFINED.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.numbers import fifteen_digits, number_text
from asl_engine.query.jsonata.utf16 import characters, parse_int, text_of_missing, unit_length, units
from asl_engine.query.scope import UNDEFINED

MOST_BYTES: Final = 64 * 1024 * 1024
_DEEPEST: Final = 50
_BLANKS: Final = re.compile("[ \t\n\r]+")
_TO_ESCAPE: Final = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
_ESCAPES: Final = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """One match. `start` and `end` are UTF-16 offsets; a group that took no part is UNDEFINED."""

    match: str
    start: int
    end: int
    groups: list[Any]


Matcher = Callable[[str], Iterator[Match]]


# --- $string ---------------------------------------------------------------------------------------


def string(value: Any, prettify: Any = UNDEFINED, *, most_bytes: int = MOST_BYTES) -> Any:
    """`$string`: texts stay, functions are the empty text, all else is JSON text, with numbers as JavaScript
    writes them to 15 digits. `prettify` indents by 2. Raises D3001 or D1001 for infinities, U1004 beyond
    `most_bytes`."""
    if value is UNDEFINED or isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if type(value) is float and not math.isfinite(value):
            raise JsonataError("D3001", value=value)
        return number_text(fifteen_digits(value))
    if not isinstance(value, (dict, list, bool, type(None))):
        return ""
    if prettify is not True:
        try:
            return _compact(value, 0, most_bytes)
        except _TooDeepError:
            pass
    return _JsonText("  " if prettify is True else "", most_bytes).text(value)


class _TooDeepError(Exception):
    pass


def _compact(value: Any, depth: int, most_bytes: int) -> str:
    """JSON text without blanks, by recursion: fast, for what does not nest deeply."""
    if depth > _DEEPEST:
        raise _TooDeepError
    if isinstance(value, dict):
        parts = [
            quoted(key) + ":" + _compact(member, depth + 1, most_bytes)
            for key, member in value.items()
            if member is not UNDEFINED
        ]
        text = "{" + ",".join(parts) + "}"
    elif isinstance(value, list):
        parts = [_compact(None if member is UNDEFINED else member, depth + 1, most_bytes) for member in value]
        text = "[" + ",".join(parts) + "]"
    else:
        return _scalar(value)
    if len(text) > most_bytes:
        raise JsonataError("U1004", value=most_bytes)
    return text


class _JsonText:
    """Writes one value. Keeps a stack of its own, so that no nesting is too deep for Python."""

    def __init__(self, indent: str, most_bytes: int) -> None:
        self._indent = indent
        self._left = self._most = most_bytes
        self._out: list[str] = []

    def text(self, value: Any) -> str:
        stack: list[Iterator[tuple[str, Any]]] = [iter([("", value)])]
        while stack:
            for prefix, member in stack[-1]:
                deeper = self._write_or_open(prefix, member, len(stack))
                if deeper is not None:
                    stack.append(deeper)
                    break
            else:
                stack.pop()
        return "".join(self._out)

    def _write_or_open(self, prefix: str, value: Any, depth: int) -> Iterator[tuple[str, Any]] | None:
        """Writes a plain value, or the opening bracket of an array or object whose members are then given."""
        if isinstance(value, dict):
            return self._object(prefix, value, depth)
        if isinstance(value, list):
            return self._array(prefix, value, depth)
        self._write(prefix + (value if type(value) is _Raw else _scalar(value)))
        return None

    def _object(self, prefix: str, value: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        """Members that are nothing are left out, as JSON.stringify leaves them out."""
        self._write(prefix + "{")
        before, between, last, colon = self._spaces(depth)
        first = True
        for key, member in value.items():
            if member is not UNDEFINED:
                yield (before if first else between) + quoted(key) + colon, member
                first = False
        yield "", _Raw("}" if first else last + "}")

    def _array(self, prefix: str, value: list[Any], depth: int) -> Iterator[tuple[str, Any]]:
        self._write(prefix + "[")
        before, between, last, _ = self._spaces(depth)
        for place, member in enumerate(value):
            yield (between if place else before), None if member is UNDEFINED else member
        yield "", _Raw(last + "]" if value else "]")

    def _spaces(self, depth: int) -> tuple[str, str, str, str]:
        if not self._indent:
            return "", ",", "", ":"
        line = "\n" + self._indent * depth
        return line, "," + line, line[: -len(self._indent)], ": "

    def _write(self, text: str) -> None:
        self._left -= len(text)
        if self._left < 0:
            raise JsonataError("U1004", value=self._most)
        self._out.append(text)


class _Raw(str):
    """Text that is written as it stands."""

    __slots__ = ()


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    return '""'  # a function


def _number(value: int | float) -> str:
    if type(value) is float and not math.isfinite(value):
        if value != value:
            return "null"
        raise JsonataError("D1001", value=value)
    return number_text(fifteen_digits(value))


def quoted(text: str) -> str:
    """`text` as JSON.stringify writes it: in quotes, with control characters and half characters escaped."""
    return f'"{_TO_ESCAPE.sub(_escaped, text)}"' if _TO_ESCAPE.search(text) else f'"{text}"'


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"


def javascript_text(value: Any) -> str:
    """JavaScript's `String(value)`, which is what a regular expression that is called looks at."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return _scalar(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if one is None or one is UNDEFINED else javascript_text(one) for one in value)
    return "undefined" if value is UNDEFINED else "[object Object]"


# --- parts of a text -------------------------------------------------------------------------------


def length(text: Any) -> Any:
    """`$length`, in characters."""
    return UNDEFINED if text is UNDEFINED else len(text)


def substring(text: Any, start: Any = UNDEFINED, count: Any = UNDEFINED) -> Any:
    """`$substring`: from `start` (from the end where negative), `count` characters or all."""
    if text is UNDEFINED:
        return UNDEFINED
    size = len(text)
    begin = math.nan if start is UNDEFINED else start
    begin = 0 if size + begin < 0 else begin
    if count is UNDEFINED:
        return text[_index(begin, size) :]
    if count <= 0:
        return ""
    end = begin + count if begin >= 0 else size + begin + count
    return text[_index(begin, size) : _index(end, size)]


def _index(number: int | float, size: int) -> int:
    """JavaScript's reading of an argument of `slice`: towards zero, NaN is 0, from the end where negative."""
    if number != number:
        return 0
    place = int(max(-size - 1, min(number, size)))
    return max(0, size + place) if place < 0 else place


def substring_before(text: Any, marker: Any = UNDEFINED) -> Any:
    """`$substringBefore`: all of the text where the marker is not in it."""
    if text is UNDEFINED or marker == "":
        return "" if marker == "" and text is not UNDEFINED else text
    return text.partition(text_of_missing(marker))[0]


def substring_after(text: Any, marker: Any = UNDEFINED) -> Any:
    """`$substringAfter`: all of the text where the marker is not in it."""
    if text is UNDEFINED or marker is UNDEFINED or not marker:
        return text
    before, found, after = text.partition(marker)
    return after if found else before


def lowercase(text: Any) -> Any:
    """`$lowercase`."""
    return UNDEFINED if text is UNDEFINED else text.lower()


def uppercase(text: Any) -> Any:
    """`$uppercase`."""
    return UNDEFINED if text is UNDEFINED else text.upper()


def trim(text: Any) -> Any:
    """`$trim`: runs of blanks, tabs and line ends become one blank; none at either end."""
    return UNDEFINED if text is UNDEFINED else _BLANKS.sub(" ", text).strip(" ")


def pad(text: Any, width: Any, filling: Any = UNDEFINED, *, most_bytes: int = MOST_BYTES) -> Any:
    """`$pad`: to the right where `width` is positive, else to the left. Raises U1004 beyond `most_bytes`,
    T0410 for a width that is not whole (the reference fails without a code)."""
    if text is UNDEFINED or width is UNDEFINED:
        return text
    missing = abs(width) - len(text)
    if not missing > 0:
        return text
    if missing > most_bytes:
        raise JsonataError("U1004", value=most_bytes)
    if missing != int(missing):
        raise JsonataError("T0410", value=width, token="pad", index=2)
    count = int(missing)
    whole = " " if filling is UNDEFINED or not filling else filling
    padding = (whole * (count // len(whole) + 1))[:count]
    return text + padding if width > 0 else padding + text


def join(texts: Any, separator: Any = UNDEFINED) -> Any:
    """`$join` of a list of texts."""
    return UNDEFINED if texts is UNDEFINED else ("" if separator is UNDEFINED else separator).join(texts)


# --- matching --------------------------------------------------------------------------------------


def matches_of_function(call: Callable[..., Any], is_function: Callable[[Any], bool]) -> Matcher:
    """A matcher of a function of the language: `call(None, text)` calls it, `call(next)` calls the `next`
    that it gave. Raises T1010 where it gives something else than `{match, start, end, groups, next}`."""

    def matches(text: str) -> Iterator[Match]:
        found = _checked(call(None, text), is_function)
        while found is not UNDEFINED:
            yield Match(found.get("match", UNDEFINED), found.get("start", UNDEFINED),
                        found.get("end", UNDEFINED), found.get("groups", UNDEFINED))  # fmt: skip
            following = found.get("next", UNDEFINED)
            if not is_function(following):
                raise JsonataError("T1010", value=following)
            found = _checked(call(following), is_function)

    return matches


def _checked(found: Any, is_function: Callable[[Any], bool]) -> Any:
    if found is UNDEFINED:
        return found
    if not isinstance(found, dict) or not (
        _is_number(found.get("start"))
        or isinstance(found.get("groups"), list)
        or is_function(found.get("next", UNDEFINED))
    ):
        raise JsonataError("T1010", value=found)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _needed(matcher: Any, name: str) -> Matcher:
    if not callable(matcher):
        raise JsonataError("T0410", value=matcher, token=name, index=2)
    return matcher  # type: ignore[no-any-return]


def contains(text: Any, pattern: Any) -> Any:
    """`$contains`: a text or a matcher."""
    if text is UNDEFINED:
        return UNDEFINED
    if isinstance(pattern, str):
        return pattern in text
    return next(_needed(pattern, "contains")(text), None) is not None


def match(text: Any, pattern: Any, limit: Any = UNDEFINED) -> Any:
    """`$match`: a list of `{match, index, groups}`, at most `limit`. Raises D3040 for a negative limit."""
    if text is UNDEFINED:
        return UNDEFINED
    _check_limit(limit, "D3040", 3)
    if limit is not UNDEFINED and not limit > 0:
        return []
    found = _limited(_needed(pattern, "match")(text), limit)
    return [{"match": one.match, "index": one.start, "groups": one.groups} for one in found]


def _check_limit(limit: Any, code: str, index: int) -> None:
    if limit is not UNDEFINED and limit < 0:
        raise JsonataError(code, value=limit, index=index)


def _limited(found: Iterable[Match], limit: Any) -> Iterator[Match]:
    """The first matches. The reference asks for the next match before it looks at the limit, so do we."""
    for count, one in enumerate(found):
        if limit is not UNDEFINED and not count < limit:
            return
        yield one


def split(text: Any, separator: Any, limit: Any = UNDEFINED) -> Any:
    """`$split` at a text or a matcher; at most `limit` parts. Raises D3020 for a negative limit."""
    if text is UNDEFINED:
        return UNDEFINED
    _check_limit(limit, "D3020", 3)
    if limit is not UNDEFINED and not limit > 0:
        return []
    if isinstance(separator, str):
        parts = text.split(separator) if separator else list(units(text))
        return parts if limit is UNDEFINED else parts[: _unsigned(limit)]
    return _split_at_matches(units(text), _needed(separator, "split")(text), limit)


def _unsigned(limit: int | float) -> int:
    """JavaScript's reading of the limit of `split`: 32 bits, without a fraction."""
    return 0 if not math.isfinite(limit) else int(limit) % 2**32


def _split_at_matches(text: str, found: Iterator[Match], limit: Any) -> list[str]:
    parts: list[str] = []
    start = 0
    for one in _limited(found, limit):
        parts.append(characters(_between(text, start, one.start)))
        start = one.end
    if limit is UNDEFINED or len(parts) < limit:
        parts.append(characters(text[start:]))
    return parts


def _between(text: str, start: int, end: int) -> str:
    """JavaScript's `substring`: the smaller offset first."""
    return text[start:end] if start <= end else text[end:start]


def replace(
    text: Any,
    pattern: Any,
    replacement: Any,
    limit: Any = UNDEFINED,
    *,
    most_bytes: int = MOST_BYTES,
) -> Any:
    """`$replace`: `pattern` is a text or a matcher, `replacement` a text (with `$1` for groups where the
    pattern is a matcher) or a callable that is given a `Match`. Raises D3010 (empty pattern), D3011
    (negative limit), D3012 (the callable gave no text, or the pattern is a text), U1004 beyond `most_bytes`."""
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise JsonataError("D3010", value=pattern, index=2)
    _check_limit(limit, "D3011", 4)
    if limit is not UNDEFINED and not limit > 0:
        return text
    if isinstance(pattern, str):
        return _replace_text(text, pattern, replacement, limit, most_bytes)
    return _replace_matches(text, _needed(pattern, "replace"), replacement, limit, most_bytes)


def _replace_text(text: str, pattern: str, replacement: Any, limit: Any, most_bytes: int) -> str:
    by = text_of_missing(replacement)
    count = text.count(pattern)
    if count and not isinstance(replacement, str) and replacement is not UNDEFINED:
        raise JsonataError("D3012", value=replacement)  # the reference writes the source text of its own code
    if limit is not UNDEFINED:
        count = min(count, math.ceil(limit))
    if len(text) + count * len(by) > most_bytes:
        raise JsonataError("U1004", value=most_bytes)
    return text.replace(pattern, by, count)


def _replace_matches(text: str, matcher: Matcher, replacement: Any, limit: Any, most_bytes: int) -> str:
    substitute = _template(replacement) if isinstance(replacement, str) else replacement
    whole = units(text)
    parts: list[str] = []
    position = size = 0
    for one in _limited(matcher(text), limit):
        if substitute is UNDEFINED:
            raise JsonataError("T0410", value=replacement, token="replace", index=3)
        by = substitute(one)
        if not isinstance(by, str):
            raise JsonataError("D3012", value=by)
        parts += (_between(whole, position, one.start), by)
        position = one.start + unit_length(one.match)
        size += len(parts[-2]) + len(by)
        if size > most_bytes:
            raise JsonataError("U1004", value=most_bytes)
    parts.append(whole[position:])
    return characters("".join(parts))


def _template(replacement: str) -> Callable[[Match], str]:
    """What fills `$0`, `$1` ... and `$$` of a replacement text."""
    if "$" not in replacement:
        return lambda one: replacement
    first, *rest = replacement.split("$")
    return lambda one: first + _filled("$" + "$".join(rest), one)


def _filled(template: str, one: Match) -> str:
    parts: list[str] = []
    position = 0
    dollar = template.find("$")
    while dollar != -1:
        parts.append(template[position:dollar])
        text, position = _filled_at(template, dollar + 1, one)
        parts.append(text)
        dollar = template.find("$", position)
    parts.append(template[position:])
    return "".join(parts)


def _filled_at(template: str, position: int, one: Match) -> tuple[str, int]:
    """What stands for the `$` just before `position`, and where to go on."""
    following = template[position : position + 1]
    if following == "$":
        return "$", position + 1
    if following == "0":
        return one.match, position + 1
    count = len(one.groups)
    digits = 1 if count == 0 else math.floor(math.log(count) * 0.4342944819032518) + 1
    index = parse_int(template[position : position + digits])
    if digits > 1 and index > count:
        index = parse_int(template[position : position + digits - 1])
    if index != index:
        return "$", position
    number = int(index)
    group: str | Any = one.groups[number - 1] if 1 <= number <= count else UNDEFINED
    return ("" if group is UNDEFINED else group), position + len(str(number))
