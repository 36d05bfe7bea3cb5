"""What the runs of one machine did, counted by an observer of each run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asl_engine.engine.explain_recording import Recording

if TYPE_CHECKING:
    from asl_engine.machine.frame import Frame
    from asl_engine.states.compilation import Observer


class Recorder:
    """Counts by the ids of points. Counts of concurrent threads may be too low, but never 0 for what happened."""

    def __init__(self) -> None:
        self.hits: defaultdict[str, int] = defaultdict(int)
        self._left: defaultdict[str, int] = defaultdict(int)
        self._notes: dict[str, Callable[[str, Any], None]] = {
            "choiceRule": self._choice,
            "retrier": self._retrier,
            "retriesExhausted": self._exhausted,
            "afterItems": self._items,
            "afterItemsPath": self._items,
        }

    def observer(self) -> Observer:
        """An observer of one run."""
        hits, left, notes = self.hits, self._left, self._notes
        caught: set[int] = set()  # frames that a Catcher took, until they leave the state

        def told(frame: Frame, stage: str, value: Any) -> None:
            state = frame.state
            if stage == "input":
                hits[state.pointer] += 1
                if caught:
                    caught.discard(id(frame))  # the frame of a branch that ended in a Catcher, used again
            elif stage == "exit":
                if not caught or id(frame) not in caught:
                    left[state.pointer] += 1
                else:
                    caught.discard(id(frame))
            elif stage == "catcher":
                caught.add(id(frame))
                hits[f"{state.pointer}/Catch/{value}"] += 1
            elif stage in notes:
                notes[stage](state.pointer, value)

        return told

    def counts(self) -> dict[str, int]:
        """How often each point was hit, by its id; points of states that were left count for Next and End."""
        ways = {f"{pointer}/{field}": times for pointer, times in self._left.items() for field in ("Next", "End")}
        return {**self.hits, **ways}

    def _choice(self, pointer: str, index: int | None) -> None:
        self.hits[f"{pointer}/Default" if index is None else f"{pointer}/Choices/{index}"] += 1

    def _retrier(self, pointer: str, value: dict[str, Any]) -> None:
        self.hits[f"{pointer}/Retry/{value['index']}#used"] += 1

    def _exhausted(self, pointer: str, index: int) -> None:
        self.hits[f"{pointer}/Retry/{index}#exhausted"] += 1

    def _items(self, pointer: str, items: Any) -> None:
        if isinstance(items, list):
            size = "none" if not items else "one" if len(items) == 1 else "many"
            self.hits[f"{pointer}#{size}"] += 1


def joined(first: Observer | None, second: Observer) -> Observer:
    """One observer that tells both. A recording stays what it is: `result.explain()` asks for it."""
    if first is None:
        return second
    if isinstance(first, Recording):
        first._also = second if first._also is None else joined(first._also, second)
        return first

    def told(frame: Frame, stage: str, value: Any) -> None:
        first(frame, stage, value)
        second(frame, stage, value)

    return told
