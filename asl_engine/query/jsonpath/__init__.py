"""JSONPath as AWS has it: Jayway JsonPath 2.0.0, compiled to closures.

Every recording of AWS that could be tested agrees with 2.0.0 and not with later versions, so 2.0.0 is
followed even where it is odd: a path that is definite (names, single indexes, `['a','b']`) gives a value or
fails; any other gives an array, which is empty where a name on the way is missing. Function calls are names
(`$.list.length()`). In filters unquoted words, numbers and booleans are texts that are compared as what
stands on the left; operators such as `in` do not exist. An index below zero is read and never found.

Of the 387 pairs of the oracle (`tests/conformance/expressions_jsonpath.py`) these are answered otherwise:

- `a.b` and `@.a` are refused. Jayway takes them for `$.a.b` and `$.a`; Amazon States Language wants a path
  to begin with `$`, `$$` or `$variable`.
- `$` of a null document is null. Jayway refuses null documents; AWS runs executions with the input `null`.
  Any longer path from null fails as in Jayway, and in AWS's words.

Not decided by the oracle, and decided here: `&&` binds tighter than `||`; `=~` without a pattern is refused
when the path is compiled; a pattern is given a second for each value; `[0,]` and `$....a` are refused; lists
and objects in a filter are equal only where both sides are the same value; `['a','b']` can only be the last
step; a path that looks at more values than the scope's step limit fails; in `$..[0].x` the scan hands every
element of an array to `.x`, as Jayway did before it repaired that for single indexes.
"""

from asl_engine.query.jsonpath.compile import compile_field_path, compile_named_path, compile_path
from asl_engine.query.jsonpath.errors import PathNotFound, PathSyntaxError, invalid_path, path_not_in_input
from asl_engine.query.jsonpath.parse import parse_path
from asl_engine.query.jsonpath.reference import compile_reference_path
from asl_engine.query.jsonpath.steps import ParsedPath

__all__ = [
    "ParsedPath",
    "PathNotFound",
    "PathSyntaxError",
    "compile_field_path",
    "compile_named_path",
    "compile_path",
    "compile_reference_path",
    "invalid_path",
    "parse_path",
    "path_not_in_input",
]
