"""`$contains`, `$match`, `$split`, `$replace`, with a text or a matcher as the pattern.

A *matcher* is a callable: given a text, it gives one match after the other. `Regex.matches` is one;
`matches_of_function` makes one of a function of the language. Offsets that come out of a match count UTF-16
units, because the reference hands through JavaScript's. A missing argument is UNDEFINED.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.strings import MOST_BYTES
from asl_engine.query.jsonata.utf16 import characters, parse_int, text_of_missing, unit_length, units
from asl_engine.query.scope import UNDEFINED


@dataclass(frozen=True, slots=True)
class Match:
    """One match. `start` and `end` are UTF-16 offsets; a group that took no part is UNDEFINED."""

    match: str
    start: int
    end: int
    groups: list[Any]


Matcher = Callable[[str], Iterator[Match]]


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
