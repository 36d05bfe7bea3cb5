"""Generated code of calls: built-in functions by name, and loops where `$map`, `$filter`, `$reduce` get a lambda."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.generated.paths import weight
from asl_engine.query.jsonata.generated.values import truth_of
from asl_engine.query.jsonata.generated.writer import EMITTERS, Atom, Kind, Known, Place, Unsupported, Writer
from asl_engine.query.jsonata.matching import RegexFunction
from asl_engine.query.jsonata.runtime import Builtin

_UNREPEATABLE: Final = frozenset(("random", "uuid", "shuffle", "now", "millis", "eval"))
"""What a second evaluation could answer differently: those expressions are never begun twice."""

_OF_NUMBERS: Final = frozenset(("max", "min", "average"))
_OF_REGEX: Final = frozenset(("match", "contains", "replace", "split"))
"""What takes a regular expression and gives nothing that holds a function."""

_MOST_ARGUMENTS: Final = 4
_KINDS: Final[dict[Kind, type]] = {"text": str, "bool": bool, "int": int, "list": list, "object": dict}


def _call(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    return _function(writer, node, place, leave, [])


def _application(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    """`left ~> $function(...)`."""
    assert node.lhs is not None and node.rhs is not None
    if node.rhs.kind != "function":
        raise Unsupported
    return _function(writer, node.rhs, place, leave, [node.lhs])


def _function(writer: Writer, node: Node, place: Place, leave: int | None, first: list[Node]) -> Atom:
    builtin = _builtin(writer, node.procedure, place)
    arguments = first + list(node.arguments or ())
    returns = builtin.signature.definition.strip("<>").rpartition(":")[2]
    if node.tail_call and returns not in ("s", "b", "n", "o"):
        raise Unsupported  # nobody unwraps it
    writer.called.add(builtin.name)
    special = _SPECIAL.get(builtin.name)
    if special is not None:
        atom = special(writer, arguments, place, leave)
        if atom is not None:
            return atom
    return writer.leaving(_general(writer, builtin, arguments, place, returns), leave)


def _builtin(writer: Writer, procedure: Node | None, place: Place) -> Builtin:
    if procedure is None or procedure.kind != "variable" or procedure.predicates or procedure.group is not None:
        raise Unsupported
    builtin = writer.builtins.get(procedure.value)
    if builtin is None or procedure.value in place.variables or procedure.value in _UNREPEATABLE:
        raise Unsupported
    return builtin


def _general(writer: Writer, builtin: Builtin, arguments: list[Node], place: Place, returns: str) -> Atom:
    count = len(arguments)
    if not 0 < count <= _MOST_ARGUMENTS or not builtin.accepts(count):
        raise Unsupported
    if builtin.name == "toMillis" and count > 1:
        raise Unsupported  # a picture without a date takes it from the clock
    atoms = [writer.emit(argument, place) for argument in arguments]
    if any(atom.kind == "regex" for atom in atoms) and builtin.name not in _OF_REGEX:
        raise Unsupported
    kinds = builtin.kinds(count)
    checks = [
        _check(writer, atom, allowed)
        for atom, allowed in zip(atoms, kinds, strict=True)
        if _KINDS.get(atom.kind) not in allowed
    ]
    if builtin.name in _OF_NUMBERS:
        checks = [f"is_numbers({atoms[0].source})"]
    shown = ", ".join(atom.source for atom in atoms)
    run = writer.needs_run() if builtin.needs_run else "None"
    quick = f"{writer.constant(builtin.implementation)}({run + ', ' if builtin.needs_run else ''}{shown})"
    context = "U" if place.context is None else place.context.source
    general = f"{writer.constant(builtin.call)}([{shown}], {context}, {run})"
    source = f"{quick} if {' and '.join(checks)} else {general}" if checks else quick
    return writer.assign(source if returns in ("s", "b", "n") else f"handed_on({source})")


def _check(writer: Writer, atom: Atom, allowed: frozenset[type]) -> str:
    if len(allowed) == 1:
        (only,) = allowed
        if only in (str, dict, bool):
            return f"{atom.source}.__class__ is {only.__name__}"
    return f"{atom.source}.__class__ in {writer.constant(allowed)}"


def _regex(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    if leave is not None:
        raise Unsupported
    return Atom(writer.constant(RegexFunction(node.value, node.position)), "regex")


# -- functions written out -----------------------------------------------------------------------------

Special = Callable[[Writer, list[Node], Place, int | None], Atom | None]
"""What writes a call of one function; None where it is as any other call."""


def _exists(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    if len(arguments) != 1:
        return None
    atom = _value(writer, arguments[0], place)
    return writer.assign(f"{writer.local(atom).source} is not U", "bool")


def _boolean(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    if len(arguments) != 1:
        return None
    atom = _value(writer, arguments[0], place)
    name = writer.local(atom).source
    return writer.assign(f"U if {name} is U else {truth_of(Atom(name, atom.kind))}", "choice")


def _not(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    if len(arguments) != 1:
        return None
    atom = _value(writer, arguments[0], place)
    name = writer.local(atom).source
    return writer.assign(f"U if {name} is U else not {truth_of(Atom(name, atom.kind))}", "choice")


def _count(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    if len(arguments) != 1:
        return None
    name = writer.local(_value(writer, arguments[0], place)).source
    return writer.assign(f"len({name}) if {name}.__class__ is list else 0 if {name} is U else 1", "int")


def _value(writer: Writer, node: Node, place: Place) -> Atom:
    atom = writer.emit(node, place)
    if atom.kind == "regex":
        raise Unsupported
    return atom


def _lambda(node: Node, least: int, most: int) -> list[str] | None:
    """The names of the parameters of a lambda that can be written as a loop."""
    if node.kind != "lambda" or node.signature is not None or node.predicates or node.group or node.keep_array:
        return None
    names = [argument.value for argument in node.arguments or ()]
    return names if least <= len(names) <= most and len(set(names)) == len(names) else None


def _items(writer: Writer, node: Node, place: Place) -> str:
    """The name of a list: one value is an array of one. Nothing has to be looked for by the caller."""
    atom = _value(writer, node, place)
    if atom.kind == "list":
        return writer.local(atom).source
    name = writer.assign(atom.source).source
    writer.line(f"if {name}.__class__ is not list and {name} is not U: {name} = [{name}]")
    return name


def _map(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    names = _lambda(arguments[1], 0, 3) if len(arguments) == 2 else None
    if names is None:
        return None
    items = _items(writer, arguments[0], place)
    inner = None if leave is None else leave + 1
    return _loop(writer, items, arguments[1], names, place, inner, _append_result)


def _filter(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    names = _lambda(arguments[1], 0, 3) if len(arguments) == 2 else None
    if names is None:
        return None
    items = _items(writer, arguments[0], place)
    return writer.leaving(_loop(writer, items, arguments[1], names, place, None, _append_item), leave)


def _append_result(writer: Writer, found: str, item: str, atom: Atom) -> None:
    if atom.kind in ("any", "number", "choice"):
        writer.line(f"if {atom.source} is not U: {found}.append({atom.source})")
    else:
        writer.line(f"{found}.append({atom.source})")


def _append_item(writer: Writer, found: str, item: str, atom: Atom) -> None:
    writer.line(f"if {truth_of(atom)}: {found}.append({item})")


def _loop(
    writer: Writer,
    items: str,
    function: Node,
    names: list[str],
    place: Place,
    leave: int | None,
    collect: Callable[[Writer, str, str, Atom], None],
) -> Atom:
    """`for` each of the items the function's body, and what `collect` does with its value; unwrapped."""
    assert function.body is not None
    result = writer.name()
    with writer.block(f"if {items} is U:"):
        writer.line(f"{result} = U")
    with writer.block("else:"):
        found = writer.assign("[]").source
        writer.charge(f"{3 + weight(function.body)} * len({items})")
        item, index = Known(writer.name()), writer.name()
        given: list[Atom | Known] = [item, Atom(index, "int"), Atom(items, "list")]
        head = f"for {item.source} in {items}:"
        if len(names) > 1:
            head = f"for {index}, {item.source} in enumerate({items}):"
        with writer.loop(head, item):
            variables = {**place.variables, **dict(zip(names, given, strict=False))}
            atom = writer.emit(function.body, Place(place.context, variables), leave)
            if atom.kind == "regex":
                raise Unsupported
            collect(writer, found, item.source, atom)
        writer.line(f"{result} = {writer.unwrapped(found).source}")
    return Atom(result, "any")


def _reduce(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    """With a lambda of two parameters."""
    names = _lambda(arguments[1], 2, 2) if len(arguments) in (2, 3) else None
    if names is None or arguments[1].body is None:
        return None
    items = _items(writer, arguments[0], place)
    start = "U" if len(arguments) < 3 else _value(writer, arguments[2], place).source
    body = arguments[1].body
    result = writer.assign("U").source
    with writer.block(f"if {items} is not U:"):
        writer.charge(f"{2 + weight(body)} * len({items})")
        rest = writer.name()
        writer.line(f"{rest}, {result} = {items}, {start}")
        writer.line(f"if {result} is U and {rest}: {result}, {rest} = {rest}[0], {rest}[1:]")
        item = Known(writer.name())
        with writer.loop(f"for {item.source} in {rest}:", item):
            variables = {**place.variables, names[0]: Atom(result, "any"), names[1]: item}
            atom = writer.emit(body, Place(place.context, variables))
            if atom.kind == "regex":
                raise Unsupported
            writer.line(f"{result} = {atom.source}")
    return writer.leaving(Atom(result, "any"), leave)


def _sum(writer: Writer, arguments: list[Node], place: Place, leave: int | None) -> Atom | None:
    if len(arguments) != 1:
        return None
    name = writer.local(_value(writer, arguments[0], place)).source
    general = f"{writer.constant(writer.builtins['sum'].call)}([{name}], U, None)"
    number = writer.assign(f"total_of({name}) if {name}.__class__ is list else {general}", "number")
    return writer.leaving(number, leave)


_SPECIAL: Final[dict[str, Special]] = {
    "exists": _exists,
    "boolean": _boolean,
    "not": _not,
    "count": _count,
    "map": _map,
    "filter": _filter,
    "reduce": _reduce,
    "sum": _sum,
}
EMITTERS.update({"function": _call, "apply": _application, "regex": _regex})
