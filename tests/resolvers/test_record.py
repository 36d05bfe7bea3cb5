from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import PENDING, UNANSWERED, ExecutionNames, Reply, TaskRequest
from asl_engine.resolvers.record import RecordingResolver, ReplayResolver, Scrubber
from asl_engine.values import equal, read_json

pytestmark = pytest.mark.anyio
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def task(parameters: Any, state: str = "S", **more: Any) -> TaskRequest:
    fields: dict[str, Any] = {
        "resource": "arn:aws:states:::sqs:sendMessage",
        "kind": "service",
        "service": "sqs",
        "action": "sendMessage",
        "integration": "RESPONSE",
        "execution": ExecutionNames("e", "m", "us-east-1", "1"),
    }
    return TaskRequest(parameters=parameters, state=state, **{**fields, **more})


class Answers:
    """A resolver that answers with what it was given, one after the other."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def resolve(self, request: TaskRequest) -> Any:
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class AsyncAnswers(Answers):
    async def resolve(self, request: TaskRequest) -> Any:
        return super().resolve(request)


async def ask(resolver: Any, request: TaskRequest) -> Any:
    reply = resolver.find(request).call(request)
    return await reply if inspect.isawaitable(reply) else reply


def lines(file: Path) -> list[Any]:
    return [read_json(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("kind", [Answers, AsyncAnswers])
async def test_what_was_recorded_replays(tmp_path: Path, kind: type[Answers]) -> None:
    file = tmp_path / "tasks.jsonl"
    inner = kind({"id": 1}, StatesError("E", "why"), Reply({"id": 2}, submitted={"sent": True}), PENDING)
    recording = RecordingResolver(inner, file)
    assert await ask(recording, task({"n": 0})) == {"id": 1}
    with pytest.raises(StatesError):
        await ask(recording, task({"n": 0}, attempt=1))
    await ask(recording, task({"n": 1}))
    assert await ask(recording, task({"n": 2})) is PENDING

    replay = ReplayResolver(file)
    assert (await ask(replay, task({"n": 0}))).output == {"id": 1}
    failed = await ask(replay, task({"n": 0}, attempt=1))
    assert (failed.error.error, failed.error.cause) == ("E", "why")
    reply = await ask(replay, task({"n": 1}))
    assert (reply.output, reply.submitted) == ({"id": 2}, {"sent": True})
    assert await ask(replay, task({"n": 2})) is PENDING


async def test_submissions_and_times_are_kept(tmp_path: Path) -> None:
    clock = iter([100.0, 107.5])
    told: list[Any] = []

    def submit_and_answer(request: TaskRequest) -> Any:
        request.submitted({"job": "j"})
        return {"done": True}

    class Inner:
        def resolve(self, request: TaskRequest) -> Any:
            return submit_and_answer(request)

    file = tmp_path / "tasks.jsonl"
    request = task({}, integration="SYNC", now=lambda: next(clock), submitted=told.append)
    await ask(RecordingResolver(Inner(), file), request)
    assert told == [{"job": "j"}]
    reply = await ask(ReplayResolver(file, durations=True), task({}, integration="SYNC"))
    assert (reply.submitted, reply.output, reply.after_seconds) == ({"job": "j"}, {"done": True}, 7.5)


async def test_branches_get_their_own_answers_whatever_the_order(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    recording = RecordingResolver(Answers("first", "second"), file)
    for index in (1, 0):
        await ask(recording, task({"same": True}, branch_path=(("Map", index),)))
    replay = ReplayResolver(file)
    found = [(await ask(replay, task({"same": True}, branch_path=(("Map", index),)))).output for index in (0, 1)]
    assert found == ["second", "first"]


async def test_what_does_not_fit_says_where(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    await ask(RecordingResolver(Answers(1), file), task({"a": {"b": [1, "x"]}}))
    replay = ReplayResolver(file)
    with pytest.raises(
        SetupError, match=r"other parameters for state 'S', attempt 0: \$\.a\.b\[1\] was \"x\" and is 2"
    ):
        replay.resolve(task({"a": {"b": [1, 2]}}))
    await ask(replay, task({"a": {"b": [1, "x"]}}))
    with pytest.raises(SetupError, match=r"no more replies for state 'S', attempt 0.*record anew"):
        replay.resolve(task({"a": {"b": [1, "x"]}}))


async def test_other_states_are_left_to_others(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    await ask(RecordingResolver(Answers(1), file), task({}))
    replay = ReplayResolver(file)
    assert replay.find(task({}, state="Other")) is None
    assert replay.resolve(task({}, state="Other")) is UNANSWERED


async def test_secrets_are_scrubbed_and_still_replay(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    secret = {
        "Password": "hunter2",
        "Headers": {"Authorization": ["Bearer abcdefgh12345"]},
        "Text": f"key {ACCESS_KEY} and my-own and TOKEN-1 and hunter-x",
        "Body": '{"apiKey":"abc","n":1}',
        "Url": "https://x/?X-Amz-Signature=0a1b2c&Expires=1",
        "TokenCount": 3,
    }
    request = task(secret, token="TOKEN-1")
    await ask(RecordingResolver(Answers({"SecretString": "s3cr3t", "ok": True}), file, secrets=["my-own"]), request)
    text = file.read_text()
    for hidden in ("hunter2", "abcdefgh12345", ACCESS_KEY, "my-own", "TOKEN-1", "abc", "0a1b2c", "s3cr3t"):
        assert hidden not in text
    (entry,) = lines(file)[1:]
    assert entry["parameters"]["Text"] == "key *** and *** and *** and hunter-x"
    assert entry["parameters"]["Body"] == '{"apiKey":"***","n":1}'
    assert entry["parameters"]["TokenCount"] == 3
    replay = ReplayResolver(file, secrets=["my-own"])
    reply = await ask(replay, task(secret, token="TOKEN-1"))
    assert reply.output == {"SecretString": "***", "ok": True}


async def test_a_later_run_with_another_token_replays(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    body = {"MessageBody": {"TaskToken": "T1", "text": "use T1"}}
    await ask(RecordingResolver(Answers({}), file), task(body, token="T1"))
    later = {"MessageBody": {"TaskToken": "T2", "text": "use T2"}}
    assert (await ask(ReplayResolver(file), task(later, token="T2"))).output == {}


async def test_an_unanswered_task_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    recording = RecordingResolver([Answers(UNANSWERED), Answers(5)], file)
    assert await ask(recording, task({})) == 5
    assert len(lines(file)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "is no recording"), ('{"a":1}\n', "is no recording"), ("not JSON", "line 1"), (None, "cannot be read")],
)
def test_files_that_are_no_recordings(tmp_path: Path, content: str | None, said: str) -> None:
    file = tmp_path / "tasks.jsonl"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SetupError, match=said):
        ReplayResolver(file)


def test_a_line_that_is_broken_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tasks.jsonl"
    RecordingResolver(Answers(), file)
    file.write_text(file.read_text() + '{"state":"S"}\n')
    with pytest.raises(SetupError, match="line 2 is no recorded task"):
        ReplayResolver(file)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_scrubbing_twice_is_scrubbing_once(value: Any) -> None:
    scrubber = Scrubber(["xyz"])
    once = scrubber.scrub(value)
    assert equal(scrubber.scrub(once), once)


@given(st.dictionaries(st.sampled_from(["id", "name", "count", "items"]), JSON.filter(lambda v: "xyz" not in str(v))))
def test_what_holds_no_secret_is_left_as_it_is(value: dict[str, Any]) -> None:
    if not any(
        name in str(value).lower() for name in ("pass", "secret", "token", "key", "auth", "cred", "cook", "sign")
    ):
        assert equal(Scrubber(["xyz"]).scrub(value), value)
