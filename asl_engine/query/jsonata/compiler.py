"""From the tree to closures: one closure a node, chosen for what the node is known to be.

This module has the frame of it: dispatch, literals, variables, blocks, conditions, functions as values.
The other `compile_*` modules have the rest; `compile_all` puts them together.
A handler gives a closure whose value is unwrapped already, unless it is asked for the `raw` one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.frames import Frame, Place, assigned_names
from asl_engine.query.jsonata.operators import truth
from asl_engine.query.jsonata.runtime import (
    UNBOUND,
    Builtin,
    Closure,
    Code,
    Environment,
    Lambda,
)
from asl_engine.query.jsonata.sequences import Sequence, Wrapper, keep, unwrap
from asl_engine.query.scope import UNDEFINED
from asl_engine.values import on_fresh_stack

_LEVELS_PER_STACK: Final = 60
MAX_LEVELS: Final = 1_500
NO_CONSTANT: Final = object()

Handler = Callable[["Compiler", Node, Frame, bool], Closure]


class Compiler:
    """One compilation of one tree.

    `builtins` are the functions that global names mean; with `aws`, `$states` is what the scope offers
    and there is no `$eval`. `level` and `deepest_call` measure the code being compiled (`Code.depth`).
    """

    def __init__(self, builtins: dict[str, Builtin], *, aws: bool) -> None:
        self.builtins = builtins
        self.aws = aws
        self.tuple_names: frozenset[str] = frozenset()
        self.assigns = True
        self.level = 0
        self.deepest_call = 0
        self.code_start = 0
        self.constants: dict[int, Any] = {}
        self.tail_calls = False

    def program(self, tree: Node, outer: Frame | None = None) -> Code:
        """The code of a whole expression, which has a frame of its own. Raises JsonataError U1001."""
        self.tuple_names = tree.bound_names
        self.assigns = tree.assigns
        if outer is not None and outer.tuple_names:
            self.tuple_names |= outer.tuple_names
        frame = Frame(outer, self.assigned([tree]))
        code = Code(0, None)
        code.body = self.node(tree, frame)
        code.locals_ = [UNBOUND] * len(frame.slots)
        code.depth = self.deepest_call
        return code

    def node(self, node: Node, frame: Frame) -> Closure:
        """The closure of `node` evaluated in `frame`, with its predicates, group and unwrapping."""
        self.level += 1
        if self.level % _LEVELS_PER_STACK == 0:
            if self.level > MAX_LEVELS:
                raise JsonataError("U1001", position=node.position, value=MAX_LEVELS)
            closure = _on_fresh_stack_too(on_fresh_stack(self._node, node, frame))
        else:
            closure = self._node(node, frame)
        self.level -= 1
        return closure

    def _node(self, node: Node, frame: Frame) -> Closure:
        group = node.group if node.kind != "path" else None
        raw = bool(node.predicates) or group is not None or node.keep_array
        closure = HANDLERS[node.kind](self, node, frame, raw)
        if not raw:
            return closure
        for predicate in node.predicates or ():
            closure = POSTFIX["filter"](self, predicate, frame, closure, node.tuple_stream)
        if group is not None:
            closure = POSTFIX["group"](self, group, frame, closure, node.tuple_stream)
        return _kept(closure) if node.keep_array else _unwrapped(closure)

    def nodes(self, nodes: list[Node] | None, frame: Frame) -> list[Closure]:
        """The closures of several nodes."""
        return [self.node(node, frame) for node in nodes or ()]

    def assigned(self, nodes: list[Node]) -> list[str]:
        """The names that `nodes` assign in the frame that they are evaluated in."""
        return assigned_names(nodes) if self.assigns else []

    def constant(self, node: Node | None) -> Any:
        """The value of a node that never changes, else `NO_CONSTANT`."""
        if node is None or node.predicates or node.group is not None or node.keep_array:
            return NO_CONSTANT
        if node.kind in ("string", "number", "value"):
            return node.value
        return self.constants.get(id(node), NO_CONSTANT)

    def calls_here(self) -> None:
        """Note that the node being compiled calls a function: `Code.depth` reaches this level."""
        self.deepest_call = max(self.deepest_call, self.level - self.code_start)

    def code(self, node: Node, frame: Frame) -> Code:
        """The code of a lambda node."""
        assert node.body is not None
        names = [argument.value for argument in node.arguments or ()]
        inner = Frame(frame, ())
        for slot, name in enumerate(names, 2):
            inner.slots[name] = slot
        inner.certain = set(names)
        count = len(names)
        for name in dict.fromkeys(self.assigned([node.body])):
            if name not in inner.slots:
                inner.slots[name] = 2 + count
                count += 1
        code = Code(len(names), node.signature)
        saved = self.code_start, self.deepest_call, self.tail_calls
        self.code_start, self.deepest_call, self.tail_calls = self.level, 1, False
        code.body = self.node(node.body, inner)
        code.depth = self.deepest_call
        code.tail_calls = self.tail_calls
        self.code_start, self.deepest_call, self.tail_calls = saved
        code.locals_ = [UNBOUND] * (count - len(names))
        return code


def _on_fresh_stack_too(closure: Closure) -> Closure:
    """What was nested too deep to be compiled on one stack is evaluated on a second one as well."""

    def evaluate(context: Any, env: Environment) -> Any:
        return env[1].deeper(closure, context, env)

    return evaluate


def _unwrapped(closure: Closure) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        return unwrap(closure(context, env))

    return evaluate


def _kept(closure: Closure) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        return keep(closure(context, env))

    return evaluate


def unwrapping(closure: Closure) -> Closure:
    """As `unwrap`, the usual case first."""

    def evaluate(context: Any, env: Environment) -> Any:
        value = closure(context, env)
        if value.__class__ is Sequence:
            return value[0] if len(value) == 1 else value or UNDEFINED
        return unwrap(value)

    return evaluate


def constantly(value: Any) -> Closure:
    """A closure that gives `value`."""

    def evaluate(context: Any, env: Environment) -> Any:
        return value

    return evaluate


# -- literals and variables ----------------------------------------------------------------------------


def _literal(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    return constantly(node.value)


def _variable(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    name = node.value
    if name == "":
        return _context if compiler.aws else _unwrapped_context
    places = frame.places(name)
    if not places:
        return global_variable(compiler, name)
    first = places[0]
    if first.certain:
        return _certain(first)
    return _uncertain(name, places, global_variable(compiler, name))


def _context(context: Any, env: Environment) -> Any:
    """In an array constructor that begins a path the context is the sequence of that path's input."""
    return context if context.__class__ is not Sequence else unwrap(context)


def _unwrapped_context(context: Any, env: Environment) -> Any:
    return context[0] if context.__class__ is Wrapper else _context(context, env)


def _certain(place: Place) -> Closure:
    hops, slot = place.hops, place.slot

    def local(context: Any, env: Environment) -> Any:
        return env[slot]

    def outer(context: Any, env: Environment) -> Any:
        return env[0][slot]

    def far(context: Any, env: Environment) -> Any:
        for _ in range(hops):
            env = env[0]
        return env[slot]

    return local if hops == 0 else outer if hops == 1 else far


def _uncertain(name: str, places: list[Place], otherwise: Closure) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        here, at = env, 0
        for hops, slot, in_tuple, _ in places:
            while at < hops:
                here = here[0]
                at += 1
            value = here[slot].get(name, UNBOUND) if in_tuple else here[slot]
            if value is not UNBOUND:
                return value
        return otherwise(context, env)

    return evaluate


def global_variable(compiler: Compiler, name: str) -> Closure:
    """A name that no frame has: `$$`, `$states`, a variable from outside, or a built-in function."""
    if name == "$":
        return _root
    if name == "states" and compiler.aws:
        return _states
    builtin: Any = compiler.builtins.get(name, UNDEFINED)

    def evaluate(context: Any, env: Environment) -> Any:
        return env[1].variables.get(name, builtin)

    return evaluate


def _root(context: Any, env: Environment) -> Any:
    return env[1].root


def _states(context: Any, env: Environment) -> Any:
    return states_value(env[1].scope)


def states_value(scope: Any) -> dict[str, Any]:
    """`$states` as a value: input, context, then result or errorOutput where there is one."""
    fields = {
        "input": scope.input,
        "context": scope.context(),
        "result": scope.result,
        "errorOutput": scope.error_output,
    }
    return {name: value for name, value in fields.items() if value is not UNDEFINED}


def _parent(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    assert node.slot is not None
    label = node.slot.label
    return _uncertain(label, frame.places(label), constantly(UNDEFINED))


def _bind(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    assert node.lhs is not None and node.rhs is not None
    name = node.lhs.value
    value = compiler.node(node.rhs, frame)
    slot = frame.slots[name]

    def evaluate(context: Any, env: Environment) -> Any:
        result = env[slot] = value(context, env)
        return result

    return evaluate


# -- blocks, conditions, functions ---------------------------------------------------------------------


def _block(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    expressions = node.expressions or []
    names = compiler.assigned(expressions)
    inner = Frame(frame, names) if names else frame
    closures: list[Closure] = []
    for expression in expressions:
        closures.append(compiler.node(expression, inner))
        if expression.kind == "bind" and expression.lhs is not None and not expression.predicates:
            inner.certain.add(expression.lhs.value)
    if not closures:
        return constantly(UNDEFINED)
    if names:
        return _framed_block(closures[:-1], closures[-1], len(inner.slots))
    return closures[0] if len(closures) == 1 else _plain_block(closures[:-1], closures[-1])


def _plain_block(before: list[Closure], last: Closure) -> Closure:
    def evaluate(context: Any, env: Environment) -> Any:
        for closure in before:
            closure(context, env)
        return last(context, env)

    return evaluate


def _framed_block(before: list[Closure], last: Closure, slots: int) -> Closure:
    unbound = [UNBOUND] * slots

    def evaluate(context: Any, env: Environment) -> Any:
        inner = [env, env[1], *unbound]
        for closure in before:
            closure(context, inner)
        return last(context, inner)

    return evaluate


def _condition(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    assert node.condition is not None and node.then is not None
    condition = compiler.node(node.condition, frame)
    then = compiler.node(node.then, frame)
    otherwise = constantly(UNDEFINED) if node.otherwise is None else compiler.node(node.otherwise, frame)

    def evaluate(context: Any, env: Environment) -> Any:
        chosen = condition(context, env)
        if chosen is True or (chosen is not False and truth(chosen)):
            return then(context, env)
        return otherwise(context, env)

    return evaluate


def _lambda(compiler: Compiler, node: Node, frame: Frame, raw: bool) -> Closure:
    code = compiler.code(node, frame)

    def evaluate(context: Any, env: Environment) -> Any:
        return Lambda(code, context, env)

    return evaluate


HANDLERS: Final[dict[str, Handler]] = {
    "string": _literal,
    "number": _literal,
    "value": _literal,
    "variable": _variable,
    "parent": _parent,
    "bind": _bind,
    "block": _block,
    "condition": _condition,
    "lambda": _lambda,
}
"""Kind of node -> what compiles it. The other compile modules add their rows (`compile_all`)."""

POSTFIX: Final[dict[str, Callable[[Compiler, Node, Frame, Closure, bool], Closure]]] = {}
"""What may stand behind a node: `filter` and `group`."""
