"""The functions, one row of `FUNCTIONS` each, and what they do with values.

Results are as recorded on AWS where there is a recording, else as documented. A function that cannot use
its arguments fails with AWS's `Invalid arguments in States.MathAdd`, known from public reports of real
executions; the words after the colon are ours.
"""

from __future__ import annotations

import base64
import binascii
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.query.intrinsics.errors import FunctionError
from asl_engine.query.intrinsics.syntax import unescape
from asl_engine.values import JsonTextError, equal, hash_map_order, on_fresh_stack, read_json, write_json

ANY: Final = "any value"
ARRAY: Final = "an array"
BOOLEAN: Final = "true or false"
INTEGER: Final = "an integer"
NUMBER: Final = "a number"
OBJECT: Final = "an object"
TEXT: Final = "a text"

MAX_ARRAY: Final = 1_000
"""Items that States.ArrayRange may produce (documented)."""
MAX_TEXT: Final = 10_000
"""Characters that Base64Encode, Base64Decode and Hash take (documented)."""

MAX_OUTPUT: Final = 16 * 1024 * 1024
"""Characters that States.Format may produce: ours, far above any payload that a state may have."""

HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _is_number(value: Any) -> bool:
    return value.__class__ is int or value.__class__ is float


_TESTS: Final[dict[str, Callable[[Any], bool]]] = {
    ANY: lambda value: True,
    ARRAY: lambda value: value.__class__ is list,
    BOOLEAN: lambda value: value.__class__ is bool,
    INTEGER: lambda value: _is_number(value) and value == math.floor(value),
    NUMBER: _is_number,
    OBJECT: lambda value: value.__class__ is dict,
    TEXT: lambda value: value.__class__ is str,
}


def is_of_kind(value: Any, kind: str) -> bool:
    """Whether a value is what the table of functions calls `kind`."""
    return _TESTS[kind](value)


def format_text(template: str, *values: Any) -> str:
    """`template` with each `{}` replaced; a backslash takes its meaning from a brace, quote or backslash."""
    parts = split_template(template)
    return fill_template(parts, values)


_PIECE: Final = re.compile(r"\\(?P<escaped>.)|(?P<hole>\$\{[^{}']*\})|(?P<slot>\{\})|(?P<brace>[{}])", re.DOTALL)
"""What is special in a template. `${Name}`, a hole that CloudFormation or Terraform did not fill, is literal."""


def split_template(template: str) -> list[str]:
    """The texts between the `{}` of a template, unescaped. Raises `FunctionError` for a lone brace."""
    parts = [""]
    position = 0
    for piece in _PIECE.finditer(template):
        parts[-1] += template[position : piece.start()]
        position = piece.end()
        if piece["slot"]:
            parts.append("")
        elif piece["brace"]:
            raise FunctionError(f"a single {piece['brace']} in the template is written \\{piece['brace']}")
        else:
            parts[-1] += piece["hole"] or unescape(piece.group())
    parts[-1] += template[position:]
    return parts


def fill_template(parts: list[str], values: tuple[Any, ...]) -> str:
    """The texts with the values between them."""
    if len(values) != len(parts) - 1:
        raise FunctionError(f"the template has {len(parts) - 1} {{}} for {len(values)} values")
    texts = [value if isinstance(value, str) else write_json(value) for value in values]
    if sum(map(len, texts)) > MAX_OUTPUT:
        raise FunctionError(f"the text would have more than {MAX_OUTPUT} characters")
    return "".join([parts[0], *(text + part for text, part in zip(texts, parts[1:], strict=True))])


def string_to_json(text: str) -> Any:
    """The value of a JSON text; a text of nothing but blanks is null (recorded)."""
    if not text.strip():
        return None
    try:
        return read_json(text)
    except JsonTextError as error:
        raise FunctionError(f"the text is no JSON: {error}") from None


def array_partition(array: list[Any], chunk_size: float) -> list[list[Any]]:
    """Arrays of `chunk_size` items each (rounded), the last one shorter where they do not fit."""
    size = round_half_up(chunk_size)
    if size < 1:
        raise FunctionError(f"the chunk size must be at least 1, not {size}")
    return [array[start : start + size] for start in range(0, len(array), size)]


def array_contains(array: list[Any], value: Any) -> bool:
    return any(equal(item, value) for item in array)


def array_range(first: float, last: float, step: float) -> list[int]:
    """From `first` to `last`, both included. Numbers are rounded to integers."""
    start, stop, stride = round_half_up(first), round_half_up(last), round_half_up(step)
    if stride == 0:
        raise FunctionError("the increment must not be 0")
    if (stop - start) // stride >= MAX_ARRAY:
        raise FunctionError(f"the array would have more than {MAX_ARRAY} items")
    return list(range(start, stop + (1 if stride > 0 else -1), stride))


def array_get_item(array: list[Any], index: int) -> Any:
    if not 0 <= index < len(array):
        raise FunctionError(f"the index {index} is not in the array of {len(array)} items")
    return array[int(index)]


def array_unique(array: list[Any]) -> list[Any]:
    """Each value once, where it came first. Numbers are compared by value."""
    try:
        keys = list(map(_identity, array))
    except RecursionError:
        keys = on_fresh_stack(lambda: list(map(_identity, array)))
    unique: dict[Any, Any] = {}
    for key, item in zip(keys, array, strict=True):
        unique.setdefault(key, item)
    return list(unique.values())


def _identity(value: Any) -> Any:
    """A hashable value that is the same for equal JSON values, and only for them."""
    if value.__class__ is list:
        return ("array", *map(_identity, value))
    if value.__class__ is dict:
        return ("object", frozenset(zip(value, map(_identity, value.values()), strict=True)))
    return ("boolean", value) if value.__class__ is bool else value


def base64_encode(text: str) -> str:
    _check_length(text)
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


def base64_decode(text: str) -> str:
    """The text in UTF-8; `=` at the end may be missing, as for Java's decoder."""
    _check_length(text)
    if "=" not in text:
        text += "=" * (-len(text) % 4)
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise FunctionError("the text is no Base64") from None


def hash_text(value: Any, algorithm: str) -> str:
    """Lower-case hexadecimal digits of the hash of a text, or of the JSON text of any other value."""
    import hashlib

    if algorithm not in HASHES:
        raise FunctionError(f"the algorithm must be one of {', '.join(HASHES)}, not {algorithm}")
    text = value if isinstance(value, str) else write_json(value)
    _check_length(text)
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.new(HASHES[algorithm], data, usedforsecurity=False).hexdigest()


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise FunctionError(f"the text has {len(text)} characters, more than {MAX_TEXT}")


def json_merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    """Members of both, the second's where both have one, in the order of a Java HashMap (recorded)."""
    if deep:
        raise FunctionError("only the shallow merge is supported: the third argument must be false")
    merged = {**first, **second}
    return {name: merged[name] for name in hash_map_order(merged)}


def math_random(source: random.Random, first: float, last: float, seed: float | None = None) -> int:
    """An integer from `first` (included) to `last` (not included). Each argument is rounded.

    A seed makes the result a function of the arguments; it is not the number that AWS makes of it.
    """
    start, stop = round_half_up(first), round_half_up(last)
    if start >= stop:
        raise FunctionError(f"the start {start} must be less than the end {stop}")
    if seed is not None:
        source = random.Random(round_half_up(seed))
    return source.randrange(start, stop)


def math_add(first: float, second: float) -> int:
    """Each argument is rounded before they are added (recorded)."""
    return round_half_up(first) + round_half_up(second)


def round_half_up(number: float) -> int:
    """As Java's Math.round: halves go up, -2.5 to -2."""
    if isinstance(number, int) or abs(number) >= 2**52:
        return int(number)
    return math.floor(number + 0.5)


def string_split(text: str, delimiters: str) -> list[str]:
    """The parts between any of the characters of `delimiters`; empty parts are dropped (recorded)."""
    if not delimiters:
        return [text] if text else []
    return [part for part in re.split(f"[{re.escape(delimiters)}]", text) if part]


def make_uuid(source: random.Random) -> str:
    """A version 4 UUID of the execution's own randomness."""
    digits = f"{source.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class Function:
    """One function: `call` gets the values of the arguments, after a random source where `random` is set.

    `kinds` are what the arguments must be; the last `optional` of them may be missing; with `variadic` the
    last one may come any number of times.
    """

    call: Callable[..., Any]
    kinds: tuple[str, ...] = ()
    optional: int = 0
    variadic: bool = False
    random: bool = False

    @property
    def least(self) -> int:
        return len(self.kinds) - self.optional

    def kind_at(self, index: int) -> str:
        return self.kinds[min(index, len(self.kinds) - 1)]

    def accepts(self, count: int) -> bool:
        return count >= self.least and (self.variadic or count <= len(self.kinds))

    def arity(self) -> str:
        """How many arguments it takes, in words."""
        if self.variadic:
            return f"at least {self.least}" if self.least else "any number of"
        return f"{self.least} to {len(self.kinds)}" if self.optional else str(self.least)


FUNCTIONS: Final[dict[str, Function]] = {
    "States.Format": Function(format_text, (TEXT, ANY), optional=1, variadic=True),
    "States.StringToJson": Function(string_to_json, (TEXT,)),
    "States.JsonToString": Function(write_json, (ANY,)),
    "States.Array": Function(lambda *values: list(values), (ANY,), optional=1, variadic=True),
    "States.ArrayPartition": Function(array_partition, (ARRAY, NUMBER)),
    "States.ArrayContains": Function(array_contains, (ARRAY, ANY)),
    "States.ArrayRange": Function(array_range, (NUMBER, NUMBER, NUMBER)),
    "States.ArrayGetItem": Function(array_get_item, (ARRAY, INTEGER)),
    "States.ArrayLength": Function(len, (ARRAY,)),
    "States.ArrayUnique": Function(array_unique, (ARRAY,)),
    "States.Base64Encode": Function(base64_encode, (TEXT,)),
    "States.Base64Decode": Function(base64_decode, (TEXT,)),
    "States.Hash": Function(hash_text, (ANY, TEXT)),
    "States.JsonMerge": Function(json_merge, (OBJECT, OBJECT, BOOLEAN)),
    "States.MathRandom": Function(math_random, (NUMBER, NUMBER, NUMBER), optional=1, random=True),
    "States.MathAdd": Function(math_add, (NUMBER, NUMBER)),
    "States.StringSplit": Function(string_split, (TEXT, TEXT)),
    "States.UUID": Function(make_uuid, random=True),
}
