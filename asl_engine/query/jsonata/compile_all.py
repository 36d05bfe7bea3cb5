"""The whole compiler: all handlers in their table, and a compiler for each dialect."""

from __future__ import annotations

from typing import Literal

from asl_engine.query.jsonata import (
    compile_calls,
    compile_filters,
    compile_objects,
    compile_operators,
    compile_path,
    compile_wildcards,
    functions,
)
from asl_engine.query.jsonata.compiler import HANDLERS, POSTFIX, Compiler

Dialect = Literal["aws", "reference"]

HANDLERS.update(
    {
        "path": compile_path.path,
        "name": compile_path.name,
        "still": compile_path.still,
        "wildcard": compile_wildcards.wildcard,
        "descendant": compile_wildcards.descendant,
        "binary": compile_operators.binary,
        "unary": compile_objects.unary,
        "transform": compile_objects.transform,
        "function": compile_calls.call,
        "partial": compile_calls.partial,
        "apply": compile_calls.application,
        "regex": compile_calls.regex,
    }
)
POSTFIX.update({"filter": compile_filters.filtering, "group": compile_objects.group})


def compiler_for(dialect: Dialect) -> Compiler:
    """A fresh compiler."""
    aws = dialect == "aws"
    return Compiler(functions.AWS if aws else functions.REFERENCE, aws=aws)
