"""The way of the data through a machine, followed once: which state reads what of the input and of which result.

It follows every transition, Catchers too, with what is known of the data there; a state is gone through again
only while something new comes in. What a state computes says nothing about the input; what it reads does.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from asl_engine.states.resource import parse_resource
from asl_engine.testing import strategies_jsonata as jsonata
from asl_engine.testing import strategies_jsonpath as jsonpath
from asl_engine.testing.strategies_shapes import Known, Shape, is_a, item, lay

_MOST_VISITS: Final = 3
_NUMBERS: Final = (
    "SecondsPath", "TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
)  # fmt: skip
_FIELDS_OF_JSONATA: Final = (
    "Arguments", "Seconds", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency", "Error", "Cause",
    "ToleratedFailureCount", "ToleratedFailurePercentage", "Credentials",
)  # fmt: skip
_ERROR: Final[Known] = {"Error": None, "Cause": None}


@dataclass(frozen=True)
class DataNeeds:
    """The shape of a machine's input, and of the result of each Task (of `lambda:invoke`: of its Payload)."""

    input: Shape
    results: dict[str, Shape]


Variables = Mapping[str, Known]
Exit = tuple[str, Known, Variables]
"""(name of the next state, what it gets, the variables)."""


def needs_of(definition: dict[str, Any]) -> DataNeeds:
    """What a checked definition reads of its input and of its tasks' results."""
    flow = _Flow(definition.get("QueryLanguage", "JSONPath"))
    needs = DataNeeds(Shape(), flow.results)
    flow.execution = {"Execution": {"Input": needs.input}}
    flow.machine(definition, needs.input, {})
    return needs


class _Flow:
    def __init__(self, language: str) -> None:
        self.results: dict[str, Shape] = {}
        self.execution: dict[str, Known] = {}
        self._language = language

    def machine(self, definition: dict[str, Any], given: Known, variables: Variables, context: Known = None) -> None:
        """Go through a machine, from its StartAt on."""
        waiting: deque[Exit] = deque([(definition["StartAt"], given, variables)])
        visits: Counter[str] = Counter()
        seen: set[tuple[str, int]] = set()
        while waiting:
            name, known, names = waiting.popleft()
            if visits[name] >= _MOST_VISITS or (name, id(known)) in seen:
                continue
            visits[name] += 1
            seen.add((name, id(known)))
            state = definition["States"][name]
            is_jsonata = state.get("QueryLanguage", self._language) == "JSONata"
            visit = (_JsonataVisit if is_jsonata else _JsonPathVisit)(self, name, state, known, names, context)
            waiting.extend(visit.exits())

    def result(self, name: str, state: dict[str, Any]) -> Known:
        """The result of a Task, whose shape is gathered."""
        shape = self.results.setdefault(name, Shape())
        resource = parse_resource(state["Resource"])
        is_invoke = (resource.service, resource.kind) == ("lambda", "service")
        return (
            {"Payload": shape, "StatusCode": None}
            if is_invoke and resource.integration != "WAIT_FOR_TASK_TOKEN"
            else shape
        )


class _Visit:
    """One state with what is known of its input."""

    def __init__(
        self, flow: _Flow, name: str, state: dict[str, Any], given: Known, variables: Variables, context: Known
    ) -> None:
        self.flow = flow
        self.name = name
        self.state = state
        self.given = given
        self.variables = variables
        self.context: dict[str, Known] = {**flow.execution, **(context if isinstance(context, dict) else {})}

    def exits(self) -> Iterator[Exit]:
        raise NotImplementedError

    def inner_machines(self, given: Known, of_items: Known) -> None:
        """Go through what a Map or Parallel holds."""
        for field in ("ItemProcessor", "Iterator"):
            if field in self.state:
                self.flow.machine(self.state[field], of_items, self.variables, self.item_context(of_items))
        for branch in self.state.get("Branches", ()):
            self.flow.machine(branch, given, self.variables, self.context)

    def item_context(self, of_items: Known) -> Known:
        """The context object of an iteration."""
        return {**self.context, "Map": {"Item": {"Value": of_items, "Index": None}}}

    def merged(self, assigned: Known) -> Variables:
        """The variables after an Assign."""
        return {**self.variables, **assigned} if isinstance(assigned, dict) else self.variables


class _JsonPathVisit(_Visit):
    def exits(self) -> Iterator[Exit]:
        state = self.state
        effective = self._read(state.get("InputPath", "$"), self.given)
        for field in _NUMBERS:
            is_a(self._read(state.get(field), effective), "number")
        is_a(self._read(state.get("TimestampPath"), effective), "timestamp")
        for field in ("ErrorPath", "CausePath"):
            is_a(self._read(state.get(field), effective), "string")
        if state["Type"] == "Choice":
            yield from self._choice(effective)
            return
        payload = effective
        if "Parameters" in state and state["Type"] != "Map":
            payload = self._template(state["Parameters"], effective)
        result = self._result(effective, payload)
        names = self.merged(self._template(state.get("Assign"), result))
        if "ResultSelector" in state:
            result = self._template(state["ResultSelector"], result)
        output = self._read(state.get("OutputPath", "$"), self._placed(state.get("ResultPath", "$"), effective, result))
        if "Next" in state:
            yield state["Next"], output, names
        for catcher in state.get("Catch", ()):
            caught = self._placed(catcher.get("ResultPath", "$"), self.given, _ERROR)
            yield catcher["Next"], caught, self.merged(self._template(catcher.get("Assign"), _ERROR))

    def _result(self, effective: Known, payload: Known) -> Known:
        state = self.state
        if state["Type"] == "Task":
            return self.flow.result(self.name, state)
        if state["Type"] in ("Map", "Parallel"):
            self.inner_machines(payload, self._items(effective) if state["Type"] == "Map" else None)
            return None
        return None if "Result" in state else payload

    def _items(self, effective: Known) -> Known:
        of_items = item(self._read(self.state.get("ItemsPath", "$"), effective))
        selector = self.state.get("ItemSelector", self.state.get("Parameters"))
        if selector is None:
            return of_items
        seen = jsonpath.Seen(effective, self.variables, self.item_context(of_items))
        return jsonpath.template(selector, seen)

    def _choice(self, effective: Known) -> Iterator[Exit]:
        seen = jsonpath.Seen(effective, self.variables, self.context)
        output = self._read(self.state.get("OutputPath", "$"), effective)
        for rule in self.state["Choices"]:
            jsonpath.rule(rule, seen)
            yield rule["Next"], output, self.merged(self._template(rule.get("Assign"), effective))
        if "Default" in self.state:
            yield self.state["Default"], output, self.merged(self._template(self.state.get("Assign"), effective))

    def _placed(self, result_path: Any, below: Known, result: Known) -> Known:
        if result_path == "$":
            return result
        names = [] if result_path is None else result_path.removeprefix("$").strip(".").split(".")
        return lay(below, names, result) if names else below

    def _read(self, path: Any, document: Known) -> Known:
        return jsonpath.read(path, jsonpath.Seen(document, self.variables, self.context))

    def _template(self, node: Any, document: Known) -> Known:
        return jsonpath.template(node, jsonpath.Seen(document, self.variables, self.context))


class _JsonataVisit(_Visit):
    def exits(self) -> Iterator[Exit]:
        state = self.state
        for field in _FIELDS_OF_JSONATA:
            if field in state:
                self._template(state[field])
        if state["Type"] == "Choice":
            yield from self._choice()
            return
        result = self._result()
        output, names = self._left(state, result, self.given if state["Type"] in ("Pass", "Wait") else result)
        if "Next" in state:
            yield state["Next"], output, names
        for catcher in state.get("Catch", ()):
            caught, names = self._left(catcher, None, _ERROR, _ERROR)
            yield catcher["Next"], caught, names

    def _result(self) -> Known:
        state = self.state
        if state["Type"] == "Task":
            return self.flow.result(self.name, state)
        if state["Type"] == "Parallel":
            self.inner_machines(self._template(state["Arguments"]) if "Arguments" in state else self.given, None)
        elif state["Type"] == "Map":
            of_items = item(self._template(state["Items"]) if "Items" in state else self.given)
            if "ItemSelector" in state:
                of_items = self._template(state["ItemSelector"], context=self.item_context(of_items))
            self.inner_machines(None, of_items)
        return None

    def _choice(self) -> Iterator[Exit]:
        for rule in self.state["Choices"]:
            self._condition(rule["Condition"])
            yield rule["Next"], *self._left(rule, None, self.given)
        if "Default" in self.state:
            yield self.state["Default"], *self._left(self.state, None, self.given)

    def _condition(self, text: Any) -> None:
        from asl_engine.query.jsonata import parse
        from asl_engine.query.template_jsonata import is_jsonata

        if is_jsonata(text):
            jsonata.condition(parse(text[2:-2]), self._sight(None, None, None))

    def _left(
        self, part: dict[str, Any], result: Known, otherwise: Known, error: Known = None
    ) -> tuple[Known, Variables]:
        output = self._template(part["Output"], result, error) if "Output" in part else otherwise
        names = self.merged(self._template(part["Assign"], result, error)) if "Assign" in part else self.variables
        return output, names

    def _template(self, node: Any, result: Known = None, error: Known = None, context: Known = None) -> Known:
        return jsonata.template(node, self._sight(result, error, context))

    def _sight(self, result: Known, error: Known, context: Known) -> jsonata.Sight:
        states = {"input": self.given, "result": result, "errorOutput": error, "context": context or self.context}
        return jsonata.Sight(states, self.variables)
