"""Payload templates of both query languages: what a state compiles its fields with."""

from asl_engine.query.template_jsonata import (
    compile_jsonata_field,
    compile_jsonata_template,
    expressions_of_jsonata_template,
    is_jsonata,
)
from asl_engine.query.template_jsonpath import (
    compile_jsonpath_expression,
    compile_jsonpath_template,
    expressions_of_jsonpath_template,
)
from asl_engine.query.template_object import TemplateSyntaxError

__all__ = [
    "TemplateSyntaxError",
    "compile_jsonata_field",
    "compile_jsonata_template",
    "compile_jsonpath_expression",
    "compile_jsonpath_template",
    "expressions_of_jsonata_template",
    "expressions_of_jsonpath_template",
    "is_jsonata",
]
