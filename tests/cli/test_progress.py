from typing import Any

import asl_engine
from asl_engine.cli.progress import Happening, Progress

WAIT = {"Type": "Wait", "Seconds": 1, "End": True}


def followed(definition: dict[str, Any], given: Any, tasks: Any = None) -> tuple[Progress, list[Happening]]:
    machine = asl_engine.StateMachine(definition)
    result = machine.run(given, tasks=tasks, clock=asl_engine.VirtualClock())
    progress = Progress()
    return progress, list(progress.feed(result.history))


def nested() -> dict[str, Any]:
    inner = {"Type": "Map", "ItemProcessor": {"StartAt": "Nap", "States": {"Nap": WAIT}}, "End": True}
    both = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "Rest", "States": {"Rest": WAIT}}, {"StartAt": "Inner", "States": {"Inner": inner}}],
        "End": True,
    }
    outer = {"Type": "Map", "ItemProcessor": {"StartAt": "Both", "States": {"Both": both}}, "End": True}
    return {"StartAt": "Outer", "States": {"Outer": outer}}


def test_nested_branches_are_told_apart() -> None:
    progress, found = followed(nested(), [[1, 2], [3]])
    paths = {happening.step.path for happening in found}
    assert {
        "Outer",
        "Outer[0].Both",
        "Outer[1].Both[0].Rest",
        "Outer[0].Both[1].Inner",
        "Outer[0].Both[1].Inner[1].Nap",
        "Outer[1].Both[1].Inner[0].Nap",
    } <= paths
    assert progress.status == "SUCCEEDED"
    assert list(progress.running()) == []
    assert all(happening.step.ended is not None for happening in found)


def test_whoever_runs_is_known_at_every_moment() -> None:
    machine = asl_engine.StateMachine(nested())
    history = machine.run([[1, 2]], clock=asl_engine.VirtualClock()).history
    progress = Progress()
    most = 0
    for event in history:
        for _ in progress.feed([event]):
            pass
        most = max(most, len(list(progress.running())))
    assert most == 3  # Rest and two naps


def test_attempts_failures_and_catches() -> None:
    task = "arn:aws:lambda:us-east-1:123456789012:function:Charge"
    definition = {
        "StartAt": "Charge",
        "States": {
            "Charge": {
                "Type": "Task",
                "Resource": task,
                "Retry": [{"ErrorEquals": ["Down"], "MaxAttempts": 1}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}],
                "End": True,
            },
            "Undo": {"Type": "Fail", "Error": "Undone"},
        },
    }

    def down(input: Any) -> Any:
        raise asl_engine.TaskError("Down", "")

    progress, found = followed(definition, {}, {"Charge": down})
    texts = [happening.text for happening in found]
    assert texts == ["Task", "failed: Down", "attempt 2, calls Charge", "failed: Down", "caught Down", "Fail"]
    assert progress.status == "FAILED"
    assert progress.failed_step is not None
    assert (progress.failed_step.name, progress.failed_step.error) == ("Undo", "Undone")


def test_a_failing_item_ends_everything_around_it() -> None:
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "MaxConcurrency": 1,
                "ItemProcessor": {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "E"}}},
                "End": True,
            }
        },
    }
    progress, found = followed(definition, [1, 2])
    [each] = progress.root.steps
    assert (each.outcome, each.failed, each.total) == ("failed", 1, 2)
    assert next(happening.text for happening in found if happening.failure) == "item 0 failed"
    assert progress.failed_step is not None
