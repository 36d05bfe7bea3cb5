"""JSONata expressions and templates of simple states, as source: what `query.jsonata.generated` writes, put in line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl_engine.machine.run import Run
from asl_engine.query.template_jsonata import is_jsonata
from asl_engine.states.generated.expressions import Piece, array_source, object_source
from asl_engine.states.generated.names import CannotGenerateError, Namespace, Slow
from asl_engine.states.generated.sizes import Bounded, Made, Shape, of_constant, put

if TYPE_CHECKING:
    from asl_engine.query.jsonata import Node

_NUMBER: Final = Bounded(26)
_TRUTH: Final = Bounded(5)
_NUMBERS: Final = frozenset(
    ("count", "sum", "max", "min", "average", "length", "number", "abs", "floor", "ceil", "round", "power", "sqrt")
)
_TRUTHS: Final = frozenset(("exists", "boolean", "not", "contains"))
_REQUIRE_PLAIN: Final = "if not plain: plain = run.plain is data or require_plain(run, data)"
"""What stands in the input leaves an expression as it is only where it has no 5.0 and the like."""
_SAFE: Final = 2**53  # as `query.jsonata.numbers.SAFE`, which only machines with JSONata import
_GROWS_AT_MOST: Final = 3
"""Times that a text can grow by upper case, or by being quoted in another text."""


def jsonata_source(node: Any, data: Piece, names: Namespace) -> tuple[list[str], Piece]:
    """A template: the statements to run first, and the value's expression."""
    lines: list[str] = []
    names.values["require_plain"] = require_plain
    return lines, _template(node, data, names, lines)


def condition_source(text: str, data: Piece, names: Namespace) -> tuple[list[str], str]:
    """A rule's Condition: statements, and what is true or false after them."""
    if not is_jsonata(text):
        raise CannotGenerateError
    lines, result = _expression(_tree(text), names)
    return [*lines, f"if {result}.__class__ is not bool: raise Slow"], result


def require_plain(run: Run, data: Any) -> bool:
    """True where a value leaves a JSONata expression as it is: the branches of a Parallel ask for the same one, so the
    run keeps it. Raises `Slow` where it does not."""
    from asl_engine.query.jsonata.leaving import plain_size

    if data.__class__ is not dict or plain_size(data, 0) < 0:
        raise Slow
    run.plain = data
    return True


def has_plain_numbers(node: Any) -> bool:
    """Whether the literals of a template are as an expression would leave them: no 5.0, no integer beyond 2 ** 53."""
    if isinstance(node, dict):
        return all(map(has_plain_numbers, node.values()))
    if isinstance(node, list):
        return all(map(has_plain_numbers, node))
    if isinstance(node, float):
        return not node.is_integer()
    return not isinstance(node, int) or -_SAFE <= node <= _SAFE


def _template(node: Any, data: Piece, names: Namespace, lines: list[str]) -> Piece:
    if is_jsonata(node):
        return _value(_tree(node), data, names, lines)
    if isinstance(node, dict) and _has_expression(node):
        return object_source([(key, _template(member, data, names, lines)) for key, member in node.items()])
    if isinstance(node, list) and _has_expression(node):
        return array_source([_template(element, data, names, lines) for element in node])
    return Piece(names.constant(node), of_constant(node))


def _value(tree: Node, data: Piece, names: Namespace, lines: list[str]) -> Piece:
    """An expression's value: written out where it is made of parts of the input, else by its own code."""
    if _is_merge(tree):
        return _merge(tree, data, names, lines)
    if tree.kind == "path":
        return _path(tree, data, names, lines)
    if tree.kind == "unary" and tree.value == "{" and not tree.predicates and tree.group is None:
        pairs = [(key.value, _value(value, data, names, lines)) for key, value in _pairs(tree)]
        return object_source(pairs)
    if tree.kind in ("string", "number", "value") and not tree.predicates and tree.group is None:
        return Piece(names.constant(tree.value), of_constant(tree.value))
    shape = _shape(tree, data.shape)
    mine, result = _expression(tree, names)
    lines += [*mine, f"if {result} is U: raise Slow"]
    return Piece(result, shape)


def _pairs(tree: Node) -> list[tuple[Node, Node]]:
    pairs = tree.pairs or []
    if any(key.kind != "string" for key, _ in pairs) or len({key.value for key, _ in pairs}) < len(pairs):
        raise CannotGenerateError
    return pairs


def _path(tree: Node, data: Piece, names: Namespace, lines: list[str]) -> Piece:
    """Names below `$states.input`, all objects; what is missing, and arrays, have rules of their own."""
    shape = _shape(tree, data.shape)
    name = names.temporary()
    steps = (tree.steps or [])[2:]
    keys = "".join(f"[{step.value!r}]" for step in steps)
    lines += [
        f"{name} = {data.source}{keys}",
        f"if {name}.__class__ is int:",
        f"    if not -{_SAFE} <= {name} <= {_SAFE}: raise Slow",
        f"elif {name}.__class__ is not str:",
        f"    if {name}.__class__ is list: raise Slow",
        f"    {_REQUIRE_PLAIN}",
    ]
    return Piece(name, shape)


def _is_merge(tree: Node) -> bool:
    """`$merge([...])`, with an array of objects written out."""
    if tree.kind != "function" or tree.predicates or tree.group is not None or tree.procedure is None:
        return False
    if tree.procedure.kind != "variable" or tree.procedure.value != "merge" or len(tree.arguments or []) != 1:
        return False
    array = (tree.arguments or [])[0]
    return array.kind == "unary" and array.value == "[" and bool(array.expressions) and not array.predicates


def _merge(tree: Node, data: Piece, names: Namespace, lines: list[str]) -> Piece:
    lines.append(_REQUIRE_PLAIN)
    objects = [_value(item, data, names, lines) for item in (tree.arguments or [])[0].expressions or []]
    merged = "".join(f"**{piece.source}, " for piece in objects)
    shape = _merge_shape([piece.shape for piece in objects])
    return Piece(f"{{{merged}}}", shape)  # TypeError where one of them is no object


def _has_expression(node: Any) -> bool:
    if isinstance(node, dict):
        return any(map(_has_expression, node.values()))
    return any(map(_has_expression, node)) if isinstance(node, list) else is_jsonata(node)


def _tree(text: str) -> Node:
    from asl_engine.query.jsonata import compile_expression

    return compile_expression(text[2:-2], dialect="aws").tree


def _expression(tree: Node, names: Namespace) -> tuple[list[str], str]:
    """An expression's statements and a name for its value. The context object is not at hand here."""
    from asl_engine.query.jsonata.generated import RUNTIME, fragment

    made = fragment(tree, prefix=f"{names.temporary()}_")
    if made is None or any("scope.context" in line for line in made.lines):
        raise CannotGenerateError
    names.values.update(RUNTIME)
    names.values.update(made.globals)
    result = names.temporary()
    return [*made.lines, f"{result} = {made.result}"], result


def _shape(node: Node, data: Shape) -> Shape:
    """What is known of the size of an expression's value. Raises `CannotGenerateError` where that is nothing."""
    if node.predicates or node.stages or node.group is not None:
        raise CannotGenerateError
    kind = node.kind
    if kind in ("string", "number", "value"):
        return of_constant(node.value)
    if kind == "path":
        return _path_shape(node.steps or [], data)
    if kind == "binary":
        return _binary_shape(node, data)
    if kind == "unary":
        return _unary_shape(node, data)
    if kind == "condition":
        branches = [branch for branch in (node.then, node.otherwise) if branch is not None]
        return _all_of([_shape(branch, data) for branch in branches])
    if kind == "function":
        return _call_shape(node, data)
    raise CannotGenerateError


def _path_shape(steps: list[Node], data: Shape) -> Shape:
    """Names below `$states.input`. Where arrays are gone through, the values are still parts of the first one."""
    first, *names = steps
    if first.kind != "variable" or first.value != "states" or not names or names[0].value != "input":
        raise CannotGenerateError
    for step in names[1:]:
        if step.kind != "name" or step.stages or step.predicates or step.group is not None:
            raise CannotGenerateError
        data = data.member(step.value)
    return data


def _binary_shape(node: Node, data: Shape) -> Shape:
    if node.value in ("+", "-", "*", "/", "%"):
        return _NUMBER
    if node.value == "&":
        return _all_of([_shape(side, data) for side in (node.lhs, node.rhs) if side is not None] * _GROWS_AT_MOST)
    if node.value in ("=", "!=", "<", "<=", ">", ">=", "and", "or", "in"):
        return _TRUTH
    raise CannotGenerateError


def _unary_shape(node: Node, data: Shape) -> Shape:
    if node.value == "-":
        return _NUMBER
    if node.value == "[":
        return _all_of([_shape(item, data) for item in node.expressions or []])
    pairs = node.pairs or []
    if any(key.kind != "string" for key, _ in pairs):
        raise CannotGenerateError
    return Made({key.value: _shape(value, data) for key, value in pairs})


def _call_shape(node: Node, data: Shape) -> Shape:
    procedure = node.procedure
    if procedure is None or procedure.kind != "variable":
        raise CannotGenerateError
    if procedure.value in _NUMBERS:
        return _NUMBER
    if procedure.value in _TRUTHS:
        return _TRUTH
    arguments = node.arguments or []
    if procedure.value == "merge" and len(arguments) == 1 and arguments[0].kind == "unary":
        return _merge_shape([_shape(item, data) for item in arguments[0].expressions or []])
    if procedure.value in ("string", "uppercase", "lowercase", "trim") and len(arguments) == 1:
        return _all_of([_shape(arguments[0], data)] * _GROWS_AT_MOST)
    raise CannotGenerateError


def _merge_shape(objects: list[Shape]) -> Shape:
    merged, *others = objects or [Made({})]
    for shape in others:
        if not isinstance(shape, Made) or shape.base is not None:
            raise CannotGenerateError
        for name, member in shape.members.items():
            merged = put(merged, name, member)
    return merged


def _all_of(shapes: list[Shape]) -> Shape:
    return Made({str(index): shape for index, shape in enumerate(shapes)})
