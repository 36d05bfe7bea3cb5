"""Intrinsic functions of JSONPath states: `States.Format('{}', $.name)`."""

from asl_engine.query.intrinsics.compile import check_intrinsic, compile_intrinsic
from asl_engine.query.intrinsics.errors import IntrinsicSyntaxError, Problem
from asl_engine.query.intrinsics.functions import FUNCTIONS
from asl_engine.query.intrinsics.syntax import is_intrinsic, parse_intrinsic

__all__ = [
    "FUNCTIONS",
    "IntrinsicSyntaxError",
    "Problem",
    "check_intrinsic",
    "compile_intrinsic",
    "is_intrinsic",
    "parse_intrinsic",
]
