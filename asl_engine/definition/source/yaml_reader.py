"""YAML texts: the events of PyYAML (libyaml where there is one) made into JSON values with places.

Plain scalars mean what SAM and CloudFormation make of them, YAML 1.1: `yes`, `on` and `010` are no texts
(quote them). Three exceptions, since JSON has no such type or nobody means it: timestamps and
`12:30:00` stay texts, and keys are always texts as written. CloudFormation's tags (`!Sub`, `!Ref`,
`!GetAtt`, `!If` ...) become texts with `${...}`: holes. Aliases and merge keys work; bombs are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asl_engine.definition.source.edits import EditedText
from asl_engine.definition.source.parsed import Parsed, Problem, same_key_twice
from asl_engine.definition.source.pointer import join_pointer, split_pointer
from asl_engine.definition.source.yaml_scalars import ScalarError, fill_tag, scalar_value
from asl_engine.values import MAX_DEPTH

if TYPE_CHECKING:
    import yaml

_CODE: Final = "INVALID_JSON_DESCRIPTION"
MAX_VALUES: Final = 200_000
"""Values that a definition may have once its aliases are expanded (AWS's 1 MiB hold fewer)."""


@dataclass(slots=True)
class _Node:
    """A value with its offset, its children's nodes, and what expanding it costs."""

    offset: int
    value: Any = None
    tag: str | None = None
    children: dict[str, _Node] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    node: _Node
    anchor: str | None
    pointer: str
    key: str | None = None
    merges: list[_Node] = field(default_factory=list)


class YamlPositions:
    """Places in a YAML text; what came through an alias or a merge has the place of its original."""

    def __init__(self, root: _Node) -> None:
        self._root = root

    def value(self, pointer: str) -> int | None:
        node = self._find(split_pointer(pointer))
        return node.offset if node else None

    def key(self, pointer: str) -> int | None:
        tokens = split_pointer(pointer)
        parent = self._find(tokens[:-1]) if tokens else None
        return parent.keys.get(tokens[-1]) if parent else None

    def _find(self, tokens: list[str]) -> _Node | None:
        node: _Node | None = self._root
        for token in tokens:
            node = node.children.get(token) if node else None
        return node


class _YamlFaultError(Exception):
    def __init__(self, message: str, offset: int, hint: str = "", code: str = _CODE) -> None:
        super().__init__(message)
        self.problem = Problem(code, code, message, offset, hint=hint)


def read_yaml_text(source: EditedText) -> Parsed:
    """The value of `source.text`, or what is wrong with it. Never raises for a wrong text."""
    import yaml

    builder = _Builder(source)
    try:
        builder.run(_events(source.text))
    except _YamlFaultError as fault:
        return Parsed(None, problems=[*builder.problems, fault.problem], readable=False)
    except yaml.MarkedYAMLError as error:
        return Parsed(None, problems=[*builder.problems, _syntax_problem(source, error)], readable=False)
    except yaml.YAMLError as error:
        return Parsed(None, problems=[*builder.problems, _character_problem(source, error)], readable=False)
    root = builder.root
    if root is None:
        return Parsed(None)
    return Parsed(root.value, YamlPositions(root), builder.problems)


def _events(text: str) -> Iterator[yaml.Event]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.parse(text, Loader=loader)


class _Builder:
    """Builds values from events with an explicit stack: any depth ends in a fault, never in a crash."""

    def __init__(self, source: EditedText) -> None:
        self.root: _Node | None = None
        self.problems: list[Problem] = []
        self._source = source
        self._skipped = 1 if source.text.startswith("\ufeff") else 0
        self._open: list[_Open] = []
        self._anchors: dict[str, _Node | None] = {}
        self._total = 0

    def run(self, events: Iterator[yaml.Event]) -> None:
        import yaml

        actions = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }
        for event in events:
            action = actions.get(type(event))
            if action is not None:
                action(event)

    def _offset(self, event: Any) -> int:
        return self._source.original(event.start_mark.index + self._skipped)

    def _document(self, event: Any) -> None:
        if self.root is not None:
            raise _YamlFaultError(
                "a second YAML document begins here",
                self._offset(event),
                "a definition is one document: remove the rest, or put it into a file of its own",
            )

    def _scalar(self, event: Any) -> None:
        offset = self._offset(event)
        if self._key_is_next():
            self._take_key(event.value, offset, plain=event.implicit[0])
            return
        node = _Node(offset)
        try:
            node.value = scalar_value(event)
        except ScalarError as problem:
            raise _YamlFaultError(str(problem), offset, problem.hint) from None
        self._anchor(event.anchor, node)
        self._put(node)

    def _key_is_next(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None

    def _take_key(self, key: str, offset: int, *, plain: bool) -> None:
        top = self._open[-1]
        top.key = key
        if key == "<<" and plain:
            return
        if key in top.node.keys:
            self.problems.append(same_key_twice(top.pointer, key, offset))
        top.node.keys[key] = offset

    def _start(self, event: Any) -> None:
        offset = self._offset(event)
        if self._key_is_next():
            raise _YamlFaultError("a key must be a text, not a list or an object", offset, "write 'Name: value'")
        self._check_depth(len(self._open) + 1, offset)
        is_mapping = hasattr(event, "flow_style") and type(event).__name__.startswith("Mapping")
        node = _Node(offset, {} if is_mapping else [], _own_tag(event.tag))
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(node, event.anchor, self._pointer()))

    def _pointer(self) -> str:
        if not self._open:
            return ""
        top = self._open[-1]
        return join_pointer(top.pointer, len(top.node.value) if top.key is None else top.key)

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        node = done.node
        for merged in done.merges:
            _merge(node, merged)
        if node.tag is not None:
            node.value, node.children, node.keys = fill_tag(node.tag, node.value), {}, {}
        self._anchor(done.anchor, node)
        self._put(node)

    def _alias(self, event: Any) -> None:
        offset = self._offset(event)
        if self._key_is_next():
            raise _YamlFaultError("a key must be a text, not an alias", offset, "write the key out")
        if event.anchor not in self._anchors:
            hint = "define it before with &name, or put the text in quotes"
            raise _YamlFaultError(f"the alias *{event.anchor} names nothing", offset, hint)
        node = self._anchors[event.anchor]
        if node is None:
            message = f"the alias *{event.anchor} stands inside what it names"
            raise _YamlFaultError(message, offset, "a definition is a tree: write the value out")
        self._check_depth(len(self._open) + node.height, offset)
        self._put(_Node(offset, node.value, None, node.children, node.keys, node.size, node.height))

    def _check_depth(self, depth: int, offset: int) -> None:
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} nested arrays and objects"
            raise _YamlFaultError(message, offset, "", "TOO_DEEPLY_NESTED")

    def _anchor(self, anchor: str | None, node: _Node) -> None:
        if anchor:
            self._anchors[anchor] = node

    def _put(self, node: _Node) -> None:
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        self._count(top.node, node)
        if isinstance(top.node.value, list):
            top.node.children[str(len(top.node.value))] = node
            top.node.value.append(node.value)
        elif top.key == "<<" and "<<" not in top.node.keys:
            top.merges.extend(_merged_nodes(node))
            top.key = None
        elif top.key is not None:
            top.node.children[top.key] = node
            top.node.value[top.key] = node.value
            top.key = None

    def _count(self, parent: _Node, child: _Node) -> None:
        parent.size += child.size
        parent.height = max(parent.height, child.height + 1)
        if parent.size > MAX_VALUES:
            hint = "write fewer aliases (*name): each stands for a whole copy"
            message = f"more than {MAX_VALUES} values, aliases included"
            raise _YamlFaultError(message, child.offset, hint)


def _own_tag(tag: str | None) -> str | None:
    """The name of a tag that is none of YAML's (`!Join`), None for the others."""
    return tag[1:] if tag and tag.startswith("!") and len(tag) > 1 else None


def _merged_nodes(node: _Node) -> list[_Node]:
    """What `<<` takes in: an object, or a list of them; the first to have a key wins."""
    if isinstance(node.value, list):
        return list(node.children.values())
    return [node]


def _merge(node: _Node, merged: _Node) -> None:
    if not isinstance(merged.value, dict):
        raise _YamlFaultError("'<<' takes in an object, or a list of objects", merged.offset, "write '<<: *name'")
    for key, child in merged.children.items():
        if key not in node.children:
            node.children[key] = child
            node.keys.setdefault(key, merged.keys[key])
            node.value[key] = child.value


def _syntax_problem(source: EditedText, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    words = " ".join(part for part in (error.context, error.problem) if part)
    index = mark.index if mark else 0
    code = "INVALID_JSON_DESCRIPTION"
    offset = source.original(min(index, len(source.text)))
    return Problem(code, code, words or "the text is no YAML", offset, hint=_hint(source.text, index, words))


def _hint(text: str, index: int, words: str) -> str:
    if text[index : index + 1] == "\t" or "\\t" in words:
        return "YAML is indented with blanks, not with tabs"
    if text[index : index + 1] in ("@", "`", "%"):
        return "put a text that begins with this character in quotes"
    if "mapping values are not allowed" in words:
        return "check the indentation, and put a text that has ': ' in it in quotes"
    if "undefined alias" in words:
        return "define it before with &name, or put the text in quotes"
    if "found unexpected end of stream" in words or "scanning a quoted" in words:
        return "close the quoted text"
    if "flow" in words:
        return "check that every [ and { is closed, and that commas stand between the items"
    return "check the indentation of this line and of the one before"


def _character_problem(source: EditedText, error: Exception) -> Problem:
    """A character that YAML does not allow at all."""
    offset = min(getattr(error, "position", 0) or 0, len(source.text))
    character = getattr(error, "character", "")
    code = "INVALID_JSON_DESCRIPTION"
    shown = f"#x{character:04x}" if isinstance(character, int) else repr(character)
    return Problem(
        code, code, f"the character {shown} is not allowed in YAML", source.original(offset),
        hint="remove it, or write it as \\x.. in a double-quoted text",
    )  # fmt: skip
