"""Generated code of the operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.generated.values import array_of, object_of, truth_of
from asl_engine.query.jsonata.generated.writer import EMITTERS, Atom, Place, Unsupported, Writer, stands_alone
from asl_engine.query.jsonata.numbers import SAFE

_EXACT: Final = 2.0**52
_LEAST_BOUND: Final = 1_000
_LARGE_TEXT: Final = 4_096
_ARITHMETIC: Final = frozenset("+-*/")


def _binary(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    if node.value in _ARITHMETIC or node.value == "%":
        return _Sum(writer, place).of(node, leave)
    handler = _BINARY.get(node.value)
    if handler is None:
        raise Unsupported
    return handler(writer, node, place)


def _operands(writer: Writer, node: Node, place: Place) -> tuple[Atom, Atom]:
    assert node.lhs is not None and node.rhs is not None
    left, right = writer.emit(node.lhs, place), writer.emit(node.rhs, place)
    if "regex" in (left.kind, right.kind):
        raise Unsupported
    return left, right


# -- arithmetic ----------------------------------------------------------------------------------------


class _Term(NamedTuple):
    """Part of a sum: its source where all is simple, and where it is not; its size is at most
    `factor` * bound ** `degree` where no variable in it is larger than the bound."""

    quick: str
    slow: str
    factor: float
    degree: int


class _Sum:
    """A tree of `+ - * /`: where all of its variables are numbers of moderate size, no step of it can leave
    what doubles have exactly, so that Python's operators give what JavaScript's give."""

    def __init__(self, writer: Writer, place: Place) -> None:
        self._writer = writer
        self._place = place
        self._variables: dict[str, Atom] = {}

    def of(self, node: Node, leave: int | None) -> Atom:
        writer = self._writer
        term = self._remainder(node) if node.value == "%" else self._operation(node)
        bound = self._bound(term)
        if bound < _LEAST_BOUND:
            return writer.leaving(writer.assign(term.slow, "number"), leave)
        checks = [f"{name}.__class__ in NUMBERS" for name, atom in self._variables.items() if atom.kind != "int"]
        checks += [f"-{bound} < {name} < {bound}" for name in self._variables]
        name = writer.name()
        with writer.block(f"if {' and '.join(checks)}:"):
            writer.line(f"{name} = {term.quick}")
            if leave is not None:
                writer.line(f"if {name}.__class__ is float and {name}.is_integer(): {name} = int({name})")
        with writer.block("else:"):
            writer.line(f"{name} = {term.slow}" if leave is None else f"{name} = whole({term.slow})")
        return Atom(name, "number")

    def _bound(self, term: _Term) -> int:
        """How large variables may be; 0 where there is none."""
        return int((_EXACT / max(term.factor, 1.0)) ** (1 / term.degree)) if term.degree else 0

    def _term(self, node: Node | None) -> _Term:
        assert node is not None
        if stands_alone(node, "number"):
            return self._constant(node.value)
        if stands_alone(node, "binary") and node.value in _ARITHMETIC:
            return self._operation(node)
        atom = self._writer.emit(node, self._place)
        return self._variable(atom)

    def _variable(self, atom: Atom) -> _Term:
        if atom.kind in ("text", "bool", "null", "list", "object", "regex"):
            raise Unsupported
        atom = self._writer.local(atom)
        self._variables[atom.source] = atom
        return _Term(atom.source, atom.source, 1.0, 1)

    @staticmethod
    def _constant(value: float) -> _Term:
        if not -SAFE < value < SAFE:
            raise Unsupported
        return _Term(f"({value!r})", f"({value!r})", max(abs(value), 1.0), 0)

    def _operation(self, node: Node) -> _Term:
        if node.keep_array or node.seeking is not None:
            raise Unsupported
        operator = node.value
        left, right = self._term(node.lhs), self._term(node.rhs)
        if operator == "/" and right.degree > 0:
            return self._quotient(left, right)
        if operator == "/" and (node.rhs is None or not stands_alone(node.rhs, "number") or abs(node.rhs.value) < 1):
            raise Unsupported
        quick = f"({left.quick} {operator} {right.quick})"
        slow = f"calculate({operator!r}, {left.slow}, {right.slow})"
        if operator == "*":
            return _Term(quick, slow, left.factor * right.factor, left.degree + right.degree)
        if operator == "/":
            return _Term(quick, slow, left.factor, left.degree)
        return _Term(quick, slow, left.factor + right.factor, max(left.degree, right.degree))

    def _quotient(self, left: _Term, right: _Term) -> _Term:
        """By something that may be 0 or tiny: a variable of its own."""
        return self._variable(self._writer.assign(f"calculate('/', {left.slow}, {right.slow})", "number"))

    def _remainder(self, node: Node) -> _Term:
        left, right = _operands(self._writer, node, self._place)
        a, b = left.source, right.source
        simple = f"{a}.__class__ is int and {b}.__class__ is int and 0 <= {a} <= {SAFE} and 0 < {b} <= {SAFE}"
        atom = self._writer.assign(f"{a} % {b} if {simple} else calculate('%', {a}, {b})", "number")
        return _Term(atom.source, atom.source, 1.0, 0)


def _negation(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    if node.value == "[":
        return array_of(writer, node, place, leave)
    if node.value == "{":
        return object_of(writer, node, place, leave)
    assert node.lhs is not None
    atom = writer.emit(node.lhs, place)
    if atom.kind not in ("any", "number", "int"):
        raise Unsupported
    return writer.leaving(writer.assign(f"negative({atom.source})"), leave)


# -- comparison and truth ------------------------------------------------------------------------------


def _comparison(writer: Writer, node: Node, place: Place) -> Atom:
    left, right = _operands(writer, node, place)
    a, b, operator = left.source, right.source, node.value
    checks = [f"{atom.source}.__class__ in NUMBERS" for atom in (left, right) if atom.kind != "int"]
    if not checks:
        return writer.assign(f"{a} {operator} {b}", "bool")
    return writer.assign(f"{a} {operator} {b} if {' and '.join(checks)} else compare({operator!r}, {a}, {b})", "choice")


def _equal(writer: Writer, node: Node, place: Place) -> Atom:
    left, right = _operands(writer, node, place)
    if left.kind in ("text", "int", "null", "bool") and right.kind not in ("text", "int", "null", "bool"):
        left, right = right, left
    a, b = left.source, right.source
    if right.kind == "text":
        source = f"{a} == {b}"
    elif right.kind in ("bool", "null"):
        source = f"{a} is {b}" if a.isidentifier() and b in ("True", "False", "None") else f"same({a}, {b})"
    elif right.kind == "int":
        source = f"({a}.__class__ in NUMBERS and {a} == {b})"
    else:
        source = f"({a} == {b} if {a}.__class__ is str and {b}.__class__ is str else same({a}, {b}))"
    if node.value == "=":
        return writer.assign(source, "bool")
    absent = [f" and {atom.source} is not U" for atom in (left, right) if atom.kind in ("any", "number", "choice")]
    return writer.assign(f"not {source}{''.join(absent)}", "bool")


def _inclusion(writer: Writer, node: Node, place: Place) -> Atom:
    left, right = _operands(writer, node, place)
    return writer.assign(f"includes({left.source}, {right.source})", "bool")


def _both(writer: Writer, node: Node, place: Place) -> Atom:
    return _shortened(writer, node, place, "if {}:", "False")


def _either(writer: Writer, node: Node, place: Place) -> Atom:
    return _shortened(writer, node, place, "if not {}:", "True")


def _shortened(writer: Writer, node: Node, place: Place, head: str, otherwise: str) -> Atom:
    """`and` and `or`: the right operand only where the left one does not decide."""
    assert node.lhs is not None and node.rhs is not None
    left = writer.emit(node.lhs, place)
    name = writer.name()
    with writer.block(head.format(truth_of(left))):
        right = writer.emit(node.rhs, place)
        writer.line(f"{name} = {truth_of(right)}")
    with writer.block("else:"):
        writer.line(f"{name} = {otherwise}")
    if "regex" in (left.kind, right.kind):
        raise Unsupported
    return Atom(name, "bool")


# -- texts ---------------------------------------------------------------------------------------------


def _concatenation(writer: Writer, node: Node, place: Place) -> Atom:
    parts = []
    for operand in _joined(node):
        if stands_alone(operand, "string"):
            parts.append(_inside_quotes(operand.value))
        else:
            parts.append(f"{{{_as_text(writer, writer.emit(operand, place))}}}")
    result = writer.assign(f'f"{"".join(parts)}"', "text")
    name = result.source
    with writer.block(f"if not {name}.isascii() or len({name}) >= {_LARGE_TEXT}:"):
        writer.line(f"{name}, {writer.steps} = checked_text({name}, {writer.steps})")
    return result


def _joined(node: Node) -> list[Node]:
    """The operands of `a & b & c`, from left to right."""
    operands: list[Node] = []
    one: Node | None = node
    while one is not None and stands_alone(one, "binary") and one.value == "&":
        assert one.rhs is not None
        operands.append(one.rhs)
        one = one.lhs
    assert one is not None
    return [one, *reversed(operands)]


def _as_text(writer: Writer, atom: Atom) -> str:
    if atom.kind == "text":
        return writer.local(atom).source
    if atom.kind == "regex":
        raise Unsupported
    source = atom.source
    return writer.assign(f"{source} if {source}.__class__ is str else text_of({source})", "text").source


def _inside_quotes(text: str) -> str:
    """A text as part of an f-string in double quotes."""
    return "".join(
        char if char in _HARMLESS else f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\U{ord(char):08x}"
        for char in text
    )


_HARMLESS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;/-_#+*()[]'=!?")
_BINARY: Final[dict[str, Callable[[Writer, Node, Place], Atom]]] = {
    "<": _comparison,
    "<=": _comparison,
    ">": _comparison,
    ">=": _comparison,
    "=": _equal,
    "!=": _equal,
    "in": _inclusion,
    "and": _both,
    "or": _either,
    "&": _concatenation,
}
EMITTERS.update({"binary": _binary, "unary": _negation})
