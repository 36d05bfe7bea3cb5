"""Record and replay: every task's request and reply in a file, and the file as the tasks of a later run.

The file has one JSON object a line. Secrets are replaced before anything is written: values of fields
that are named like one (`password`, `Authorization`, `SecretString`, ...), AWS access keys, task tokens,
and whatever texts the caller names. Requests are matched as they were written, so that a scrubbed
recording replays.
"""

from __future__ import annotations

import inspect
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Final

from asl_engine.errors import Diagnostic, SetupError, StatesError
from asl_engine.machine.task_request import PENDING, UNANSWERED, Handler, Reply, TaskRequest
from asl_engine.resolvers.chain import dispatch
from asl_engine.values import JsonTextError, equal, read_json, write_json

__all__ = ["RecordingResolver", "ReplayResolver", "Scrubber"]

HIDDEN: Final = "***"
_VERSION: Final = 1
_SECRET_NAME: Final = re.compile(
    r"pass(word|wd|phrase)|secret|authorization|api[-_]?key|private[-_]?key|credential|cookie|signature|"
    r"^(access|session|security|task|id|refresh|bearer|auth|client|device)?[-_]?token$",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\b(?:Bearer|Basic) [A-Za-z0-9+/=._~-]{8,}|X-Amz-(?:Signature|Credential|"
    r"Security-Token)=[^&\s\"]+"
)


class Scrubber:
    """Replaces secrets in JSON values by `***`. `secrets` are texts that are hidden wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted((text for text in secrets if text), key=len, reverse=True)

    def scrub(self, value: Any, token: str | None = None) -> Any:
        """A copy of `value` without secrets; `token` is the task's own token."""
        if isinstance(value, dict):
            return {self.text(key, token): self._member(key, item, token) for key, item in value.items()}
        if isinstance(value, list):
            return [self.scrub(item, token) for item in value]
        return self.text(value, token) if isinstance(value, str) else value

    def _member(self, key: str, value: Any, token: str | None) -> Any:
        if _SECRET_NAME.search(key) and isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return HIDDEN
        if _SECRET_NAME.search(key) and isinstance(value, list):
            return [HIDDEN if isinstance(item, str) else self.scrub(item, token) for item in value]
        return self.scrub(value, token)

    def text(self, text: str, token: str | None = None) -> str:
        """`text` without secrets. A JSON text in it is scrubbed as the value that it is."""
        if token:
            text = text.replace(token, HIDDEN)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        if text[:1] in ("{", "["):
            text = self._json_text(text, token)
        return _SECRET_TEXT.sub(HIDDEN, text)

    def _json_text(self, text: str, token: str | None) -> str:
        try:
            value = read_json(text)
        except JsonTextError:
            return text
        scrubbed = self.scrub(value, token)
        return text if equal(value, scrubbed) else write_json(scrubbed)


class RecordingResolver:
    """Asks `inner` (whatever may be passed as `tasks`) and writes each request and reply to `file`.

    The file is begun anew; each line is there as soon as its task has ended. Many runs and threads may
    write at once. A task that was cancelled is not written.
    """

    def __init__(self, inner: Any, file: str | PathLike[str], *, secrets: Iterable[str] = ()) -> None:
        self._dispatch = dispatch(inner)
        self._path = Path(file)
        self._scrubber = Scrubber(secrets)
        self._lock = threading.Lock()
        self._path.write_text(write_json({"asl-engine-recording": _VERSION}) + "\n", encoding="utf-8")

    def find(self, request: TaskRequest) -> Handler:
        """The handler of `inner`, wrapped. Raises its `SetupError`."""
        handler = self._dispatch.find(request)
        call = self._async_call(handler) if handler.is_async else self._sync_call(handler)
        return Handler(call, handler.is_async, f"recording {handler.label}", handler.prepare)

    @property
    def calls_aws(self) -> bool:
        """Whether `inner` calls AWS."""
        return any(getattr(one, "calls_aws", False) for part in self._dispatch.parts for one in part.resolvers)

    @property
    def prepare(self) -> Callable[[TaskRequest], None] | None:
        """What `inner` offers."""
        return self._dispatch.prepare

    def check(self, definition: Any) -> list[Diagnostic]:
        """What `inner` finds wrong with a definition."""
        return self._dispatch.check(definition)

    def release(self) -> None:
        """A run has ended: so `inner` is told."""
        self._dispatch.release()

    def close(self) -> None:
        """Closes what `inner` may close."""
        self._dispatch.close()

    def _sync_call(self, handler: Handler) -> Callable[[TaskRequest], Any]:
        def call(request: TaskRequest) -> Any:
            begun = _Entry(request, self._scrubber)
            try:
                reply = handler.call(request)
            except StatesError as error:
                self._write(begun.failed(error))
                raise
            if inspect.isawaitable(reply):
                raise SetupError(f"{handler.label} is not declared async but returned an awaitable")
            return self._kept(begun, reply)

        return call

    def _async_call(self, handler: Handler) -> Callable[[TaskRequest], Any]:
        async def call(request: TaskRequest) -> Any:
            begun = _Entry(request, self._scrubber)
            try:
                reply = await handler.call(request)
            except StatesError as error:
                self._write(begun.failed(error))
                raise
            return self._kept(begun, reply)

        return call

    def _kept(self, begun: _Entry, reply: Any) -> Any:
        if reply is not UNANSWERED:
            self._write(begun.answered(reply))
        return reply

    def _write(self, entry: dict[str, Any]) -> None:
        line = write_json(entry) + "\n"
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line)


class _Entry:
    """One request under way: what will be a line of the file."""

    def __init__(self, request: TaskRequest, scrubber: Scrubber) -> None:
        self._request = request
        self._scrubber = scrubber
        self._begun = request.now()
        self._submitted: Any = None
        tell = request.submitted

        def submitted(output: Any) -> None:
            self._submitted = output
            tell(output)

        request.submitted = submitted
        self._line = _key(request, scrubber)

    def answered(self, reply: Any) -> dict[str, Any]:
        if reply is PENDING:
            return {**self._line, "pending": True}
        if not isinstance(reply, Reply):
            return self._ended({"output": reply})
        if isinstance(reply.error, StatesError):
            return self.failed(reply.error)
        if reply.submitted is not None:
            self._submitted = reply.submitted
        if reply.output is PENDING:
            return {**self._line, "pending": True}
        final = {"final": True} if reply.final else {}
        worker = {"workerName": reply.worker_name} if reply.worker_name else {}
        return self._ended({"output": reply.output, **final, **worker})

    def failed(self, error: StatesError) -> dict[str, Any]:
        return self._ended({"error": error.error, "cause": error.cause})

    def _ended(self, outcome: dict[str, Any]) -> dict[str, Any]:
        seconds = round(self._request.now() - self._begun, 3)
        if self._submitted is not None:
            outcome = {"submitted": self._submitted, **outcome}
        scrubbed = self._scrubber.scrub(outcome, self._request.token)
        return {**self._line, "seconds": max(seconds, 0.0), **scrubbed}


def _key(request: TaskRequest, scrubber: Scrubber) -> dict[str, Any]:
    return {
        "state": request.state,
        "resource": request.resource,
        "branch": [list(step) for step in request.branch_path],
        "visit": request.visit,
        "attempt": request.attempt,
        "parameters": scrubber.scrub(request.parameters, request.token),
    }


class ReplayResolver:
    """Answers tasks from a file that `RecordingResolver` wrote, offline.

    A task gets the reply of the same state with the same parameters: first the one of the same branch,
    visit and attempt, else the next that was not used yet. States that are not in the file are left to
    the next resolver. With `durations` a reply takes as long as it took when recorded (in the run's time).
    """

    def __init__(self, file: str | PathLike[str], *, secrets: Iterable[str] = (), durations: bool = False) -> None:
        self._path = Path(file)
        self._scrubber = Scrubber(secrets)
        self._durations = durations
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str], deque[dict[str, Any]]] = defaultdict(deque)
        for entry in _read(self._path):
            self._entries[entry["state"], entry["resource"]].append(entry)
        self._known = set(self._entries)

    def find(self, request: TaskRequest) -> Handler | None:
        """The handler for a state of the recording; None for any other state."""
        known = (request.state, request.resource) in self._known
        return Handler(self.resolve, False, f"replay of {self._path.name}") if known else None

    def resolve(self, request: TaskRequest) -> Any:
        """The recorded reply. Raises `SetupError` where the recording has none left that fits."""
        if (request.state, request.resource) not in self._known:
            return UNANSWERED
        wanted = _key(request, self._scrubber)
        with self._lock:
            entry = self._take(wanted)
        if entry.get("pending"):
            return PENDING
        seconds = float(entry.get("seconds", 0.0)) if self._durations else 0.0
        error = StatesError(entry["error"], entry.get("cause")) if "error" in entry else None
        return Reply(
            output=entry.get("output"),
            error=error,
            submitted=entry.get("submitted"),
            final=bool(entry.get("final")),
            after_seconds=seconds,
            worker_name=entry.get("workerName", ""),
        )

    def _take(self, wanted: dict[str, Any]) -> dict[str, Any]:
        entries = self._entries[wanted["state"], wanted["resource"]]
        fitting = [entry for entry in entries if equal(entry["parameters"], wanted["parameters"])]
        if not fitting:
            raise SetupError(self._nothing_fits(entries, wanted))
        place = ("branch", "visit", "attempt")
        exact = [entry for entry in fitting if all(equal(entry[name], wanted[name]) for name in place)]
        found = (exact or fitting)[0]
        for index, entry in enumerate(entries):
            if entry is found:
                del entries[index]
                break
        return found

    def _nothing_fits(self, entries: Iterable[dict[str, Any]], wanted: dict[str, Any]) -> str:
        left = list(entries)
        label = f"state {wanted['state']!r}, attempt {wanted['attempt']}"
        if not left:
            return f"{self._path.name} has no more replies for {label}: it was recorded with fewer calls; record anew"
        place = _difference(left[0]["parameters"], wanted["parameters"], "$")
        return f"{self._path.name} was recorded with other parameters for {label}: {place}; record anew"


def _difference(recorded: Any, wanted: Any, path: str) -> str:
    if isinstance(recorded, dict) and isinstance(wanted, dict):
        for key in [*recorded, *(key for key in wanted if key not in recorded)]:
            if key not in recorded:
                return f"{path}.{key} is new"
            if key not in wanted:
                return f"{path}.{key} is gone"
            if not equal(recorded[key], wanted[key]):
                return _difference(recorded[key], wanted[key], f"{path}.{key}")
    if isinstance(recorded, list) and isinstance(wanted, list) and len(recorded) == len(wanted):
        for index, (left, right) in enumerate(zip(recorded, wanted, strict=True)):
            if not equal(left, right):
                return _difference(left, right, f"{path}[{index}]")
    return f"{path} was {_shown(recorded)} and is {_shown(wanted)}"


def _shown(value: Any) -> str:
    text = write_json(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SetupError(f"the recording {str(path)!r} cannot be read: {error.strerror}") from error
    entries = [_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not entries or entries[0].get("asl-engine-recording") != _VERSION:
        raise SetupError(f"{str(path)!r} is no recording of RecordingResolver")
    return entries[1:]


def _line(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        entry = read_json(line)
    except JsonTextError as error:
        raise SetupError(f"{str(path)!r}, line {number}: {error.message}") from error
    if not isinstance(entry, dict) or not (number == 1 or {"state", "resource", "parameters"} <= set(entry)):
        raise SetupError(f"{str(path)!r}, line {number} is no recorded task")
    return entry
