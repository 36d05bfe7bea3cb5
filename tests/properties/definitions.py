"""Random definitions that are mostly valid: all state types, both query languages, nested, Retry and Catch.

Expressions and paths come from small pools in which some always lead somewhere, some only for some
inputs, and some are of the wrong type: what matters is that whatever happens is a fault of the run.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Draw = st.DrawFn
Definition = dict[str, Any]

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:F"
RESOURCES = (
    LAMBDA,
    LAMBDA,
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "arn:aws:states:::dynamodb:getItem",
    "arn:aws:states:::aws-sdk:s3:getObject",
    "arn:aws:states:::states:startExecution.sync:2",
    "arn:aws:states:us-east-1:123456789012:activity:Work",
)
PARAMETERS: dict[str, Any] = {
    "lambda:invoke": {"FunctionName": "F"},
    "sqs:": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "m"},
    "dynamodb:": {"TableName": "T", "Key": {"id": {"S": "1"}}},
    "s3:": {"Bucket": "b", "Key": "k"},
    "states:": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Other", "Input": {}},
}
ERRORS = ("States.ALL", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout", "Boom", "Custom",
          "States.QueryEvaluationError", "States.DataLimitExceeded")  # fmt: skip
PATHS = ("$", "$", "$", "$.a", "$.a.b", "$.n", "$.list", "$.list[0]", "$.list[*].n", "$..n", "$$.State.Name",
         "$$.Execution.Input", "$v")  # fmt: skip
REFERENCE_PATHS = ("$", "$", "$", "$.a", "$.out", "$.a.deep.er", None)
INTRINSICS = ("States.Format('{}-{}', $.a, 'x')", "States.Array($, 1)", "States.MathAdd($.n, 1)", "States.UUID()",
              "States.ArrayLength($.list)", "States.JsonToString($)")  # fmt: skip
JSONATA = (
    "{% $states.input %}", "{% $states.input %}", "{% $exists($states.input.a) %}", "{% $states.input.a %}",
    "{% $states.input.n + 1 %}", "{% $v %}",
    "{% $sum($states.input.list.n) %}", "{% $states.context.State.Name %}", "{% $uuid() %}",
    "{% [$states.input.list.n] %}", "{% $states.input.missing %}", "{% {'n': $states.input.n, 'list': [1, 2]} %}",
    "{% 'text' & $states.input.a %}", "{% $map([1, 2], function($x) { $x * 2 }) %}", "{% $error('Custom') %}",
)  # fmt: skip
RESULTS: tuple[Any, ...] = (None, True, 0, 1.5, "text", [], {}, [1, 2], {"n": 3, "list": [{"n": 1}]}, {"a": {"b": 1}})

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(-4, 4, width=16), st.sampled_from(["", "x", "é€😀"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "n", "list"]), inner, max_size=3)
    ),
    max_leaves=6,
)
numbered = st.lists(st.fixed_dictionaries({"n": st.integers(-2, 4)}), min_size=1, max_size=5)
complete = st.fixed_dictionaries({"a": st.just({"b": "x"}) | values, "n": st.integers(0, 4), "list": numbered})
inputs = st.one_of(
    complete,
    complete,
    st.fixed_dictionaries(
        {},
        optional={
            "a": values,
            "n": st.integers(-2, 4),
            "list": st.lists(st.fixed_dictionaries({"n": st.integers(-2, 4)}), max_size=5),
        },
    ),
    values,
)


class Builder:
    """Draws one definition. State names are unique in the whole machine."""

    def __init__(self, draw: Draw, language: str) -> None:
        self.draw = draw
        self.language = language
        self.count = 0

    def machine(self, depth: int = 0) -> Definition:
        """A machine, or the body of a branch or an item processor."""
        number = self.draw(st.integers(1, 4 if depth == 0 else 2))
        names = [self._name() for _ in range(number)]
        states: dict[str, Definition] = {}
        for place, name in enumerate(names):
            following = names[place + 1] if place + 1 < number else None
            states[name] = self._state(names, following, depth)
        body: Definition = {"StartAt": names[0], "States": states}
        if depth == 0:
            body["QueryLanguage"] = self.language
            if self._chance(8):
                body["TimeoutSeconds"] = self.draw(st.integers(1, 100))
        return body

    def _name(self) -> str:
        self.count += 1
        return f"S{self.count}"

    def _chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == 1

    def _pick(self, pool: Any) -> Any:
        return self.draw(st.sampled_from(pool))

    def _state(self, names: list[str], following: str | None, depth: int) -> Definition:
        kinds = ["Pass", "Pass", "Task", "Task", "Task", "Wait"]
        kinds += ["Choice", "Choice"] if following is not None else ["Succeed", "Fail"]
        if depth < 2:
            kinds += ["Map", "Map", "Parallel", "Parallel"]
        kind = self._pick(kinds)
        jsonata = self.language == "JSONata" or self._chance(6)
        state: Definition = {"Type": kind}
        if jsonata and self.language != "JSONata":
            state["QueryLanguage"] = "JSONata"
        if kind == "Choice":
            return {**state, **self._choice(names, following, jsonata)}
        if kind == "Fail":
            return {**state, **self._fail(jsonata)}
        state.update(getattr(self, f"_{kind.lower()}")(jsonata, depth))
        state.update(self._data_flow(kind, jsonata))
        if kind in ("Task", "Map", "Parallel"):
            state.update(self._errors(names, jsonata))
        if kind != "Succeed":
            state.update({"End": True} if following is None else {"Next": following})
        return state

    # ---- state types

    def _pass(self, jsonata: bool, depth: int) -> Definition:
        if jsonata or self._chance(2):
            return {}
        return {"Result": self._pick(RESULTS)}

    def _succeed(self, jsonata: bool, depth: int) -> Definition:
        return {}

    def _task(self, jsonata: bool, depth: int) -> Definition:
        resource = self._pick(RESOURCES)
        state: Definition = {"Resource": resource}
        given = next((fixed for part, fixed in PARAMETERS.items() if part in resource), None)
        if given is not None:
            state["Arguments" if jsonata else "Parameters"] = given
        if self._chance(3):
            state["TimeoutSeconds"] = self.draw(st.integers(3, 20))
            if self._chance(2):
                state["HeartbeatSeconds"] = self.draw(st.integers(1, 2))
        return state

    def _wait(self, jsonata: bool, depth: int) -> Definition:
        if self._chance(4):
            return {"Timestamp": "2024-01-01T00:00:05Z"}
        if jsonata and self._chance(3):
            return {"Seconds": "{% $states.input.n %}"}
        if not jsonata and self._chance(3):
            return {"SecondsPath": "$.n"}
        return {"Seconds": self.draw(st.integers(0, 5))}

    def _fail(self, jsonata: bool) -> Definition:
        forms: list[Definition] = [{}, {"Error": "Custom", "Cause": "as told"}]
        forms += [{"Error": "{% $states.input.a %}"}] if jsonata else [{"ErrorPath": "$.a", "CausePath": "$.n"}]
        return dict(self._pick(forms))

    def _choice(self, names: list[str], following: str | None, jsonata: bool) -> Definition:
        rules = [self._rule(names, jsonata) for _ in range(self.draw(st.integers(1, 2)))]
        state: Definition = {"Choices": rules, "Default": following}
        if self._chance(5) and following is not None:
            rules[0]["Next"] = following
            del state["Default"]
        return state

    def _rule(self, names: list[str], jsonata: bool) -> Definition:
        target = {"Next": self._pick(names)}
        if jsonata:
            condition = self._pick(
                ("{% $states.input.n > 1 %}", "{% $exists($states.input.a) %}", "{% $v %}", "{% false %}")
            )
            return {"Condition": condition, **target}
        test = self._pick((
            {"Variable": "$.n", "NumericGreaterThan": 1},
            {"Variable": "$.a", "IsPresent": True},
            {"Variable": "$.a", "StringMatches": "x*"},
            {"And": [{"Variable": "$.n", "IsNumeric": True}, {"Not": {"Variable": "$.n", "NumericLessThan": 2}}]},
            {"Variable": "$v", "BooleanEquals": True},
        ))  # fmt: skip
        return {**test, **target}

    def _parallel(self, jsonata: bool, depth: int) -> Definition:
        return {"Branches": [self.machine(depth + 1) for _ in range(self.draw(st.integers(1, 3)))]}

    def _map(self, jsonata: bool, depth: int) -> Definition:
        state: Definition = {"ItemProcessor": self.machine(depth + 1)}
        if self._chance(2):
            state["MaxConcurrency"] = self.draw(st.integers(0, 3))
        if self._chance(4):
            state["ToleratedFailureCount"] = self.draw(st.integers(0, 2))
        if self._chance(6):
            state["ToleratedFailurePercentage"] = self.draw(st.integers(0, 100))
        if jsonata:
            state["Items"] = self._pick(([1, 2, 3], "{% [1..4] %}", "{% $states.input.list %}", [{"n": 1}]))
            if self._chance(3):
                state["ItemSelector"] = {"n": "{% $states.context.Map.Item.Index %}", "a": self._pick(JSONATA)}
            return state
        state["ItemsPath"] = self._pick(("$.list", "$.list", "$", "$.a", "$.list[*].n"))
        if self._chance(3):
            state["ItemSelector"] = {"n.$": "$$.Map.Item.Index", "a.$": self._pick(PATHS)}
        return state

    # ---- fields that several have

    def _data_flow(self, kind: str, jsonata: bool) -> Definition:
        fields: Definition = {}
        if jsonata:
            if self._chance(3):
                fields["Output"] = self._pick((*JSONATA, {"n": 2, "list": "{% [$states.input.list] %}"}))
            if kind != "Succeed" and self._chance(3):
                fields["Assign"] = {"v": self._pick(JSONATA)}
            return fields
        if self._chance(5):
            fields["InputPath"] = self._pick((*PATHS, None))
        if self._chance(5):
            fields["OutputPath"] = self._pick((*PATHS, None))
        if kind in ("Pass", "Task", "Map", "Parallel"):
            if self._chance(3):
                fields["ResultPath"] = self._pick(REFERENCE_PATHS)
            if kind in ("Task", "Map", "Parallel") and self._chance(6):
                fields["ResultSelector"] = {"r.$": self._pick(PATHS), "n": 1}
        if kind in ("Pass", "Parallel") and self._chance(4):
            fields["Parameters"] = {"a.$": self._pick((*PATHS, *INTRINSICS)), "n": 2, "list": [{"n": 1}]}
        if kind != "Succeed" and self._chance(4):
            fields["Assign"] = {"v.$": self._pick(PATHS)}
        return fields

    def _errors(self, names: list[str], jsonata: bool) -> Definition:
        fields: Definition = {}
        if self._chance(3):
            fields["Retry"] = [self._retrier() for _ in range(self.draw(st.integers(1, 2)))]
        if self._chance(3):
            catcher: Definition = {"ErrorEquals": ["States.ALL"], "Next": self._pick(names)}
            if self._chance(2):
                catcher["ErrorEquals"] = [self._pick(ERRORS[1:])]
            if self._chance(3):
                catcher.update(
                    {"Output": self._pick(JSONATA)} if jsonata else {"ResultPath": self._pick(REFERENCE_PATHS)}
                )
            fields["Catch"] = [catcher]
        return fields

    def _retrier(self) -> Definition:
        retrier: Definition = {"ErrorEquals": [self._pick(ERRORS[1:])], "IntervalSeconds": self.draw(st.integers(1, 3))}
        retrier["MaxAttempts"] = self.draw(st.integers(0, 2))
        if self._chance(3):
            retrier["JitterStrategy"] = "FULL"
        if self._chance(3):
            retrier["BackoffRate"] = 1.5
        return retrier


@st.composite
def definitions(draw: Draw) -> Definition:
    """A whole machine's definition; nearly all of them pass the checks."""
    return Builder(draw, draw(st.sampled_from(["JSONPath", "JSONata"]))).machine()
