"""A frame: everything that one branch of an execution knows. Plain data; nothing hides in a coroutine."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from asl_engine.machine.machine import Machine, State
from asl_engine.machine.run import NO_VARIABLES, Run, iso_time
from asl_engine.machine.task_request import BranchPath
from asl_engine.query.scope import UNDEFINED, EvaluationLimits

UNMEASURED: Final = float("inf")
"""The bound of an input that nobody has measured: the first output made from it will be."""


class Frame:
    """One branch: the whole machine's, a Map item's or a Parallel branch's. It is a `query.Scope`.

    `input` is the present state's raw input. `last_event` is the id that the next event of this branch
    names as its previous one; `entered_event` the id of the present state's StateEntered, which causes
    quote. `retries` counts the retries of each Retrier in this visit, `attempt` all of them. `steps`
    counts the states entered: with the branch path it keys what must not depend on interleaving.
    `bound` is at least the input's size in bytes.
    """

    __slots__ = (
        "attempt", "bound", "cause", "entered_at", "entered_event", "entered_previous", "error", "error_output",
        "evaluations", "index", "input", "last_event", "limits", "machine", "map_item", "parent", "pending",
        "result", "result_bound", "retries", "run", "state", "steps", "token", "variables",
    )  # fmt: skip

    def __init__(
        self,
        run: Run,
        machine: Machine,
        input_value: Any,
        *,
        parent: Frame | None = None,
        index: int = 0,
        variables: Mapping[str, Any] | None = None,
        map_item: Any = None,
        last_event: int = 0,
    ) -> None:
        self.run = run
        self.machine = machine
        self.input = input_value
        self.parent = parent
        self.index = index
        self.variables: Mapping[str, Any] = NO_VARIABLES if variables is None else variables
        self.map_item = map_item  # {"Index": i, "Value": v} of the innermost Map, as the context shows it
        self.last_event = last_event
        self.limits: EvaluationLimits = run.limits.evaluation
        self.state: State = machine.start_at
        self.result: Any = UNDEFINED
        self.error_output: Any = UNDEFINED
        self.bound: float = UNMEASURED
        self.result_bound: float = UNMEASURED  # of the result that the state is about to leave with
        self.entered_event = 0
        self.entered_previous = 0
        self.entered_at = 0.0
        self.retries: list[int] | None = None
        self.attempt = 0
        self.steps = 0
        self.evaluations = 0
        self.token: str | None = None
        self.pending: Any = None  # the unanswered request, where there is one
        self.error: str | None = None
        self.cause: str | None = None

    def restart(self, index: int, input_value: Any, map_item: Any, last_event: int) -> None:
        """Use the frame of an ended Map item for the next item."""
        parent = self.parent
        self.index = index
        self.input = input_value
        self.map_item = map_item
        self.last_event = last_event
        self.state = self.machine.start_at
        self.steps = 0
        if parent is not None:
            self.variables = parent.variables

    def measured(self) -> float:
        """The bound of the input, measured where nobody has yet."""
        if self.bound == UNMEASURED:
            measured = self.run.sizes.measure(self.input)
            if measured is not None:
                self.bound = measured
        return self.bound

    def is_within(self, other: Frame) -> bool:
        """Whether this branch is a branch, at any depth, of `other`'s present state."""
        frame = self.parent
        while frame is not None:
            if frame is other:
                return True
            frame = frame.parent
        return False

    def now(self) -> float:
        """The time of the execution's world, in seconds since 1970."""
        return self.run.clock()

    def entropy(self) -> random.Random:
        """A random source for one evaluation; the same for the same seed, whatever the interleaving."""
        self.evaluations += 1
        return self.run.entropy(f"{self._visits()}{self.steps}/{self.attempt}/{self.evaluations}")

    def _visits(self) -> str:
        """Where this branch is, and in which visit and attempt of each Map and Parallel around it."""
        parent = self.parent
        if parent is None:
            return ""
        return f"{parent._visits()}{parent.steps}/{parent.attempt}/{self.index}/"

    @property
    def path(self) -> BranchPath:
        """(Map or Parallel state, index) of every enclosing branch, outermost first."""
        parent = self.parent
        return () if parent is None else (*parent.path, (parent.state.name, self.index))

    def context(self) -> dict[str, Any]:
        """The context object as this state sees it."""
        run = self.run
        state: dict[str, Any] = {"Name": self.state.name, "EnteredTime": iso_time(self.entered_at)}
        if self.state.type in ("Task", "Map", "Parallel"):  # recorded: not for Pass
            state["RetryCount"] = self.attempt
        context: dict[str, Any] = {
            "Execution": run.execution_context(),
            "StateMachine": {
                "Id": run.identity.state_machine_arn,
                "Name": run.identity.state_machine_name,
            },
            "State": state,
        }
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        if self.map_item is not None:
            context["Map"] = {"Item": self.map_item}
        if run.context_overrides:
            context = _merged(context, run.context_overrides)
        return context


def _merged(context: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    merged = dict(context)
    for key, value in overrides.items():
        present = merged.get(key)
        both = isinstance(present, dict) and isinstance(value, dict)
        merged[key] = _merged(present, value) if both else value  # type: ignore[arg-type]
    return merged
