"""From shapes and JSON Schemas to hypothesis strategies of JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from asl_engine.errors import SetupError
from asl_engine.testing.strategies_shapes import Kind, Shape
from asl_engine.values import equal, write_json

Strategy = Any
"""A `hypothesis.strategies.SearchStrategy` of JSON values: hypothesis is imported only where one is made."""

_MOST_ITEMS: Final = 5
_LARGEST: Final = 10**6
_ALPHABET: Final = "abcxyzABC0189 -_.:/äß€😀\"'\\"
_FIRST, _LAST = datetime(1970, 1, 1), datetime(2099, 12, 31)


def hypothesis_strategies() -> Any:
    """`hypothesis.strategies`. Raises `SetupError` where hypothesis is not installed."""
    try:
        import hypothesis.strategies
    except ImportError:
        raise SetupError("property tests need hypothesis: pip install hypothesis") from None
    return hypothesis.strategies


def values_of(shape: Shape, *, wild: bool = False, bare: bool = False) -> Strategy:
    """JSON values of a shape: what is read is there, of the kinds that are wanted; what is compared with comes up.

    `wild`: now and then a member is missing, or anything stands in a place. `bare`: without members that are only
    asked for their presence.
    """
    st = hypothesis_strategies()
    choices = [st.sampled_from(_near(shape.values))] if shape.values else []
    choices += [_of_kind(kind, shape, wild, bare) for kind in _kinds(shape)]
    chosen = st.one_of(choices) if choices else scalars()
    return st.one_of(chosen, chosen, chosen, anything()) if wild else chosen


def _kinds(shape: Shape) -> list[Kind]:
    kinds = list(shape.kinds)
    if shape.element is not None and "array" not in kinds:
        kinds.append("array")
    if "array" in kinds:
        return ["array"]  # members that are read of an array are read of its items
    return ["object"] if shape.members else kinds


def _of_kind(kind: Kind, shape: Shape, wild: bool, bare: bool) -> Strategy:
    st = hypothesis_strategies()
    if kind == "array":
        element = shape.element if shape.element is not None and not _is_bare(shape.element) else Shape(shape.members)
        least = 0 if wild else shape.least_items
        return st.lists(values_of(element, wild=wild, bare=bare), min_size=least, max_size=least + _MOST_ITEMS)
    if kind == "object":
        return _objects(shape, wild, bare)
    return {"string": texts, "number": numbers, "boolean": st.booleans, "null": st.none, "timestamp": timestamps}[
        kind
    ]()


def _is_bare(shape: Shape) -> bool:
    return not (shape.members or shape.kinds or shape.values or shape.element)


def _objects(shape: Shape, wild: bool, bare: bool) -> Strategy:
    st = hypothesis_strategies()
    members = {name: values_of(inner, wild=wild, bare=bare) for name, inner in shape.members.items()}
    if wild:
        return st.fixed_dictionaries({}, optional=members)
    return _with_optional(members, shape, bare)


def _with_optional(members: dict[str, Strategy], shape: Shape, bare: bool) -> Strategy:
    maybe = {name for name, inner in shape.members.items() if inner.optional}
    optional = {} if bare else {name: values for name, values in members.items() if name in maybe}
    required = {name: values for name, values in members.items() if name not in maybe}
    return hypothesis_strategies().fixed_dictionaries(required, optional=optional)


def results_of(shape: Shape, example: Any, *, bare: bool = False) -> Strategy:
    """Results of a service: `example` with what the definition reads of it varied where it asks for values."""
    st = hypothesis_strategies()
    if isinstance(example, dict):
        members = {name: st.just(item) for name, item in example.items()}
        members |= {name: results_of(inner, example.get(name), bare=bare) for name, inner in shape.members.items()}
        return _with_optional(members, shape, bare)
    if isinstance(example, list) and example:
        least = shape.least_items
        element = shape.element or Shape(shape.members)
        return st.lists(results_of(element, example[0], bare=bare), min_size=least, max_size=least + 2)
    return st.just(example) if example is not None and not shape.values else values_of(shape, bare=bare)


def _near(values: list[Any]) -> list[Any]:
    """The values, and their neighbours: of numbers those beside them, of texts one that is longer, of booleans both."""
    near: list[Any] = []
    for value in values:
        near += _with_neighbours(value)
    return [value for index, value in enumerate(near) if not any(equal(value, other) for other in near[:index])]


def _with_neighbours(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, (int, float)):
        return [value, value - 1, value + 1]
    return [value, f"{value}x", ""] if isinstance(value, str) else [value]


def texts() -> Strategy:
    """Short texts, with characters that go wrong easily."""
    return hypothesis_strategies().text(_ALPHABET, max_size=12)


def numbers() -> Strategy:
    """Whole numbers and fractions, none of them huge."""
    st = hypothesis_strategies()
    return st.integers(-_LARGEST, _LARGEST) | st.integers(0, 10) | st.floats(-_LARGEST, _LARGEST).map(_tame)


def _tame(number: float) -> float:
    """Without digits that no JSON reader agrees upon."""
    return round(number, 3) + 0.0


def timestamps() -> Strategy:
    """Moments in UTC, as Step Functions writes them."""
    st = hypothesis_strategies()
    return st.datetimes(_FIRST, _LAST).map(_written)


def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_texts() -> Strategy:
    """Texts that hold a JSON value."""
    return anything().map(write_json)


def scalars() -> Strategy:
    """What stands where nothing is known: texts, numbers, booleans; nothing that a text template would refuse."""
    st = hypothesis_strategies()
    return texts() | st.integers(-1000, 1000) | st.booleans()


def anything() -> Strategy:
    """Any JSON value of a small size."""
    st = hypothesis_strategies()
    return st.recursive(
        st.none() | scalars() | numbers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=6,
    )


def values_of_schema(schema: Any, shape: Shape | None = None) -> Strategy:
    """The values that a JSON Schema (2020-12 or older; `$ref` within itself) allows.

    Where `shape` knows values that the machine compares with, they come up too, as far as the schema allows them.
    Raises `SetupError` for what is no schema.
    """
    import jsonschema

    try:
        kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise SetupError(f"schema: no JSON Schema at {error.json_path}: {error.message}") from None
    is_valid = kind(schema).is_valid
    return _Schemas(schema).values(schema, shape or Shape()).filter(is_valid)


class _Schemas:
    """The strategies of a schema's parts. Values that a keyword unknown here forbids are filtered at the end."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._deferred: dict[str, Any] = {}

    def values(self, schema: Any, shape: Shape) -> Strategy:
        st = hypothesis_strategies()
        if not isinstance(schema, Mapping):
            return anything() if schema is not False else st.nothing()
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "$ref" in schema:
            return self._reference(schema["$ref"], shape)
        for combined in ("oneOf", "anyOf"):
            if combined in schema:
                rest = {key: value for key, value in schema.items() if key != combined}
                return st.one_of([self.values({**rest, **part}, shape) for part in schema[combined]])
        if "allOf" in schema:
            return self.values(_united(schema), shape)
        return self._of_types(schema, shape)

    def _reference(self, text: str, shape: Shape) -> Strategy:
        """A part of this schema, which may hold itself."""
        st = hypothesis_strategies()
        if text not in self._deferred:
            self._deferred[text] = st.deferred(lambda: self.values(self._resolved(text), shape))
        return self._deferred[text]

    def _resolved(self, text: str) -> Strategy:
        from asl_engine.definition.source.pointer import split_pointer

        part = self._root
        try:
            if not text.startswith("#"):
                raise KeyError(text)
            for token in split_pointer(text[1:]):
                part = part[int(token)] if isinstance(part, list) else part[token]
        except (KeyError, IndexError, ValueError, TypeError):
            raise SetupError(
                f"schema: $ref {text!r} leads nowhere: only parts of the schema itself are known"
            ) from None
        return part

    def _of_types(self, schema: Mapping[str, Any], shape: Shape) -> Strategy:
        st = hypothesis_strategies()
        types = schema.get("type", _implied(schema))
        known = [st.sampled_from(_near(shape.values))] if shape.values else []
        every = [self._of_type(type_, schema, shape) for type_ in ([types] if isinstance(types, str) else types)]
        return st.one_of([*every, *known]) if every else st.one_of([anything(), *known])

    def _of_type(self, type_: str, schema: Mapping[str, Any], shape: Shape) -> Strategy:
        st = hypothesis_strategies()
        if type_ == "object":
            return self._objects(schema, shape)
        if type_ == "array":
            return self._arrays(schema, shape)
        if type_ == "string":
            return _strings(schema)
        if type_ in ("number", "integer"):
            return _numbers(schema, whole=type_ == "integer")
        return st.booleans() if type_ == "boolean" else st.none()

    def _objects(self, schema: Mapping[str, Any], shape: Shape) -> Strategy:
        st = hypothesis_strategies()
        parts = schema.get("properties", {})
        required = schema.get("required", [])
        members = {name: self.values(part, shape.members.get(name, Shape())) for name, part in parts.items()}
        members |= {name: self._additional(schema) for name in required if name not in members}
        optional = {name: values for name, values in members.items() if name not in required}
        return st.fixed_dictionaries({name: members[name] for name in required}, optional=optional)

    def _additional(self, schema: Mapping[str, Any]) -> Strategy:
        return self.values(schema.get("additionalProperties", True), Shape())

    def _arrays(self, schema: Mapping[str, Any], shape: Shape) -> Strategy:
        st = hypothesis_strategies()
        first = [self.values(part, Shape()) for part in schema.get("prefixItems", ())]
        least = max(schema.get("minItems", 0) - len(first), 0)
        most = max(schema.get("maxItems", least + len(first) + _MOST_ITEMS) - len(first), 0)
        rest = self.values(schema.get("items", True), shape.element or Shape(shape.members))
        others = st.lists(rest, min_size=least, max_size=min(most, least + _MOST_ITEMS))
        return st.builds(lambda head, tail: [*head, *tail], st.tuples(*first), others) if first else others


def _implied(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema without `type` speaks of."""
    words = {
        "object": ("properties", "required", "additionalProperties"),
        "array": ("items", "prefixItems", "minItems", "maxItems"),
        "string": ("pattern", "minLength", "maxLength", "format"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    return [type_ for type_, keys in words.items() if any(key in schema for key in keys)]


def _united(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`allOf` as one schema: members are united, of all else the last counts; the filter at the end is exact."""
    united: dict[str, Any] = {}
    for part in [*schema["allOf"], {key: value for key, value in schema.items() if key != "allOf"}]:
        properties = {**united.get("properties", {}), **part.get("properties", {})}
        required = list(dict.fromkeys([*united.get("required", []), *part.get("required", [])]))
        united |= part
        united |= {"properties": properties} if properties else {}
        united |= {"required": required} if required else {}
    return united


def _strings(schema: Mapping[str, Any]) -> Strategy:
    st = hypothesis_strategies()
    if "pattern" in schema:
        return st.from_regex(schema["pattern"])
    if schema.get("format") == "date-time":
        return timestamps()
    if schema.get("format") == "date":
        return st.dates(_FIRST.date(), _LAST.date()).map(str)
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("format") == "email":
        return st.emails()
    least = schema.get("minLength", 0)
    return st.text(_ALPHABET, min_size=least, max_size=schema.get("maxLength", least + 12))


def _numbers(schema: Mapping[str, Any], *, whole: bool) -> Strategy:
    import math

    st = hypothesis_strategies()
    step = schema.get("multipleOf")
    least = max(schema.get("minimum", -_LARGEST), schema.get("exclusiveMinimum", -_LARGEST))
    most = schema.get("maximum", max(_LARGEST, least + _LARGEST))
    most = min(most, schema.get("exclusiveMaximum", most))
    if step:
        return st.integers(math.ceil(least / step), math.floor(most / step)).map(lambda times: times * step)
    integers = st.integers(math.ceil(least), math.floor(most)) if math.ceil(least) <= math.floor(most) else st.nothing()
    return integers if whole else integers | st.floats(least, most, allow_nan=False)
