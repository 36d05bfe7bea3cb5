"""What compiling a state needs to know, and how its stages are joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from asl_engine.machine.frame import Frame
from asl_engine.machine.machine import Machine, Outcome, State, Target

Observer = Callable[[Frame, str, Any], None]
"""`observer(frame, stage, value)` is told the data at each stage of a state; stages are named as in
TestState's inspectionData (`input`, `afterInputPath`, `afterParameters`, `afterArguments`, `afterItemsPath`,
`afterItemSelector` once for each item, `result`, `afterResultSelector`, `afterResultPath`, `maxConcurrency`,
`toleratedFailureCount`, `toleratedFailurePercentage`). Ours are, in the order of a visit:

`afterItems`       the array that a JSONata Map goes through
`error`            the fault (a `StatesError`) that a Retrier or a Catcher may take, or that ends the branch
`retrier`          `{"index", "attempt", "delay_seconds"}`: a Retrier took it; `attempt` counts from 1
`retriesExhausted` the index of the Retrier that would have taken it and has no attempt left
`catcher`          the index of the Catcher that took it
`choiceRule`       the index of the rule that matched, None for Default
`exit`             `{"output", "next": name of the next state or None, "assigned": variables by name or None}`
"""


def tell_the_runs_observer(frame: Frame, stage: str, value: Any) -> None:
    """The observer that a shared machine is compiled with: it passes on to the one of each run."""
    observer = frame.run.observer
    if observer is not None:
        observer(frame, stage, value)


Evaluate = Callable[[Any, Frame], Any]
"""A JSONPath stage: (document that `$` reads, frame) -> value."""


@dataclass(slots=True)
class Compilation:
    """One state on its way from definition to closures."""

    state: State
    definition: dict[str, Any]
    language: Literal["JSONPath", "JSONata"]
    siblings: dict[str, State]
    compile_machine: Callable[[dict[str, Any], str], Machine]
    observer: Observer | None = None

    @property
    def is_jsonata(self) -> bool:
        """Whether the state's query language is JSONata."""
        return self.language == "JSONata"

    def target(self, definition: dict[str, Any] | None = None) -> Target:
        """The state that `Next` names, or DONE where the state ends its machine."""
        following = (self.definition if definition is None else definition).get("Next")
        return Outcome.DONE if following is None else self.siblings[following]

    def observed(self, stage: str, evaluate: Evaluate | None) -> Evaluate | None:
        """`evaluate`, telling the observer its value; as it is where nobody observes."""
        observer = self.observer
        if observer is None:
            return evaluate

        def told(document: Any, frame: Frame) -> Any:
            value = document if evaluate is None else evaluate(document, frame)
            observer(frame, stage, value)
            return value

        return told

    def observed_value(self, stage: str, evaluate: Callable[[Frame], Any]) -> Callable[[Frame], Any]:
        """The same for a JSONata stage."""
        observer = self.observer
        if observer is None:
            return evaluate

        def told(frame: Frame) -> Any:
            value = evaluate(frame)
            observer(frame, stage, value)
            return value

        return told
