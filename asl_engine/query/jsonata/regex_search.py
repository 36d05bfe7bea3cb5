"""A backtracking matcher with JavaScript's exact meaning, for what PyPI `regex` cannot express.

That is: back references to groups that took no part (they match nothing), groups inside of a repetition
that are forgotten at each round, and repetitions of what may be empty. It counts its steps, so that any
search can be stopped; it uses no recursion but for look-around.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.regex_sets import canonical
from asl_engine.query.jsonata.regex_syntax import (
    LINE_ENDS,
    Backreference,
    Choice,
    Edge,
    Group,
    Look,
    Node,
    Repeat,
    Sequence,
    Set,
    Tree,
)

Slots = tuple[int, ...]
"""Start and end of each group (-1: took no part), then count and start of the round for each repetition."""

_State = tuple[int, int, Slots]
"""The next instruction, the place in the text, the slots."""

_WORD_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(slots=True)
class _Run:
    """One search: the text, and how many steps are left of its budget."""

    text: str
    steps: int
    most_steps: int
    saved: list[_State | None] = field(default_factory=list)
    """States to go back to; None where a look-around began."""


_Instruction = Callable[[_Run, int, int, Slots], _State | None]


class BacktrackingSearch:
    """A compiled tree. `search` gives the offsets of each group, the whole match first."""

    def __init__(self, tree: Tree) -> None:
        self._program = _Program(tree.groups, tree.ignore_case)
        self._program.compile(tree.root, forward=True)

    def search(self, text: str, start: int, most_steps: int) -> list[tuple[int, int]] | None:
        """The first match from `start` on. Raises JsonataError U1002 where the steps run out."""
        run = _Run(text, most_steps, most_steps)
        for begin in range(start, len(text) + 1):
            found = self._program.run(run, begin, self._program.empty_slots())
            if found is not None:
                end, slots = found
                groups = self._program.groups
                return [(begin, end), *((slots[2 * n], slots[2 * n + 1]) for n in range(groups))]
        return None


@dataclass(slots=True)
class _Program:
    """Instructions, each a callable that gives the next state, or None where it does not match."""

    groups: int
    ignore_case: bool
    code: list[_Instruction] = field(default_factory=list)
    repeats: list[int] = field(default_factory=lambda: [0])

    def empty_slots(self) -> Slots:
        return (-1,) * (2 * self.groups + 2 * self.repeats[0])

    def run(self, run: _Run, at: int, slots: Slots) -> tuple[int, Slots] | None:
        """The end of a match that begins at `at`, and the slots then; None where there is none."""
        code = self.code
        last = len(code)
        run.saved.append(None)
        state: _State | None = (0, at, slots)
        while state is not None:
            if state[0] == last:
                while run.saved.pop() is not None:
                    pass
                return state[1:]
            run.steps -= 1
            if run.steps < 0:
                raise JsonataError("U1002", value=run.most_steps)
            state = code[state[0]](run, *state) or run.saved.pop()
        return None

    # --- compiling

    def compile(self, node: Node, forward: bool) -> None:
        if isinstance(node, Sequence):
            for item in node.items if forward else reversed(node.items):
                self.compile(item, forward)
        elif isinstance(node, Choice):
            self._choice(node, forward)
        elif isinstance(node, Group):
            self._group(node, forward)
        elif isinstance(node, Repeat):
            self._repeat(node, forward)
        else:
            self.code.append(self._simple(node, forward))

    def _simple(self, node: Set | Look | Backreference | Edge, forward: bool) -> _Instruction:
        if isinstance(node, Set):
            return _one_of(node, forward)
        if isinstance(node, Backreference):
            return _same_again(node.index, forward, self.ignore_case)
        if isinstance(node, Edge):
            return _edge(_EDGES[node.kind])
        inner = _Program(self.groups, self.ignore_case, repeats=self.repeats)
        inner.compile(node.body, not node.behind)
        return _look(inner, node.negative)

    def _choice(self, node: Choice, forward: bool) -> None:
        leaves: list[_Goal] = []
        for option in node.options[:-1]:
            other = _Goal()
            self.code.append(_split(other))
            self.compile(option, forward)
            leaves.append(_Goal())
            self.code.append(_jump(leaves[-1]))
            other.place = len(self.code)
        self.compile(node.options[-1], forward)
        for leave in leaves:
            leave.place = len(self.code)

    def _group(self, node: Group, forward: bool) -> None:
        first, second = (2 * node.index - 2, 2 * node.index - 1)[:: 1 if forward else -1]
        if node.index:
            self.code.append(_save(first))
        self.compile(node.body, forward)
        if node.index:
            self.code.append(_save(second))

    def _repeat(self, node: Repeat, forward: bool) -> None:
        count = 2 * self.groups + 2 * self.repeats[0]
        self.repeats[0] += 1
        leave = _Goal()
        self.code.append(_begin_rounds(count))
        start = len(self.code)
        self.code.append(_next_round(node, count, leave))
        self.compile(node.body, forward)
        self.code.append(_end_round(node, count, start))
        leave.place = len(self.code)


@dataclass(slots=True)
class _Goal:
    """Where to go on; known only when what lies between is compiled."""

    place: int = 0


def _one_of(node: Set, forward: bool) -> _Instruction:
    known: dict[str, bool] = {}

    def step(run: _Run, pc: int, at: int, slots: Slots) -> _State | None:
        place = at if forward else at - 1
        if not 0 <= place < len(run.text):
            return None
        unit = run.text[place]
        if unit not in known:
            known[unit] = unit in node
        return (pc + 1, at + 1 if forward else place, slots) if known[unit] else None

    return step


def _same_again(index: int, forward: bool, ignore_case: bool) -> _Instruction:
    def step(run: _Run, pc: int, at: int, slots: Slots) -> _State | None:
        start, end = slots[2 * index - 2], slots[2 * index - 1]
        if start < 0 or end < 0:
            return pc + 1, at, slots
        size = end - start
        there = run.text[at : at + size] if forward else run.text[max(0, at - size) : at]
        if not _equal(run.text[start:end], there, ignore_case):
            return None
        return pc + 1, at + size if forward else at - size, slots

    return step


def _equal(one: str, other: str, ignore_case: bool) -> bool:
    if one == other:
        return True
    return ignore_case and len(one) == len(other) and [*map(canonical, one)] == [*map(canonical, other)]


def _edge(holds: Callable[[str, int], bool]) -> _Instruction:
    return lambda run, pc, at, slots: (pc + 1, at, slots) if holds(run.text, at) else None


def _is_word_edge(text: str, at: int) -> bool:
    before = at > 0 and text[at - 1] in _WORD_CHARACTERS
    return before != (at < len(text) and text[at] in _WORD_CHARACTERS)


_EDGES: Final[dict[str, Callable[[str, int], bool]]] = {
    "start": lambda text, at: at == 0,
    "end": lambda text, at: at == len(text),
    "line start": lambda text, at: at == 0 or text[at - 1] in LINE_ENDS,
    "line end": lambda text, at: at == len(text) or text[at] in LINE_ENDS,
    "word": _is_word_edge,
    "not word": lambda text, at: not _is_word_edge(text, at),
}


def _look(inner: _Program, negative: bool) -> _Instruction:
    def step(run: _Run, pc: int, at: int, slots: Slots) -> _State | None:
        found = inner.run(run, at, slots)
        if negative:
            return (pc + 1, at, slots) if found is None else None
        return None if found is None else (pc + 1, at, found[1])

    return step


def _split(other: _Goal) -> _Instruction:
    def step(run: _Run, pc: int, at: int, slots: Slots) -> _State | None:
        run.saved.append((other.place, at, slots))
        return pc + 1, at, slots

    return step


def _jump(goal: _Goal) -> _Instruction:
    return lambda run, pc, at, slots: (goal.place, at, slots)


def _save(slot: int) -> _Instruction:
    return lambda run, pc, at, slots: (pc + 1, at, (*slots[:slot], at, *slots[slot + 1 :]))


def _begin_rounds(count: int) -> _Instruction:
    return lambda run, pc, at, slots: (pc + 1, at, (*slots[:count], 0, *slots[count + 1 :]))


def _next_round(node: Repeat, count: int, leave: _Goal) -> _Instruction:
    first, last = 2 * node.captures[0] - 2, 2 * node.captures[1] - 2
    forgotten = (-1,) * (last - first)

    def step(run: _Run, pc: int, at: int, slots: Slots) -> _State | None:
        rounds = slots[count]
        if node.most is not None and rounds >= node.most:
            return leave.place, at, slots
        again = (*slots[:first], *forgotten, *slots[last:count], rounds + 1, at, *slots[count + 2 :])
        if rounds < node.least:
            return pc + 1, at, again
        into, out = (pc + 1, at, again), (leave.place, at, slots)
        run.saved.append(into if node.lazy else out)
        return out if node.lazy else into

    return step


def _end_round(node: Repeat, count: int, start: int) -> _Instruction:
    """A round that was not asked for and matched nothing is no match: else the loop had no end."""

    def step(run: _Run, pc: int, at: int, slots: Slots) -> _State | None:
        if slots[count] > node.least and slots[count + 1] == at:
            return None
        return start, at, slots

    return step
