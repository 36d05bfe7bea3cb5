"""Whether an answer is one that the AWS API could give: the check of TestState's mocks, and a teaching one.

The shape is botocore's output shape in Step Functions' spelling; for `.sync` that of the API that Step
Functions polls (`startExecution.sync:2`: DescribeExecution), for `lambda:invoke` the envelope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from asl_engine.errors import SetupError
from asl_engine.resolvers.aws.convert import kind_of
from asl_engine.resolvers.aws.integration import Integration, Job
from asl_engine.resolvers.aws.metadata import METADATA
from asl_engine.resolvers.aws.model import did_you_mean, load, members, spelled, suggestion
from asl_engine.resolvers.aws.names import Style, capitalize
from asl_engine.resolvers.aws.parameters import field_kind_problems
from asl_engine.resolvers.aws.problem import Problem, item_path, member_path
from asl_engine.resolvers.aws.resource import Target, find_target

if TYPE_CHECKING:
    from botocore.model import Shape

Mode = Literal["STRICT", "PRESENT", "NONE"]

_PREFIX: Final = "Mock result schema validation error: "


def check_result(resource: str, value: Any, mode: Mode = "STRICT") -> list[str]:
    """What AWS's TestState would say against `value` as the result of `resource`, in its words.

    STRICT checks every field and that the required ones are there, PRESENT only what is there, NONE
    nothing. Fields that the API does not have pass, as they do on AWS. TestState reports the first.
    Raises `UnknownNameError` for a resource that names no integration.
    """
    found = _check(resource, value, mode)
    return [_PREFIX + problem.aws_message for problem in found if problem.aws_message]


def check_result_detailed(resource: str, value: Any, mode: Mode = "STRICT") -> list[Problem]:
    """The same check for people: with places and "did you mean", and unknown fields are problems too."""
    return _check(resource, value, mode)


def _check(resource: str, value: Any, mode: Mode) -> list[Problem]:
    if mode not in ("STRICT", "PRESENT", "NONE"):
        raise SetupError(f"fieldValidationMode is {mode!r}; write STRICT, PRESENT or NONE")
    target = find_target(resource)
    if mode == "NONE" or target.pattern == "WAIT_FOR_TASK_TOKEN":
        return []  # what SendTaskSuccess brings is anybody's
    if target.integration and target.integration.action == "function":
        return []
    walk = _Walk(mode, target.style, _free_members(target), _extra_members(target))
    if target.integration and _has_own_result(target.integration, target.pattern):
        return _check_fields(target, value)
    _check_shapes(walk, target, value)
    return walk.problems


def _has_own_result(integration: Integration, pattern: str) -> bool:
    """Whether the result is described by the integration's row and not by an API's shape."""
    waits = integration.job is not None and pattern in ("SYNC", "SYNC_2")
    return not waits and bool(integration.result_fields or integration.handler)


def _free_members(target: Target) -> frozenset[str]:
    """Members whose value may be any JSON: `.sync:2` parses Output, `lambda:invoke` its Payload."""
    if target.integration is None or target.pattern == "SYNC":
        return frozenset()
    return target.integration.any_members


def _extra_members(target: Target) -> frozenset[str]:
    """Members that a result has beside those of the API's shape."""
    integration = target.integration
    if integration is None:
        return frozenset()
    if integration.job and integration.job.keeps_submission:
        return frozenset(METADATA) | integration.result_fields.keys()
    return frozenset(METADATA)


def _check_fields(target: Target, value: Any) -> list[Problem]:
    fields = target.integration.result_fields if target.integration else {}
    if not fields or not isinstance(value, dict):
        return []
    found = [
        Problem(
            problem.code,
            problem.path,
            problem.message,
            f"Field '{name}' must be {_KIND_WORDS[field.kinds[0]]}",
        )
        for name, field in fields.items()
        if name in value and field.kinds
        for problem in field_kind_problems(field, name, value[name])
    ]
    for name in value:
        if name not in fields and name not in METADATA:
            near = did_you_mean(suggestion(name, fields))
            found.append(Problem("UNKNOWN_FIELD", name, f"{target.name} gives no field {name!r}{near}"))
    return found


_KIND_WORDS: Final = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
}


def _check_shapes(walk: _Walk, target: Target, value: Any) -> None:
    job = target.integration.job if target.integration and target.pattern in ("SYNC", "SYNC_2") else None
    if job is None:
        walk.visit(target.operation.output_shape if target.operation else None, value, "", target.name)
        return
    answer = _poll_shape(target, job)
    walk.visit(_part(answer, value, job), value, "", f"{target.name}.sync ({job.poll})")


def _poll_shape(target: Target, job: Job) -> Any:
    model = load(job.client or target.client)
    return model.operation_model(job.poll).output_shape


def _part(shape: Any, value: Any, job: Job) -> Any:
    """The shape of the result: the polled object alone, or the API's whole answer if it is given so."""
    if job.wrapped or not job.found or not isinstance(value, dict):
        return shape if not job.wrapped else _Wrapped(job.wrapped, _below(shape, job))
    outer = capitalize(str(job.found[0]))
    return shape if outer in value else _below(shape, job)


def _below(shape: Any, job: Job) -> Any:
    for step in job.found:
        shape = shape.member if isinstance(step, int) else shape.members[step]
    return shape


@dataclass(frozen=True)
class _Wrapped:
    """A structure with the one member `name`, where AWS names a polled object so."""

    name: str
    inner: Any


@dataclass(slots=True)
class _Walk:
    mode: Mode
    style: Style
    free: frozenset[str]
    extra: frozenset[str]  # members of the whole result that no shape of the API has
    problems: list[Problem] = field(default_factory=list)

    def visit(self, shape: Shape | _Wrapped | None, value: Any, path: str, owner: str) -> None:
        if value is None and path:
            return  # as if it were absent
        if isinstance(shape, _Wrapped):
            self._wrapped(shape, value, owner)
        elif shape is None:
            if isinstance(value, dict):
                self._unknown(value, {}, path, owner)
        elif not (shape.type_name == "structure" and getattr(shape, "is_document_type", False)):
            _VISITS.get(shape.type_name, _Walk._string)(self, shape, value, path, owner)

    def _wrapped(self, shape: _Wrapped, value: Any, owner: str) -> None:
        if self._is(dict, value, "", "an object"):
            if shape.name in value:
                self.visit(shape.inner, value[shape.name], shape.name, owner)
            self._unknown(value, {shape.name: None}, "", owner)

    def _structure(self, shape: Any, value: Any, path: str, owner: str) -> None:
        if not self._is(dict, value, path, "an object"):
            return
        known = members(shape, self.style)
        if self.mode == "STRICT":
            self._required(shape, value, path, owner)
        for name, item in value.items():
            if name in known and name not in (self.free if not path else ()):
                self.visit(known[name][1], item, member_path(path, name), owner)
        self._unknown(value, known, path, owner, shape)

    def _required(self, shape: Any, value: dict[str, Any], path: str, owner: str) -> None:
        names = spelled(shape, self.style)
        for member in shape.required_members:
            name = names[member]
            if name not in value:
                near = suggestion(name, [other for other in value if other not in names.values()])
                instead = f"; it has {near!r} instead" if near else ""
                self._report(
                    "MISSING_FIELD",
                    member_path(path, name),
                    f"{owner} always gives {name!r}{instead}",
                    f"Required field '{name}' is missing",
                )

    def _unknown(
        self, value: dict[str, Any], known: Mapping[str, Any], path: str, owner: str, shape: Any = None
    ) -> None:
        for name in value:
            if name in known or (not path and name in self.extra):
                continue
            near = (shape is not None and spelled(shape, self.style).get(name)) or suggestion(name, known)
            listed = did_you_mean(near) or (f"; it has {', '.join(list(known)[:8])}" if known else "")
            place = member_path(path, name)
            self._report("UNKNOWN_FIELD", place, f"{owner} gives no field {name!r} here{listed}", "")

    def _list(self, shape: Any, value: Any, path: str, owner: str) -> None:
        if self._is(list, value, path, "an array"):
            self._bounds(shape, len(value), path, "LENGTH")
            for index, item in enumerate(value):
                self.visit(shape.member, item, item_path(path, index), owner)

    def _map(self, shape: Any, value: Any, path: str, owner: str) -> None:
        if self._is(dict, value, path, "an object"):
            for key, item in value.items():
                self.visit(shape.value, item, item_path(path, key), owner)

    def _string(self, shape: Any, value: Any, path: str, owner: str) -> None:
        if self._is(str, value, path, "a string"):
            self._bounds(shape, len(value), path, "LENGTH")
            choices = list(getattr(shape, "enum", None) or ())
            if choices and value not in choices:
                near = did_you_mean(suggestion(value, choices)) or f"; it gives {', '.join(choices[:8])}"
                self._report("VALUE", path, f"{owner} never gives {value!r} here{near}", "")

    def _moment(self, shape: Any, value: Any, path: str, owner: str) -> None:
        if not self._is(str, value, path, "a string"):
            return
        try:
            datetime.fromisoformat(value)
        except ValueError:
            self._report("VALUE", path, f"{value!r} is no ISO-8601 time such as 2024-05-01T12:00:00Z", "")

    def _number(self, shape: Any, value: Any, path: str, owner: str) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong(value, path, "a number")
            return
        self._bounds(shape, value, path, "RANGE")
        whole = shape.type_name in ("integer", "long")
        if whole and isinstance(value, float) and not value.is_integer():
            self._report("WRONG_TYPE", path, f"must be a whole number, not {value}", "")

    def _boolean(self, shape: Any, value: Any, path: str, owner: str) -> None:
        self._is(bool, value, path, "a boolean")

    def _is(self, kind: type, value: Any, path: str, words: str) -> bool:
        if isinstance(value, kind):
            return True
        self._wrong(value, path, words)
        return False

    def _wrong(self, value: Any, path: str, words: str) -> None:
        self._report(
            "WRONG_TYPE",
            path,
            f"must be {words}, not {kind_of(value)}",
            f"Field '{_last(path)}' must be {words}",
        )

    def _bounds(self, shape: Any, size: float, path: str, code: str) -> None:
        least, most = _RECORDED_BOUNDS.get(shape.name) or (
            shape.metadata.get("min"),
            shape.metadata.get("max"),
        )
        smaller, larger = _BOUND_WORDS[code]
        if least is not None and size < float(least):
            self._report(code, path, f"{size:g} is less than {least}", f"Field '{_last(path)}' {smaller}")
        elif most is not None and size > float(most):
            self._report(code, path, f"{size:g} is more than {most}", f"Field '{_last(path)}' {larger}")

    def _report(self, code: str, path: str, message: str, aws_message: str) -> None:
        self.problems.append(Problem(code, path, message, aws_message))


_RECORDED_BOUNDS: Final = {
    # strict-mode-aws-sdk-lambda-get-function-task.integer-more-than-maximum-allowed: botocore allows more.
    "MemorySize": (128, 10240),
}

_BOUND_WORDS: Final = {
    "LENGTH": ("is smaller than the minimum length", "exceeds the maximum length"),
    "RANGE": ("is less than the minimum value", "exceeds the maximum value"),
}


def _last(path: str) -> str:
    """The innermost name of a place, as AWS says it: `Entries[0].EventId` is EventId."""
    return path.rsplit(".", 1)[-1].split("[", 1)[0]


_VISITS: Final[dict[str, Callable[[_Walk, Any, Any, str, str], None]]] = {
    "structure": _Walk._structure,
    "list": _Walk._list,
    "map": _Walk._map,
    "string": _Walk._string,
    "blob": _Walk._string,
    "timestamp": _Walk._moment,
    "integer": _Walk._number,
    "long": _Walk._number,
    "float": _Walk._number,
    "double": _Walk._number,
    "boolean": _Walk._boolean,
}
