"""The one table of all built-in functions: name, implementation, signature, arity.

A row's signature is the reference's; `arity` is how many arguments `$map` and its kin hand to the function
when it is given as a value (the JavaScript function's `length`). `RUN` marks implementations that take
the evaluation first. To add a function, add a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.query.jsonata import (
    aws,
    encoding,
    higher_order,
    integer_format,
    matching,
    number_format,
    numbers,
    strings,
    structures,
    times,
)
from asl_engine.query.jsonata.runtime import Builtin
from asl_engine.query.jsonata.signature import compile_signature

RUN: Final = True
Row = tuple[str, Callable[..., Any], str, int] | tuple[str, Callable[..., Any], str, int, bool]

_REFERENCE: Final[list[Row]] = [
    ("sum", numbers.total, "<a<n>:n>", 1),
    ("count", structures.count, "<a:n>", 1),
    ("max", numbers.maximum, "<a<n>:n>", 1),
    ("min", numbers.minimum, "<a<n>:n>", 1),
    ("average", numbers.average, "<a<n>:n>", 1),
    ("string", structures.string, "<x-b?:s>", 1, RUN),
    ("substring", strings.substring, "<s-nn?:s>", 3),
    ("substringBefore", strings.substring_before, "<s-s:s>", 2),
    ("substringAfter", strings.substring_after, "<s-s:s>", 2),
    ("lowercase", strings.lowercase, "<s-:s>", 1),
    ("uppercase", strings.uppercase, "<s-:s>", 1),
    ("length", strings.length, "<s-:n>", 1),
    ("trim", strings.trim, "<s-:s>", 1),
    ("pad", structures.pad, "<s-ns?:s>", 3, RUN),
    ("match", matching.match, "<s-f<s:o>n?:a<o>>", 3, RUN),
    ("contains", matching.contains, "<s-(sf):b>", 2, RUN),
    ("replace", matching.replace, "<s-(sf)(sf)n?:s>", 4, RUN),
    ("split", matching.split, "<s-(sf)n?:a<s>>", 3, RUN),
    ("join", structures.join, "<a<s>s?:s>", 2, RUN),
    ("formatNumber", number_format.format_number, "<n-so?:s>", 3),
    ("formatBase", numbers.format_base, "<n-n?:s>", 2),
    ("formatInteger", integer_format.format_integer, "<n-s:s>", 2),
    ("parseInteger", integer_format.parse_integer, "<s-s:n>", 2),
    ("number", numbers.number, "<(nsb)-:n>", 1),
    ("floor", numbers.floor, "<n-:n>", 1),
    ("ceil", numbers.ceil, "<n-:n>", 1),
    ("round", numbers.round_number, "<n-n?:n>", 2),
    ("abs", numbers.absolute, "<n-:n>", 1),
    ("sqrt", numbers.square_root, "<n-:n>", 1),
    ("power", numbers.power, "<n-n:n>", 2),
    ("random", aws.random_number, "<:n>", 0, RUN),
    ("boolean", structures.boolean, "<x-:b>", 1),
    ("not", structures.negated, "<x-:b>", 1),
    ("map", higher_order.mapped, "<af>", 2, RUN),
    ("zip", structures.zipped, "<a+>", 0, RUN),
    ("filter", higher_order.filtered, "<af>", 2, RUN),
    ("single", higher_order.single, "<af?>", 2, RUN),
    ("reduce", higher_order.reduced, "<afj?:j>", 3, RUN),
    ("sift", higher_order.sifted, "<o-f?:o>", 2, RUN),
    ("keys", structures.keys, "<x-:a<s>>", 1),
    ("lookup", structures.lookup, "<x-s:x>", 2),
    ("append", structures.append, "<xx:a>", 2, RUN),
    ("exists", structures.exists, "<x:b>", 1),
    ("spread", structures.spread, "<x-:a<o>>", 1, RUN),
    ("merge", structures.merge, "<a<o>:o>", 1, RUN),
    ("reverse", structures.reverse, "<a:a>", 1, RUN),
    ("each", higher_order.each, "<o-f:a>", 2, RUN),
    ("error", structures.error, "<s?:x>", 1),
    ("assert", structures.assertion, "<bs?:x>", 2),
    ("type", structures.type_name, "<x:s>", 1),
    ("sort", higher_order.sort, "<af?:a>", 2, RUN),
    ("shuffle", structures.shuffle, "<a:a>", 1, RUN),
    ("distinct", structures.distinct, "<x:x>", 1, RUN),
    ("base64encode", encoding.base64_encode, "<s-:s>", 1),
    ("base64decode", encoding.base64_decode, "<s-:s>", 1),
    ("encodeUrlComponent", encoding.encode_url_component, "<s-:s>", 1),
    ("encodeUrl", encoding.encode_url, "<s-:s>", 1),
    ("decodeUrlComponent", encoding.decode_url_component, "<s-:s>", 1),
    ("decodeUrl", encoding.decode_url, "<s-:s>", 1),
    ("toMillis", times.to_millis, "<s-s?:n>", 2, RUN),
    ("fromMillis", times.from_millis, "<n-s?s?:s>", 3),
    ("clone", structures.clone, "<(oa)-:o>", 1, RUN),
    ("now", times.now, "<s?s?:s>", 2, RUN),
    ("millis", times.millis, "<:n>", 0, RUN),
]

_ONLY_REFERENCE: Final[list[Row]] = [
    ("eval", aws.eval_without_place, "<sx?:x>", 2, RUN),
]

_ONLY_AWS: Final[list[Row]] = [
    ("partition", aws.partition, "<an:a>", 2, RUN),
    ("range", aws.number_range, "<nnn:a>", 3, RUN),
    ("hash", aws.hash_of, "<s-s:s>", 2),
    ("random", aws.random_number, "<n?:n>", 1, RUN),
    ("uuid", aws.uuid, "<:s>", 0, RUN),
    ("parse", aws.parse_text, "<s-:x>", 1),
]


def _table(*parts: list[Row]) -> dict[str, Builtin]:
    return {
        row[0]: Builtin(row[0], row[1], compile_signature(row[2]), row[3], len(row) > 4)
        for part in parts
        for row in part
    }


REFERENCE: Final = _table(_REFERENCE, _ONLY_REFERENCE)
"""The functions of JSONata 2.0.6, by name without `$`."""

AWS: Final = _table(_REFERENCE, _ONLY_AWS)
"""The functions that AWS Step Functions offers."""
