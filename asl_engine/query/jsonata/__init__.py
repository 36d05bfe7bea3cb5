"""JSONata 2.0.6 as AWS Step Functions has it: text -> tree (`parse`) -> closures (`compile_expression`) -> values.

    lexer, parser, shape*   text to tree (`ast.Node`): tokens, operator precedence, paths and `%`
    frames, compiler, compile_*   tree to closures; where variables live is decided here
    generated   tree to Python source, for what is evaluated often; gives way to the closures
    runtime, evaluating, leaving   budgets, function values, one evaluation, what leaves it
    functions   the one table of built-in functions; higher_order, structures, matching, times, aws,
                strings, text_matching, numbers, ... implement its rows

Two dialects: "aws" (`Expression.evaluate(scope)`: `$states`, workflow variables, AWS's functions, no `$eval`)
and "reference" (`Expression.evaluate_reference(input, bindings)`: jsonata-js itself, for its suite).

Numbers are JavaScript's doubles in meaning. Ints stay ints while they are exact (up to 2**53); what leaves is
an int where it is whole and below 1e21 (7.0 is 7, -0 is 0). Nothing is UNDEFINED, never None.

Where we differ from jsonata-js 2.0.6, and why:
- NaN and infinities that would leave an expression raise D1001: they are no JSON (JavaScript writes null).
- Members of objects keep the order of the text; JavaScript lists names such as "1" first. AWS keeps the text's.
- Positions count characters, not UTF-16 units.
- Budgets: U1001 (depth), U1002 (steps), U1003 (seconds), U1004 (bytes) of `EvaluationLimits`; U1001 also
  where an expression's text nests deeper than 500. The first 256 steps are free.
- Where jsonata-js crashes with a TypeError or RangeError of JavaScript, we raise a JSONata error (mostly
  T0410), or go on where a later version does (grouping an empty join gives `{}`).
- Partial applications of built-in functions check their arguments (T0410); jsonata-js hands on anything.
- No expression sees JavaScript's objects behind functions (`$sum.*` is nothing, suite `wildcards/case010`),
  nor prototypes (`a.constructor`, `a.__proto__`; D1010 does not arise).
- A transform never changes anything but its copy, whatever its pattern finds elsewhere.
"""

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.aws import Problem, check_aws
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.expression import Expression, compile_expression, is_function
from asl_engine.query.jsonata.parser import parse

__all__ = [
    "Expression",
    "JsonataError",
    "Node",
    "Problem",
    "check_aws",
    "compile_expression",
    "is_function",
    "parse",
]
