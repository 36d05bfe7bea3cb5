"""Generated code of literals, variables, blocks, conditions and constructors."""

from __future__ import annotations

from asl_engine.query.jsonata.ast import Node
from asl_engine.query.jsonata.frames import assigned_names
from asl_engine.query.jsonata.generated.paths import filtered_value
from asl_engine.query.jsonata.generated.writer import (
    EMITTERS,
    Atom,
    Kind,
    Place,
    Unsupported,
    Writer,
    literal,
    stands_alone,
)
from asl_engine.query.jsonata.numbers import SAFE


def _text(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    return Atom(literal(node.value), "text")


def _number(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    if node.value.__class__ is int and -SAFE <= node.value <= SAFE:
        return Atom(f"({node.value})", "int")
    if node.value - node.value != 0:
        raise Unsupported
    return writer.leaving(writer.assign(repr(node.value), "number"), leave)


def _value(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    return Atom(repr(node.value), "null" if node.value is None else "bool")


def _variable(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    atom = _value_of_variable(writer, node, place)
    for predicate in node.predicates or ():
        atom = filtered_value(writer, atom, predicate, place)
    return writer.leaving(atom, leave)


def _value_of_variable(writer: Writer, node: Node, place: Place) -> Atom:
    name = node.value
    if name == "" and place.context is not None:
        if place.context is writer.root:
            writer.root.must_be_object = True
        return Atom(place.context.source, "any")
    if name == "$" and not writer.aws:
        return Atom(writer.root.source, "any")
    local = place.variables.get(name)
    if local is not None:
        return local if isinstance(local, Atom) else Atom(local.source, "any")
    if not writer.aws or name in ("", "$", "states") or name in writer.builtins:
        raise Unsupported
    writer.uses_variables = True
    return writer.assign(f"{writer.variables}.get({literal(name)}, U)")


def _block(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    expressions = node.expressions or []
    if not expressions:
        return Atom("U", "choice")
    binds = [one.lhs.value for one in expressions if one.kind == "bind" and one.lhs is not None]
    if len(assigned_names(expressions)) > len(binds):
        raise Unsupported
    if binds:
        place = place._replace(variables=dict(place.variables))
    filters = node.predicates or ()
    for expression in expressions[:-1]:
        _statement(writer, expression, place, None)
    atom = _statement(writer, expressions[-1], place, None if filters else leave)
    for predicate in filters:
        atom = filtered_value(writer, atom, predicate, place)
    return writer.leaving(atom, leave) if filters else atom


def _statement(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    if node.kind != "bind" or node.lhs is None or node.rhs is None:
        return writer.emit(node, place, leave)
    if node.predicates or node.group is not None or node.keep_array:
        raise Unsupported
    atom = writer.emit(node.rhs, place)
    if atom.kind == "regex":
        raise Unsupported
    place.variables[node.lhs.value] = local = writer.assign(atom.source, atom.kind)
    return writer.leaving(local, leave)


def _condition(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    assert node.condition is not None and node.then is not None
    condition = writer.emit(node.condition, place)
    result = writer.name()
    kinds: set[Kind] = set()
    with writer.block(f"if {truth_of(condition)}:"):
        kinds.add(_assign_to(writer, result, node.then, place, leave))
    with writer.block("else:"):
        if node.otherwise is None:
            writer.line(f"{result} = U")
            kinds.add("any")
        else:
            kinds.add(_assign_to(writer, result, node.otherwise, place, leave))
    return Atom(result, kinds.pop() if len(kinds) == 1 else "any")


def _assign_to(writer: Writer, name: str, node: Node, place: Place, leave: int | None) -> Kind:
    atom = writer.emit(node, place, leave)
    if atom.kind == "regex":
        raise Unsupported
    writer.line(f"{name} = {atom.source}")
    return atom.kind


def truth_of(atom: Atom) -> str:
    """The source of an atom's effective boolean value, as good as a bool where it is tested."""
    if atom.kind == "bool":
        return atom.source
    if atom.kind == "choice":
        return f"({atom.source} is True)"
    if atom.kind == "text":
        return f'({atom.source} != "")'
    if atom.kind in ("int", "number"):
        return f"truth({atom.source})"
    return f"({atom.source} is True or ({atom.source} is not False and truth({atom.source})))"


# -- constructors --------------------------------------------------------------------------------------


def object_of(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    """`{"key": value, ...}` with distinct literal keys."""
    pairs = node.pairs or []
    keys = [key.value for key, _ in pairs if stands_alone(key, "string")]
    if len(keys) < len(pairs) or len(set(keys)) < len(keys):
        raise Unsupported
    if place.context is not None:
        place.context.must_be_object = True
    inner = None if leave is None else leave + 1
    atoms = [_member(writer, value, place, inner) for _, value in pairs]
    shown = ", ".join(f"{literal(key)}: {atom.source}" for key, atom in zip(keys, atoms, strict=True))
    result = writer.assign(f"{{{shown}}}", "object")
    absent = [f"{atom.source} is U" for atom in atoms if _may_be_nothing(atom)]
    if absent:
        writer.line(f"if {' or '.join(absent)}: {result.source} = members({result.source})")
    return result


def _member(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    atom = writer.emit(node, place, leave)
    if atom.kind == "regex":
        raise Unsupported
    return atom


def _may_be_nothing(atom: Atom) -> bool:
    return atom.kind in ("any", "number", "choice")


def array_of(writer: Writer, node: Node, place: Place, leave: int | None) -> Atom:
    """`[item, ...]`: arrays among the items are opened, but for constructors."""
    items = node.expressions or []
    if any(item.kind == "binary" and item.value == ".." for item in items):
        return _range(writer, items, place)
    inner = None if leave is None else leave + 1
    atoms = [_member(writer, item, place, inner) for item in items]
    nested = [item.kind == "unary" and item.value == "[" for item in items]
    result = writer.assign(f"[{', '.join(atom.source for atom in atoms)}]", "list")
    unusual = []
    for atom, is_array in zip(atoms, nested, strict=True):
        if atom.kind in ("any", "list") and not is_array:
            unusual.append(f"{atom.source}.__class__ is list")
        if _may_be_nothing(atom):
            unusual.append(f"{atom.source} is U")
    if unusual:
        values = "".join(f"{atom.source}, " for atom in atoms)
        with writer.block(f"if {' or '.join(unusual)}:"):
            writer.line(f"{result.source}, {writer.steps} = spliced(({values}), {tuple(nested)!r}, {writer.steps})")
    return result


def _range(writer: Writer, items: list[Node], place: Place) -> Atom:
    if len(items) != 1 or not stands_alone(items[0], "binary") or items[0].lhs is None or items[0].rhs is None:
        raise Unsupported
    first, last = writer.emit(items[0].lhs, place), writer.emit(items[0].rhs, place)
    name = writer.name()
    writer.line(f"{name}, {writer.steps} = whole_range({first.source}, {last.source}, {writer.steps})")
    return Atom(name, "list")


EMITTERS.update(
    {
        "string": _text,
        "number": _number,
        "value": _value,
        "variable": _variable,
        "block": _block,
        "condition": _condition,
    }
)
