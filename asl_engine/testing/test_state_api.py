"""`test_state`: AWS's TestState API, here or there. One request, the same for both.

response = test_state(definition=state, input={"total": 120}, mock={"result": {"Payload": {"ok": True}}})
assert response["status"] == "SUCCEEDED"
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from asl_engine.drivers.virtual import VirtualClock
from asl_engine.errors import AslError, SetupError, StatesError
from asl_engine.machine.task_request import PENDING, Dispatch, Handler, Reply, TaskRequest
from asl_engine.resolvers.chain import dispatch
from asl_engine.states.resource import parse_resource
from asl_engine.testing.test_state_context import read_context
from asl_engine.testing.test_state_definition import TestedState, all_states, nested_machines, tested_state
from asl_engine.testing.test_state_errors import refusal, validation
from asl_engine.testing.test_state_inspection import response_of
from asl_engine.testing.test_state_request import (
    Mock,
    Request,
    as_texts,
    check_parameters,
    read_input,
    read_request,
    read_variables,
)
from asl_engine.testing.test_state_visit import Setting, visit_state
from asl_engine.values import JsonTextError, NotJsonError, copy_json, read_json

Target = Literal["local", "aws"]

_MOCKABLE: Final = ("Task", "Map", "Parallel")


def test_state(
    request: Mapping[str, Any] | None = None,
    *,
    target: Target = "local",
    client: Any = None,
    tasks: Any = None,
    clock: VirtualClock | None = None,
    seed: int | str | None = None,
    region: str = "us-east-1",
    account_id: str | None = None,
    **parameters: Any,
) -> dict[str, Any]:
    """Test one state: the request and the response of AWS's TestState API.

    `request`, or keywords, are the API's parameters (`definition`, `input`, `mock`, `inspectionLevel`,
    `stateName`, ...). What AWS takes as a JSON text may also be given as the JSON value. `target="aws"`
    sends the very request to AWS through `client` (default: `boto3.client("stepfunctions")`).

    Only here: `tasks` (as of `StateMachine.run`) do the work of a Task that is not mocked; `clock` and
    `seed` fix times and names, `region` and `account_id` (default: the role's) stand in ARNs. Waits end at once;
    what the connection of an HTTP Task adds to its request is never shown, whatever `revealSecrets` says.

    Gives `status` (SUCCEEDED, FAILED, RETRIABLE, CAUGHT_ERROR), `output`, `error`, `cause`, `nextState`,
    `inspectionData`, each where AWS has it. Raises `TestStateError` with AWS's code and text for what AWS
    refuses (it is a botocore ClientError too), `SetupError` for misuse of what AWS has not.
    """
    texts = as_texts({**(request or {}), **parameters})
    if target == "aws":
        return _on_aws(texts, client)
    if target != "local":
        raise SetupError(f"target is {target!r}: write 'local' or 'aws'")
    check_parameters(texts)
    asked = read_request(texts)
    world = World(dispatch(tasks), clock, seed, region, account_id or _account_of(asked.role_arn))
    return _tested_here(asked, world)


test_state.__test__ = False  # type: ignore[attr-defined]  # of pytest: imported into a test module, it is no test


def _on_aws(texts: dict[str, Any], client: Any) -> dict[str, Any]:
    if client is None:
        import boto3

        client = boto3.client("stepfunctions")
    if not hasattr(client, "test_state"):
        raise SetupError(f"client is {client!r}: pass boto3.client('stepfunctions')")
    response = dict(client.test_state(**texts))
    response.pop("ResponseMetadata", None)
    return response


@dataclass(frozen=True, slots=True)
class World:
    """What a test here has that the API does not know."""

    dispatch: Dispatch
    clock: VirtualClock | None
    seed: int | str | None
    region: str
    account_id: str


def _account_of(role_arn: str | None) -> str:
    parts = (role_arn or "").split(":")
    return parts[4] if len(parts) > 4 and parts[4] else "123456789012"


def _tested_here(request: Request, world: World) -> dict[str, Any]:
    tested = tested_state(request.definition, request.state_name)
    _check_kind(tested, request)
    setting = Setting(
        input=read_input(request.input_text),
        variables=read_variables(request.variables_text),
        context=read_context(request.context_text, tested.definition),
        mock=request.mock,
        mock_result=_mock_result(tested, request.mock),
        configuration=request.configuration,
        role_arn=request.role_arn,
        region=world.region,
        account_id=world.account_id,
        seed=os.urandom(16).hex() if world.seed is None else str(world.seed),
        clock=time.time if world.clock is None else world.clock.now,
        dispatch=world.dispatch,
        perform=_perform,
    )
    return response_of(tested, visit_state(tested, setting), request.level)


def _check_kind(tested: TestedState, request: Request) -> None:
    """What a state of this type needs or does not take."""
    kind = tested.definition["Type"]
    if request.mock is not None and kind not in _MOCKABLE:
        raise validation(f"State type '{kind}' is not supported when a mock is specified")
    if request.mock is None:
        _check_unmocked(tested, request)
    cause = request.configuration.error_caused_by_state
    inside = [name for machine in nested_machines(tested.definition) for name, _ in all_states(machine)]
    if cause is not None and cause not in inside:
        raise validation(f"ErrorCausedByState '{cause}' is not a state inside of the state under test")


def _check_unmocked(tested: TestedState, request: Request) -> None:
    kind = tested.definition["Type"]
    if kind in ("Map", "Parallel"):
        raise refusal(
            "InvalidDefinition",
            "TestState API does not support Map or Parallel states. Supported state types include: "
            "[Task, Wait, Pass, Succeed, Fail, Choice]",
        )
    if kind != "Task":
        return
    resource = parse_resource(tested.definition["Resource"])
    if resource.integration != "RESPONSE":
        what = "Activity tasks" if resource.kind == "activity" else f"the resource {resource.text}"
        raise refusal("InvalidDefinition", f"TestState API does not support {what} when a mock is not specified.")
    if request.role_arn is None:
        raise validation("RoleArn must be specified when testing a Task state")


def _mock_result(tested: TestedState, mock: Mock | None) -> Any:
    """The value of a mocked result, checked as its mode says."""
    if mock is None or mock.result is None:
        return None
    try:
        value = read_json(mock.result)
    except JsonTextError:
        raise validation("Mocked result must be valid JSON") from None
    definition = tested.definition
    if definition["Type"] != "Task":
        if not isinstance(value, list) and "ResultWriter" not in definition:
            raise validation("Mocked result must be an array.")
        return value
    if mock.mode != "NONE":
        _check_fields(definition["Resource"], value, mock.mode)
    return value


def _check_fields(resource: str, value: Any, mode: Literal["STRICT", "PRESENT"]) -> None:
    from asl_engine.resolvers.aws.contract import check_result

    for problem in check_result(resource, value, mode):
        raise validation(problem)


def _perform(handler: Handler, request: TaskRequest, longest_seconds: float) -> Any:
    """The answer of whoever does the work, awaited; late or none at all is States.Timeout."""
    started = time.monotonic()
    try:
        reply = _awaited(handler, request, longest_seconds) if handler.is_async else handler.call(request)
    except (AslError, AssertionError):
        raise
    except Exception as error:
        raise SetupError(
            f"the resolver {handler.label} raised {type(error).__name__}: {error} for the state "
            f"{request.state!r}; to fail the task, raise asl_engine.StatesError(error, cause)"
        ) from error
    after = reply.after_seconds if isinstance(reply, Reply) else 0.0
    if reply is PENDING or time.monotonic() - started + after > longest_seconds:
        raise StatesError("States.Timeout")
    if isinstance(reply, Reply):
        return reply
    try:
        return copy_json(reply)
    except NotJsonError as error:
        raise StatesError("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _awaited(handler: Handler, request: TaskRequest, longest_seconds: float) -> Any:
    import anyio

    from asl_engine.drivers.portal import running_loop

    if running_loop() is None:
        return anyio.run(_in_time, handler.call, request, longest_seconds)
    raise SetupError(
        f"the handler {handler.label} is async and test_state was called inside an event loop: "
        "await anyio.to_thread.run_sync(lambda: test_state(...)), or give the task a mock"
    )


async def _in_time(call: Callable[[TaskRequest], Any], request: TaskRequest, longest_seconds: float) -> Any:
    import anyio

    with anyio.move_on_after(longest_seconds):
        return await call(request)
    raise StatesError("States.Timeout")
