"""Plausible answers made from an API's output shape: for dry runs, and as the start of a mock."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.resolvers.aws.convert import response_value
from asl_engine.resolvers.aws.model import load, page_tokens
from asl_engine.resolvers.aws.resource import Target, find_target

_DEEPEST: Final = 4
_FAILURES: Final = frozenset({"FunctionError"})  # members that are only there when something failed
_MOMENT: Final = "2000-01-01T00:00:00Z"


def example_result(resource: str) -> Any:
    """A result of the shape that `resource` gives, in Step Functions' spelling: to copy a mock from.

    `resource` is as for `check_result`. Texts name their member, lists have one item, times are texts.
    """
    return example_of(find_target(resource), "example")


def example_of(target: Target, prefix: str) -> Any:
    """A result of a target's shape; `prefix` stands before every text."""
    integration = target.integration
    if integration is not None and integration.action == "function":
        return {}
    if integration is not None and integration.result_fields and target.pattern not in ("SYNC", "SYNC_2"):
        return {name: f"{prefix}-{name}" for name in integration.result_fields}
    shape, wrapped = _result_shape(target)
    answer = _last_page(target, example_answer(shape, prefix))
    # Times as texts in both generations: TestState wants them so in a mock.
    result = _with_texts_for_times(response_value(shape, answer, target.style))
    if target.pattern != "SYNC" and integration is not None:
        result = {name: {} if name in integration.any_members else item for name, item in result.items()}
    return {wrapped: result} if wrapped else result


def _last_page(target: Target, answer: dict[str, Any]) -> dict[str, Any]:
    """Without a token of a next page: a workflow that reads pages would never come to the last one."""
    if target.operation is None or not target.client:
        return answer
    tokens = page_tokens(target.client, str(target.operation.name))
    return {name: item for name, item in answer.items() if name not in tokens}


def _with_texts_for_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_texts_for_times(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_texts_for_times(item) for item in value]
    return _MOMENT if value.__class__ is int and value == _MOMENT_MILLISECONDS else value


_MOMENT_MILLISECONDS: Final = 946_684_800_000


def _result_shape(target: Target) -> tuple[Any, str]:
    job = target.integration.job if target.integration else None
    if job is None or target.pattern not in ("SYNC", "SYNC_2"):
        return (target.operation.output_shape if target.operation else None), ""
    shape: Any = load(job.client or target.client).operation_model(job.poll).output_shape
    for step in job.found:
        shape = shape.member if isinstance(step, int) else shape.members[step]
    return shape, job.wrapped


def example_answer(shape: Any, prefix: str) -> Any:
    """An answer as botocore would parse it: every member there, lists of one, texts that name the member."""
    return {} if shape is None else _example(shape, shape.name, prefix, 0)


def _example(shape: Any, name: str, prefix: str, depth: int) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, prefix, depth)
    if kind == "list":
        return [_example(shape.member, name, prefix, depth + 1)] if depth < _DEEPEST else []
    if kind in ("integer", "long", "float", "double"):
        least = shape.metadata.get("min", 0)
        return int(least) if kind in ("integer", "long") else float(least)
    fixed: dict[str, Any] = {"map": {}, "blob": b"{}", "boolean": False, "timestamp": _MOMENT}
    return fixed[kind] if kind in fixed else _text(shape, f"{prefix}-{name}")


def _structure(shape: Any, prefix: str, depth: int) -> dict[str, Any]:
    if depth > 3 * _DEEPEST or getattr(shape, "is_document_type", False):
        return {}
    all_names = [name for name in shape.members if name not in _FAILURES]
    names = shape.required_members if depth >= _DEEPEST else all_names
    return {name: _example(shape.members[name], name, prefix, depth + 1) for name in names}


def _text(shape: Any, text: str) -> str:
    choices = list(getattr(shape, "enum", None) or ())
    return choices[0] if choices else text.ljust(int(shape.metadata.get("min", 0)), "x")
