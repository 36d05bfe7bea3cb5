"""From text to the raw tree: a top-down operator precedence parser (V. Pratt, 1973).

`parse` is the whole way: text -> tokens -> raw tree -> the tree of `shape.py` that is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asl_engine.query.jsonata import shape
from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.lexer import Lexer
from asl_engine.query.jsonata.signature import compile_signature
from asl_engine.values import on_fresh_stack

MAX_NESTING: Final = 500
"""How deep expressions may nest. The parser goes on on a fresh stack every `_LEVELS_PER_STACK` of them."""

_LEVELS_PER_STACK: Final = 100

_BINDING_POWER: Final = {
    ".": 75,
    "[": 80,
    "{": 70,
    "(": 80,
    "@": 80,
    "#": 80,
    "?": 20,
    "+": 50,
    "-": 50,
    "*": 60,
    "/": 60,
    "%": 60,
    "=": 40,
    "<": 40,
    ">": 40,
    "^": 40,
    ":=": 10,
    "!=": 40,
    "<=": 40,
    ">=": 40,
    "~>": 40,
    "and": 30,
    "or": 25,
    "in": 40,
    "&": 50,
}
_UNKNOWN_OPERATORS: Final = frozenset("!~")
_IDS: Final = {
    "name": "(name)",
    "variable": "(name)",
    "regex": "(regex)",
    **dict.fromkeys(("string", "number", "value"), "(literal)"),
}
_LAMBDA_NAMES: Final = ("function", "\u03bb")


def parse(text: str) -> Node:
    """The tree of `text`. Raises `JsonataError` (S0xxx, U1001 where it nests deeper than `MAX_NESTING`)."""
    try:
        return _parse(text)
    except RecursionError:
        return on_fresh_stack(_parse, text)


def _parse(text: str) -> Node:
    return shape.shape(Parser(text).whole())


class Parser:
    """One reading of one text. `node` is the token at hand, `id` what it is to the grammar."""

    def __init__(self, text: str) -> None:
        self._lexer = Lexer(text)
        self._length = len(text)
        self._depth = 0
        self.id = ""
        self.node = Node("(end)", "(end)", 0)

    def whole(self) -> Node:
        self.advance()
        tree = self.expression(0)
        if self.id != "(end)":
            raise JsonataError("S0201", position=self.node.position, token=self.node.value)
        return tree

    def advance(self, expected: str | None = None, infix: bool = False) -> None:
        """Go to the next token; the present one must be `expected`. Raises S0202, S0203, S0204."""
        if expected is not None and self.id != expected:
            code = "S0203" if self.id == "(end)" else "S0202"
            raise JsonataError(code, position=self.node.position, token=self.node.value, value=expected)
        token = self._lexer.next(infix)
        if token is None:
            self.id = "(end)"
            self.node = Node("(end)", "(end)", self._length)
            return
        kind, value, position = token
        if kind == "operator":
            if value in _UNKNOWN_OPERATORS:
                raise JsonataError("S0204", position=position, token=value)
            self.id = value
        else:
            self.id = _IDS[kind]
        self.node = Node(kind, value, position)

    def expression(self, right_power: int) -> Node:
        """What binds more tightly than `right_power`, from here on."""
        self._depth += 1
        if self._depth % _LEVELS_PER_STACK == 0:
            return self._deeper(right_power)
        token, start = self.node, _STARTS.get(self.id, _no_start)
        self.advance(None, True)
        left = token if start is _itself else start(self, token)
        powers = _BINDING_POWER
        while right_power < powers.get(self.id, 0):
            token, go_on = self.node, _CONTINUATIONS.get(self.id, _binary)
            self.advance()
            left = go_on(self, token, left)
        self._depth -= 1
        return left

    def _deeper(self, right_power: int) -> Node:
        if self._depth >= MAX_NESTING:
            raise JsonataError("U1001", position=self.node.position, value=MAX_NESTING)
        self._depth += 1
        result = on_fresh_stack(self.expression, right_power)
        self._depth -= 2
        return result


def _no_start(parser: Parser, token: Node) -> Node:
    raise JsonataError("S0211", position=token.position, token=token.value)


def _itself(parser: Parser, token: Node) -> Node:
    return token


def _negation(parser: Parser, token: Node) -> Node:
    token.kind = "unary"
    token.lhs = parser.expression(70)
    return token


def _kind(kind: str) -> Callable[[Parser, Node], Node]:
    def start(parser: Parser, token: Node) -> Node:
        token.kind = kind
        return token

    return start


def _block(parser: Parser, token: Node) -> Node:
    expressions: list[Node] = []
    while parser.id != ")":
        expressions.append(parser.expression(0))
        if parser.id != ";":
            break
        parser.advance(";")
    parser.advance(")", True)
    token.kind = "block"
    token.expressions = expressions
    return token


def _array(parser: Parser, token: Node) -> Node:
    items: list[Node] = []
    while parser.id != "]" or items:
        items.append(_array_item(parser))
        if parser.id != ",":
            break
        parser.advance(",")
    parser.advance("]", True)
    token.kind = "unary"
    token.expressions = items
    return token


def _array_item(parser: Parser) -> Node:
    item = parser.expression(0)
    if parser.id != "..":
        return item
    item_range = Node("binary", "..", parser.node.position)
    item_range.lhs = item
    parser.advance("..")
    item_range.rhs = parser.expression(0)
    return item_range


def _pairs(parser: Parser) -> list[tuple[Node, Node]]:
    pairs: list[tuple[Node, Node]] = []
    while parser.id != "}" or pairs:
        key = parser.expression(0)
        parser.advance(":")
        pairs.append((key, parser.expression(0)))
        if parser.id != ",":
            break
        parser.advance(",")
    parser.advance("}", True)
    return pairs


def _object(parser: Parser, token: Node) -> Node:
    token.pairs = _pairs(parser)
    token.kind = "unary"
    return token


def _transform(parser: Parser, token: Node) -> Node:
    token.kind = "transform"
    token.pattern = parser.expression(0)
    parser.advance("|")
    token.update = parser.expression(0)
    if parser.id == ",":
        parser.advance(",")
        token.delete = parser.expression(0)
    parser.advance("|")
    return token


def _binary(parser: Parser, token: Node, left: Node) -> Node:
    token.kind = "binary"
    token.lhs = left
    token.rhs = parser.expression(_BINDING_POWER[token.value])
    return token


def _grouping(parser: Parser, token: Node, left: Node) -> Node:
    token.lhs = left
    token.pairs = _pairs(parser)
    token.kind = "binary"
    return token


def _filter(parser: Parser, token: Node, left: Node) -> Node:
    if parser.id == "]":  # `[]` keeps arrays of one item
        step = left
        while step.kind == "binary" and step.value == "[" and step.lhs is not None:
            step = step.lhs
        step.keep_array = True
        parser.advance("]")
        return left
    token.lhs = left
    token.rhs = parser.expression(0)
    token.kind = "binary"
    parser.advance("]", True)
    return token


def _order_by(parser: Parser, token: Node, left: Node) -> Node:
    parser.advance("(")
    terms: list[Node] = []
    while True:
        term = Node("term", None, parser.node.position)
        if parser.id == "<":
            parser.advance("<")
        elif parser.id == ">":
            term.descending = True
            parser.advance(">")
        term.lhs = parser.expression(0)
        terms.append(term)
        if parser.id != ",":
            break
        parser.advance(",")
    parser.advance(")")
    token.kind = "binary"
    token.lhs = left
    token.terms = terms
    return token


def _bind(parser: Parser, token: Node, left: Node) -> Node:
    if left.kind != "variable":
        raise JsonataError("S0212", position=left.position, token=left.value)
    token.kind = "binary"
    token.lhs = left
    token.rhs = parser.expression(_BINDING_POWER[":="] - 1)
    return token


def _bind_step(parser: Parser, token: Node, left: Node) -> Node:
    """`@$name` (focus) or `#$name` (index) on a step."""
    token.kind = "binary"
    token.lhs = left
    token.rhs = right = parser.expression(80)
    if right.kind != "variable":
        raise JsonataError("S0214", position=right.position, token=token.value)
    return token


def _condition(parser: Parser, token: Node, left: Node) -> Node:
    token.kind = "condition"
    token.condition = left
    token.then = parser.expression(0)
    if parser.id == ":":
        parser.advance(":")
        token.otherwise = parser.expression(0)
    return token


def _call(parser: Parser, token: Node, left: Node) -> Node:
    token.procedure = left
    token.kind = "function"
    arguments: list[Node] = []
    while parser.id != ")" or arguments:
        if parser.id == "?":
            token.kind = "partial"
            arguments.append(parser.node)
            parser.advance("?")
        else:
            arguments.append(parser.expression(0))
        if parser.id != ",":
            break
        parser.advance(",")
    token.arguments = arguments
    parser.advance(")", True)
    if left.kind == "name" and left.value in _LAMBDA_NAMES:
        return _lambda(parser, token)
    return token


def _lambda(parser: Parser, token: Node) -> Node:
    for number, argument in enumerate(token.arguments or (), 1):
        if argument.kind != "variable":
            raise JsonataError("S0208", position=argument.position, token=argument.value, value=number)
    token.kind = "lambda"
    if parser.id == "<":
        token.signature = _signature(parser)
    parser.advance("{")
    token.body = parser.expression(0)
    parser.advance("}")
    return token


def _signature(parser: Parser) -> object:
    start = parser.node.position
    depth, parts = 1, ["<"]
    while depth > 0 and parser.id not in ("{", "(end)"):
        parser.advance()
        if parser.id == ">":
            depth -= 1
        elif parser.id == "<":
            depth += 1
        parts.append(_as_written(parser.node))
    parser.advance(">")
    try:
        return compile_signature("".join(parts))
    except JsonataError as error:
        error.position = start + int(error.more.get("offset", error.position or 0))
        raise


def _as_written(token: Node) -> str:
    """A token in a signature; the reference takes regular expressions there, and skips what means no type."""
    if token.kind != "regex":
        return str(token.value)
    pattern, flags = token.value
    return f"/{pattern}/g{flags}"


_STARTS: Final[dict[str, Callable[[Parser, Node], Node]]] = {
    "(name)": _itself,
    "(literal)": _itself,
    "(regex)": _itself,
    "(end)": _itself,
    "and": _itself,
    "or": _itself,
    "in": _itself,
    "-": _negation,
    "*": _kind("wildcard"),
    "**": _kind("descendant"),
    "%": _kind("parent"),
    "(": _block,
    "[": _array,
    "{": _object,
    "|": _transform,
}
_CONTINUATIONS: Final[dict[str, Callable[[Parser, Node, Node], Node]]] = {
    "(": _call,
    "[": _filter,
    "{": _grouping,
    "^": _order_by,
    ":=": _bind,
    "@": _bind_step,
    "#": _bind_step,
    "?": _condition,
}
