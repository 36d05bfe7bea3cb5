"""Closures of calls: built-in functions by name without detours, all others, `~>`, partial application.

Where a name is not assigned in the expression and means a built-in function, the call goes straight to
its implementation whenever the arguments are of the declared types; the signature is only asked else.
"""

from __future__ import annotations

from typing import Any, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.compiler import Compiler, constantly, unwrapping
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.frames import Frame
from asl_engine.query.jsonata.matching import RegexFunction
from asl_engine.query.jsonata.runtime import (
    Builtin,
    Chain,
    Closure,
    Environment,
    Function,
    Lambda,
    Partial,
    TailCall,
    follow,
)
from asl_engine.query.jsonata.sequences import unwrap
from asl_engine.query.scope import UNDEFINED


def call(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`procedure(arguments)`."""
    return _call(compiler, node, frame, raw, [], node.tail_call)


def _call(compiler: Compiler, node: Node, frame: Frame, raw: bool, first: list[Closure], tail: bool) -> Closure:
    assert node.procedure is not None
    compiler.calls_here()
    arguments = first + compiler.nodes(node.arguments, frame)
    builtin = _builtin(compiler, node.procedure, frame)
    if builtin is not None and builtin.name == "eval":
        return _eval_call(compiler, node, frame, arguments, builtin)
    procedure = compiler.node(node.procedure, frame)
    if tail and not (builtin is not None and len(arguments) >= builtin.needed):
        compiler.tail_calls = True
        return _tail_call(node, procedure, arguments)
    general = _general_call(compiler, node, frame, procedure, arguments, len(first))
    closure = general
    if builtin is not None and len(arguments) in _DIRECT and builtin.accepts(len(arguments)):
        closure = _DIRECT[len(arguments)](builtin, arguments, general, node)
    return closure if raw or tail else unwrapping(closure)


def _builtin(compiler: Compiler, procedure: Node, frame: Frame) -> Builtin | None:
    if procedure.kind != "variable" or procedure.predicates or procedure.group is not None:
        return None
    if frame.places(procedure.value):
        return None
    return compiler.builtins.get(procedure.value)


def _name_of(procedure: Node) -> Any:
    """What errors call the function: the first step of a path, or the node's own value."""
    return procedure.steps[0].value if procedure.kind == "path" and procedure.steps else procedure.value


# -- any function --------------------------------------------------------------------------------------


def _general_call(
    compiler: Compiler, node: Node, frame: Frame, procedure: Closure, arguments: list[Closure], applied: int
) -> Closure:
    """`applied`: how many arguments (of `left ~> f(...)`: one) are evaluated before the function itself is."""
    assert node.procedure is not None
    token, position = _name_of(node.procedure), node.position
    before, arguments = arguments[:applied], arguments[applied:]
    forgotten = _forgotten_dollar(compiler, node.procedure, frame, "T1005", position)

    def evaluate(context: Any, env: Environment) -> Any:
        args = [argument(context, env) for argument in before]
        function = procedure(context, env)
        if function is UNDEFINED:
            forgotten(context, env)
        args += [argument(context, env) for argument in arguments]
        try:
            if function.__class__ is Lambda:
                signature = function.code.signature
                if signature is not None:
                    args = signature.validate(args, context)
                result = function.invoke(args, env[1])
                return result if result.__class__ is not TailCall else follow(result, context, env[1])
            if isinstance(function, Function):
                return function.call(args, context, env[1])
            raise JsonataError("T1006")
        except JsonataError as error:
            raise _located(error, token, position, True) from None

    return evaluate


def _located(error: JsonataError, token: Any, position: int, always: bool) -> JsonataError:
    """The error of a call, with the function's name unless it names something already."""
    if always or error.position is None:
        error.position = position
    if error.token is None:
        error.token = token
    return error


def _forgotten_dollar(compiler: Compiler, procedure: Node, frame: Frame, code: str, position: int) -> Closure:
    """Raises T1005 or T1007 where `name(...)` was written and `$name` is a function."""
    if procedure.kind != "path" or not procedure.steps:
        return constantly(None)
    name = procedure.steps[0].value
    variable = (
        compiler.node(Node("variable", name, position), frame) if isinstance(name, str) and name else constantly(None)
    )

    def check(context: Any, env: Environment) -> Any:
        if variable(context, env):
            raise JsonataError(code, position=position, token=name)

    return check


def _tail_call(node: Node, procedure: Closure, arguments: list[Closure]) -> Closure:
    assert node.procedure is not None
    token = node.procedure.value if node.procedure.kind == "variable" else None
    position = node.procedure.position

    def evaluate(context: Any, env: Environment) -> Any:
        function = procedure(context, env)
        return TailCall(function, [argument(context, env) for argument in arguments], token, position)

    return evaluate


# -- built-in functions by name ------------------------------------------------------------------------


def _direct_0(builtin: Builtin, arguments: list[Closure], general: Closure, node: Node) -> Closure:
    name, implementation, needs_run = builtin.name, builtin.implementation, builtin.needs_run
    del arguments, node

    def evaluate(context: Any, env: Environment) -> Any:
        run = env[1]
        if name in run.variables:
            return general(context, env)
        return implementation(run) if needs_run else implementation()

    return evaluate


def _direct_1(builtin: Builtin, arguments: list[Closure], general: Closure, node: Node) -> Closure:
    name, implementation, needs_run = builtin.name, builtin.implementation, builtin.needs_run
    (first,), (kinds,), position = arguments, builtin.kinds(1), node.position

    def evaluate(context: Any, env: Environment) -> Any:
        run = env[1]
        if name in run.variables:
            return general(context, env)
        value = first(context, env)
        try:
            if value.__class__ not in kinds:
                return builtin.call([value], context, run)
            return implementation(run, value) if needs_run else implementation(value)
        except JsonataError as error:
            raise _located(error, name, position, True) from None

    return evaluate


def _direct_2(builtin: Builtin, arguments: list[Closure], general: Closure, node: Node) -> Closure:
    name, implementation, needs_run = builtin.name, builtin.implementation, builtin.needs_run
    (first, second), (kinds, others), position = arguments, builtin.kinds(2), node.position

    def evaluate(context: Any, env: Environment) -> Any:
        run = env[1]
        if name in run.variables:
            return general(context, env)
        value, other = first(context, env), second(context, env)
        try:
            if value.__class__ not in kinds or other.__class__ not in others:
                return builtin.call([value, other], context, run)
            return implementation(run, value, other) if needs_run else implementation(value, other)
        except JsonataError as error:
            raise _located(error, name, position, True) from None

    return evaluate


def _direct_3(builtin: Builtin, arguments: list[Closure], general: Closure, node: Node) -> Closure:
    name, implementation, needs_run = builtin.name, builtin.implementation, builtin.needs_run
    (first, second, third), (kinds, others, more), position = arguments, builtin.kinds(3), node.position

    def evaluate(context: Any, env: Environment) -> Any:
        run = env[1]
        if name in run.variables:
            return general(context, env)
        a, b, c = first(context, env), second(context, env), third(context, env)
        try:
            if a.__class__ not in kinds or b.__class__ not in others or c.__class__ not in more:
                return builtin.call([a, b, c], context, run)
            return implementation(run, a, b, c) if needs_run else implementation(a, b, c)
        except JsonataError as error:
            raise _located(error, name, position, True) from None

    return evaluate


_DIRECT: Final = {0: _direct_0, 1: _direct_1, 2: _direct_2, 3: _direct_3}


def _eval_call(compiler: Compiler, node: Node, frame: Frame, arguments: list[Closure], builtin: Builtin) -> Closure:
    """`$eval(...)`: the text sees the variables of the place where it is called."""
    from asl_engine.query.jsonata.evaluating import evaluate_text

    position = node.position

    def evaluate(context: Any, env: Environment) -> Any:
        args = [argument(context, env) for argument in arguments]
        try:
            assert builtin.signature is not None
            args = builtin.signature.validate(args, context)
            return unwrap(evaluate_text(args, context, env, frame))
        except JsonataError as error:
            raise _located(error, "eval", position, True) from None

    return evaluate


# -- application ---------------------------------------------------------------------------------------


def application(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`left ~> right`, a chain of them from left to right."""
    spine = [node]
    while _is_plain_application(left := spine[-1].lhs):
        assert left is not None
        spine.append(left)
    first = spine[-1].lhs
    assert first is not None
    closure = compiler.node(first, frame)
    while spine:
        one = spine.pop()
        closure = _application(compiler, one, frame, closure)
        if spine or not raw:
            closure = unwrapping(closure)
    return closure


def _is_plain_application(node: Node | None) -> bool:
    return (
        node is not None and node.kind == "apply" and not node.predicates and node.group is None and not node.keep_array
    )


def _application(compiler: Compiler, node: Node, frame: Frame, left: Closure) -> Closure:
    assert node.rhs is not None
    right, position = node.rhs, node.position
    if right.kind == "function":  # the reference looks at no predicate or group of it
        return _call(compiler, right, frame, True, [left], False)
    compiler.calls_here()
    function_of = compiler.node(right, frame)

    def evaluate(context: Any, env: Environment) -> Any:
        value = left(context, env)
        function = function_of(context, env)
        if not isinstance(function, Function):
            raise JsonataError("T2006", position=position, value=function)
        if isinstance(value, Function):
            return Chain(value, function)
        return function.call([value], None, env[1])

    return evaluate


def partial(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """`procedure(?, argument)`: a function of the arguments left open."""
    assert node.procedure is not None
    items = node.arguments or []
    holes = [place for place, item in enumerate(items) if item.kind == "placeholder"]
    arguments = [constantly(UNDEFINED) if item.kind == "placeholder" else compiler.node(item, frame) for item in items]
    procedure = compiler.node(node.procedure, frame)
    token, position = _name_of(node.procedure), node.position
    forgotten = _forgotten_dollar(compiler, node.procedure, frame, "T1007", position)

    def evaluate(context: Any, env: Environment) -> Any:
        given = [argument(context, env) for argument in arguments]
        function = procedure(context, env)
        if function is UNDEFINED:
            forgotten(context, env)
        if not isinstance(function, Function):
            raise JsonataError("T1008", position=position, token=token)
        count = function.parameter_count()
        open_places = [hole for hole in holes if hole < count]
        return Partial(function, [*given, *([UNDEFINED] * (count - len(given)))][:count], open_places)

    return evaluate


def regex(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    """A regular expression literal: a function of a text and an offset."""
    function = RegexFunction(node.value, node.position)
    return constantly(function)
