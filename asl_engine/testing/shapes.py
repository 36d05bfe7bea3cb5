"""Whether a mock's answer is one that the API could give, asked once for each resource and answer."""

from __future__ import annotations

from typing import Any, Final

from asl_engine.values import write_json

_MOST_KEPT: Final = 4096
_known: Final[dict[tuple[str, str], str]] = {}


def shape_problem(resource: str, result: Any) -> str:
    """What is wrong with `result` as the result of `resource`, in words; empty where nothing is."""
    if ":states:::" not in resource:
        return ""  # a function or an activity gives what it likes
    if ":states:::lambda:invoke" in resource and _is_plain_envelope(result):
        return ""
    key = resource, write_json(result)
    problem = _known.get(key)
    if problem is None:
        if len(_known) >= _MOST_KEPT:
            _known.clear()
        problem = _known[key] = _checked(resource, result)
    return problem


def _is_plain_envelope(result: Any) -> bool:
    """An envelope that we made ourselves has AWS's shape."""
    return isinstance(result, dict) and len(result) == 5 and result.get("ExecutedVersion") == "$LATEST"


def _checked(resource: str, result: Any) -> str:
    from asl_engine.resolvers.aws.contract import check_result_detailed
    from asl_engine.resolvers.aws.model import UnknownNameError

    try:
        return "; ".join(str(problem) for problem in check_result_detailed(resource, result))
    except UnknownNameError as error:
        return str(error)
