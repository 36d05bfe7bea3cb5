"""What an optimised integration is made of: data in one row, with functions where AWS does more.

Everything a row says is in the API's own spelling (botocore's), except `fill`, `prepare`, `any_members` and
`result`, which see the task's parameters and result as Step Functions spells them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asl_engine.machine.task_request import TaskRequest

if TYPE_CHECKING:
    from asl_engine.resolvers.aws.call import Caller
    from asl_engine.resolvers.aws.problem import Problem

PATTERNS: Final = {
    "RESPONSE": "",
    "SYNC": ".sync",
    "SYNC_2": ".sync:2",
    "WAIT_FOR_TASK_TOKEN": ".waitForTaskToken",
}
RESPONSE: Final = frozenset({"RESPONSE"})
SYNC: Final = frozenset({"RESPONSE", "SYNC"})
TOKEN: Final = frozenset({"RESPONSE", "WAIT_FOR_TASK_TOKEN"})
SYNC_AND_TOKEN: Final = SYNC | TOKEN

Answer = Mapping[str, Any]
"""An API's answer as botocore parsed it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member of a result that no API's model describes: its JSON kinds."""

    kinds: tuple[str, ...] = ()  # "string", "number", "boolean", "object", "array"; none: any JSON
    required: bool = False
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Job:
    """How `.sync` waits for what the first call started, and how a stopped execution stops it.

    `identify(first answer, its parameters)` gives the parameters of `poll` (and of `stop`, unless
    `identify_stop` is there). `status` is the path of the status in the poll's answer, `found` the path
    of the object that the result is made of; `wrapped` names it again where the result has it so. A
    status in neither `succeeded` nor `failed` means: not yet.
    """

    poll: str
    identify: Callable[[Answer, Answer], dict[str, Any]]
    status: tuple[str | int, ...]
    succeeded: frozenset[str]
    failed: frozenset[str]
    found: tuple[str | int, ...] = ()
    wrapped: str = ""
    keeps_submission: bool = False  # whether the result also has what the first call gave
    stop: str = ""
    identify_stop: Callable[[Answer, Answer], dict[str, Any]] | None = None
    verdict: Callable[[Answer], bool | None] | None = None  # instead of the status, where that is not all
    gone: str = ""  # the error that means "succeeded" where the job is a deletion
    client: str = ""  # the service that is polled, where it is another one
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Integration:
    """One optimised integration: `service:action` of the resource and the API operation behind it.

    `error_prefix` and `error_service` are the names in errors (`SQS`, `AmazonSQS`), `generic_error` the
    class of an error that the API does not model. `any_members` are fields whose value may be any JSON.
    """

    service: str
    action: str
    client: str
    operation: str
    error_prefix: str
    error_service: str
    generic_error: str
    patterns: frozenset[str] = RESPONSE
    metadata: bool = True  # whether the result has SdkHttpMetadata and SdkResponseMetadata
    job: Job | None = None
    any_members: frozenset[str] = frozenset()
    fill: Callable[[TaskRequest, dict[str, Any]], dict[str, Any]] | None = None  # what TaskScheduled shows as added
    prepare: Callable[[TaskRequest, dict[str, Any]], dict[str, Any]] | None = None
    finish: Callable[[dict[str, Any], Answer], dict[str, Any]] | None = None
    accept: Callable[[TaskRequest, dict[str, Any]], None] | None = None  # raises for a first answer that failed
    result: Callable[[TaskRequest, dict[str, Any]], Any] | None = None  # the last word on the result
    fields: Mapping[str, Field] = field(default_factory=dict)  # the parameters, where no API's shape has them
    result_fields: Mapping[str, Field] = field(default_factory=dict)  # the result's, likewise
    check: Callable[[dict[str, Any]], list[Problem]] | None = None
    handler: Callable[[TaskRequest, Caller], Awaitable[Any]] | None = None

    @property
    def name(self) -> str:
        """`sqs:sendMessage`."""
        return f"{self.service}:{self.action}"


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """The value at `path` in an answer, None where there is none."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def taken(**paths: str) -> Callable[[Answer, Answer], dict[str, Any]]:
    """An `identify` that copies fields: `taken(JobName="<JobName", RunId="JobRunId")`.

    A path starts with `<` where it is taken from the parameters, else it is from the first answer;
    steps are parted by dots, digits index arrays, and a path in brackets makes an array of one.
    """
    return lambda answer, parameters: {name: _take(path, answer, parameters) for name, path in paths.items() if path}


def _take(path: str, answer: Answer, parameters: Answer) -> Any:
    if path.startswith("["):
        return [_take(path[1:-1], answer, parameters)]
    source = parameters if path.startswith("<") else answer
    steps = path.removeprefix("<").split(".")
    return at(source, tuple(int(step) if step.isdigit() else step for step in steps))
