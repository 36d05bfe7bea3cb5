"""One visit of one state, outside of any execution: the state's own stages, with a mock in place of its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asl_engine.errors import QueryError, StatesError
from asl_engine.machine.frame import Frame
from asl_engine.machine.limits import AWS_LIMITS
from asl_engine.machine.machine import Machine, Outcome, State, Target
from asl_engine.machine.requests import Wait
from asl_engine.machine.run import Identity, Run
from asl_engine.machine.task_request import Dispatch, Handler, Reply, TaskRequest
from asl_engine.states.items import EXCEEDED
from asl_engine.states.map import MapItems
from asl_engine.states.parallel import ParallelBranches
from asl_engine.testing.test_state_definition import READ_ITEMS, UNNAMED, TestedState
from asl_engine.testing.test_state_items import batches, most_items, read_items
from asl_engine.testing.test_state_request import Mock, StateConfiguration

LONGEST_SECONDS: Final = 300
"""A visit that would take longer fails with States.Timeout (API reference of TestState)."""

TOO_MANY_FAILURES: Final = StatesError(*EXCEEDED)


class _Frame(Frame):
    """A frame whose context object is the mocked one as it is, or that of an Express execution (recorded)."""

    __slots__ = ("mocked_context",)

    def __init__(self, run: Run, machine: Machine, value: Any, variables: Mapping[str, Any], mocked: Any) -> None:
        super().__init__(run, machine, value, variables=variables)
        self.mocked_context: dict[str, Any] | None = mocked

    def context(self) -> dict[str, Any]:
        if self.mocked_context is None:
            context = super().context()
            # recorded: `State0` of a machine is called StateName too
            return {**context, "State": {**context["State"], "Name": UNNAMED}}
        if self.map_item is None or "Map" in self.mocked_context:
            return self.mocked_context
        return {**self.mocked_context, "Map": {"Item": self.map_item}}


@dataclass(slots=True)
class Visit:
    """What a state was told and did: `stages` by name as the observer hears them, and how it ended.

    `fault` is the last fault, `leads_to` the next state's name, `retry` the index and delay of the Retrier
    that takes the fault, `exhausted` that of one with no attempt left, `catcher` the Catcher's index, `request`
    what was really asked of somebody.
    """

    stages: dict[str, Any] = field(default_factory=dict)
    item_inputs: list[Any] = field(default_factory=list)
    fault: StatesError | None = None
    retry: dict[str, Any] | None = None
    exhausted: int | None = None
    catcher: int | None = None
    exit: dict[str, Any] | None = None
    request: TaskRequest | None = None
    has_items: bool = False
    variables: dict[str, Any] = field(default_factory=dict)

    def hear(self, frame: Frame, stage: str, value: Any) -> None:
        """The observer."""
        match stage:
            case "error":
                self.fault = value
            case "retrier":
                self.retry = value
            case "retriesExhausted":
                self.exhausted = value
            case "catcher":
                self.catcher = value
            case "exit":
                self.exit = value
            case "afterItemSelector":
                self.item_inputs.append(value)
            case _:
                self.stages[stage] = value


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything that a visit is given: data, what happened before, who does the work, who it runs as."""

    input: Any
    variables: Mapping[str, Any]
    context: dict[str, Any] | None
    mock: Mock | None
    mock_result: Any
    configuration: StateConfiguration
    role_arn: str | None
    region: str
    account_id: str
    seed: str
    clock: Callable[[], float]
    dispatch: Dispatch
    perform: Callable[[Handler, TaskRequest, float], Any]


def visit_state(tested: TestedState, setting: Setting) -> Visit:
    """Let a state do everything from its entry to its exit, its retry or its failure, once."""
    visit = Visit()
    frame = _frame(tested, setting, visit)
    step = _Step(tested, setting, visit, frame)
    target: Target = step.run(lambda: tested.state.enter(frame))
    while not isinstance(target, (State, Outcome)) and visit.retry is None:
        target = step.answer(target)
    visit.variables = {name: value for name, value in frame.variables.items() if name != READ_ITEMS}
    return visit


def _frame(tested: TestedState, setting: Setting, visit: Visit) -> _Frame:
    identity = _identity(setting)
    run = Run(
        setting.input,
        identify=lambda run: identity,
        type_=identity.type,
        role_arn=identity.role_arn,
        clock=setting.clock,
        limits=AWS_LIMITS,
        seed=setting.seed,
        context_overrides=None if setting.role_arn else {"Execution": {"RoleArn": None}},
    )
    run.observer = _observer(tested, setting, visit)
    run.prepare = None if setting.mock is not None else setting.dispatch.prepare
    run.begin()
    frame = _Frame(run, tested.machine, setting.input, {**setting.variables, READ_ITEMS: []}, setting.context)
    frame.steps = 1
    return frame


def _observer(tested: TestedState, setting: Setting, visit: Visit) -> Callable[[Frame, str, Any], None]:
    """Hears every stage, and makes it so at the entry that each Retrier has retried as often as is assumed:
    only the one that takes the fault matters."""
    count = setting.configuration.retrier_retry_count
    retriers = len(tested.definition.get("Retry", ()))

    def hear(frame: Frame, stage: str, value: Any) -> None:
        if stage == "input" and count:
            frame.retries = [count] * retriers
            frame.attempt = count
        visit.hear(frame, stage, value)

    return hear


def _identity(setting: Setting) -> Identity:
    """Who a test runs as: an Express execution of a machine, both with names that nobody chose (recorded)."""
    import uuid
    from random import Random

    source = Random(f"{setting.seed}/identity")
    machine, name = (str(uuid.UUID(int=source.getrandbits(128), version=4)) for _ in range(2))
    region, account = setting.region, setting.account_id
    arn = f"arn:aws:states:{region}:{account}"
    return Identity(
        f"{arn}:express:{machine}:{name}", name, f"{arn}:stateMachine:{machine}", machine,
        setting.role_arn or "", region, account, "EXPRESS", True,
    )  # fmt: skip


class _Step:
    """Runs the stages of one state. Faults lose their place: TestState's causes have no prefix (recorded)."""

    def __init__(self, tested: TestedState, setting: Setting, visit: Visit, frame: _Frame) -> None:
        self.tested = tested
        self.setting = setting
        self.visit = visit
        self.frame = frame

    def run(self, stage: Callable[[], Target]) -> Target:
        """What a stage leads to; what it raises goes to the Retriers and Catchers."""
        try:
            return stage()
        except QueryError as fault:
            return self.tested.state.decide(self.frame, StatesError(fault.error, fault.text))
        except StatesError as fault:
            return self.tested.state.decide(self.frame, fault)

    def answer(self, request: Any) -> Target:
        """Give a state what it asked for."""
        if isinstance(request, Wait):
            return self._wait(request)
        if isinstance(request, TaskRequest):
            return self._task(request)
        return self.run(lambda: self._branches(request))

    def _wait(self, wait: Wait) -> Target:
        """Nobody waits here; but what would take too long fails, and no Catcher sees it."""
        if wait.until - self.frame.entered_at > LONGEST_SECONDS:
            self.visit.fault = StatesError("States.Timeout")
            return Outcome.FAILED
        return self.run(lambda: self.tested.state.settle(self.frame, None))

    def _task(self, request: TaskRequest) -> Target:
        try:
            result = self._result(request)
        except StatesError as fault:
            return self._fail(fault)
        return self.run(lambda: self.tested.state.settle(self.frame, result))

    def _result(self, request: TaskRequest) -> Any:
        mock = self.setting.mock
        if mock is not None and mock.fails:
            raise StatesError(mock.error, mock.cause)
        if mock is not None:
            return self.setting.mock_result
        self.visit.request = request
        handler = self.setting.dispatch.find(request)
        longest = min(request.timeout_seconds or LONGEST_SECONDS, LONGEST_SECONDS)
        reply = self.setting.perform(handler, request, longest)
        if isinstance(reply, Reply):
            if reply.error is not None:
                raise reply.error
            return reply.output
        return reply

    def _fail(self, fault: StatesError) -> Target:
        return self.run(lambda: self.tested.state.fail(self.frame, fault))

    def _branches(self, group: Any) -> Target:
        """The mocked outcome of a Map or Parallel. A mocked error fails it whatever is tolerated (recorded)."""
        mock = self.setting.mock
        assert mock is not None, "a Map or Parallel without a mock is refused"
        self.frame.pending = group
        if isinstance(group, MapItems):
            self._inspect_items(group)
        fault = StatesError(mock.error, mock.cause) if mock.fails else self._too_many_failures(group)
        if fault is not None:
            self.frame.pending = None
            return self.tested.state.fail(self.frame, fault)
        return self.tested.state.settle(self.frame, self.setting.mock_result)

    def _too_many_failures(self, group: ParallelBranches | MapItems) -> StatesError | None:
        """Recorded: without a tolerance declared, a Map succeeds however many iterations failed."""
        failures = self.setting.configuration.map_iteration_failure_count
        if not failures or not isinstance(group, MapItems) or not group.tolerance.declared:
            return None
        return TOO_MANY_FAILURES if group.tolerance.exceeded(failures, group.count) else None

    def _inspect_items(self, group: MapItems) -> None:
        """What each iteration would be given, and its batches."""
        definition, frame = self.tested.definition, self.frame
        self.visit.has_items = True
        if "ItemReader" in definition and self.setting.configuration.map_item_reader_data is not None:
            group.items = self._read()
            group.count = len(group.items)
        select = group.item_input
        assert select is not None, "an observed Map tells what each iteration is given"
        for index, item in enumerate(group.items):
            frame.map_item = {"Index": index, "Value": item}
            select(frame, group.document, item)
        frame.map_item = None
        if "ItemBatcher" in definition:
            jsonata = self.tested.language == "JSONata"
            inputs = self.visit.item_inputs
            self.visit.stages["afterItemBatcher"] = batches(definition["ItemBatcher"], inputs, frame, jsonata=jsonata)

    def _read(self) -> list[Any]:
        reader = self.tested.definition["ItemReader"]
        data = self.setting.configuration.map_item_reader_data
        most = most_items(reader, self.frame, jsonata=self.tested.language == "JSONata")
        items, pointed = read_items(reader, data or "[]", most)
        if pointed is not None:
            self.visit.stages["afterItemsPointer"] = pointed
        return items
