import io
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

import asl_engine
from asl_engine.errors import SetupError, StatesError
from asl_engine.machine.task_request import TaskRequest
from asl_engine.resolvers import lambda_handler
from asl_engine.resolvers.callables import callable_handler
from asl_engine.values import read_json

from .task_requests import CHARGE, invoke

APP = """
    import os, sys, time
    import shared_name

    def lambda_handler(event, context):
        print("printed by the handler")
        what = event.get("do")
        if what == "raise":
            raise ValueError("bad order")
        if what == "set":
            return {"a": [{1}]}
        if what == "nan":
            return [float("nan")]
        if what == "sleep":
            time.sleep(60)
        if what == "exit":
            sys.exit(4)
        if what == "bytes":
            return b'[1]'
        if what == "stdin":
            return sys.stdin.read()
        return {
            "who": shared_name.WHO,
            "function": context.function_name,
            "request": context.aws_request_id,
            "left": context.get_remaining_time_in_millis(),
            "table": os.environ.get("TABLE"),
            "region": os.environ.get("AWS_REGION"),
            "path": sys.path[0],
            "pid": os.getpid(),
        }
"""


@pytest.fixture(autouse=True)
def imports_are_undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("app", "shared_name", "later", "asl_test_package"):
            del sys.modules[name]


def project(folder: Path, who: str, app: str = APP) -> Path:
    folder.mkdir()
    (folder / "app.py").write_text(textwrap.dedent(app))
    (folder / "shared_name.py").write_text(f"WHO = {who!r}\n")
    return folder


def answer(function: Any, payload: Any = None) -> Any:
    return callable_handler(function).call(ask(payload))["Payload"]


def ask(payload: Any) -> TaskRequest:
    return invoke("Charge", payload or {})


def fails(function: Any, what: str) -> tuple[Any, Any]:
    with pytest.raises(StatesError) as caught:
        answer(function, {"do": what})
    return caught.value.error, read_json(caught.value.cause or "")


@pytest.fixture
def isolated(tmp_path: Path) -> Any:
    with lambda_handler(  # type: ignore[attr-defined]
        f"{project(tmp_path / 'one', 'one')}/app.py:lambda_handler",
        timeout_seconds=20,
        environment={"TABLE": "orders"},
    ) as handler:
        yield handler


class TestInProcess:
    def test_two_projects_with_the_same_module_names_live_side_by_side(self, tmp_path: Path) -> None:
        one = lambda_handler(str(project(tmp_path / "one", "one")))
        two = lambda_handler(f"{project(tmp_path / 'two', 'two')}/app.py:lambda_handler", name="Renamed")
        assert (answer(one)["who"], answer(one)["function"]) == ("one", "Charge")
        assert (answer(two)["who"], answer(two)["function"]) == ("two", "Renamed")

    def test_a_module_of_the_program_is_left_alone(self, tmp_path: Path) -> None:
        import json

        (tmp_path / "json.py").write_text("def handler(event, context):\n    return 'mine'\n")
        assert answer(lambda_handler(f"{tmp_path}/json.py:handler")) == "mine"
        assert sys.modules["json"] is json

    def test_the_timeout_feeds_the_remaining_time(self, tmp_path: Path) -> None:
        handler = lambda_handler(str(project(tmp_path / "one", "one")), timeout_seconds=3)
        assert 2_000 < answer(handler)["left"] <= 3_000

    def test_a_package_and_a_method_can_be_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "asl_test_package"
        package.mkdir()
        (package / "__init__.py").write_text("")
        work = """
            from . import helper
            class Api:
                @staticmethod
                def run(event, context):
                    return helper.X
            run = Api.run
        """
        (package / "work.py").write_text(textwrap.dedent(work))
        (package / "helper.py").write_text("X = 7\n")
        monkeypatch.syspath_prepend(tmp_path)
        assert answer(lambda_handler("asl_test_package.work:Api.run")) == 7
        assert answer(lambda_handler(str(tmp_path), "asl_test_package/work.run")) == 7

    def test_an_async_handler_is_awaited(self, tmp_path: Path) -> None:
        (tmp_path / "later.py").write_text("async def handler(event, context):\n    return event\n")
        assert callable_handler(lambda_handler(f"{tmp_path}/later.py:handler")).is_async

    def test_its_exceptions_start_at_the_handler(self, tmp_path: Path) -> None:
        error, report = fails(lambda_handler(str(project(tmp_path / "one", "one"))), "raise")
        assert error == "ValueError"
        assert [frame.splitlines()[1].strip() for frame in report["stackTrace"]] == ['raise ValueError("bad order")']

    @pytest.mark.parametrize(
        "where, handler, words",
        [
            ("nowhere.py:f", None, "there is no file nowhere.py"),
            ("no_such_module_x:f", None, "there is no module 'no_such_module_x'"),
            ("nonsense", None, "names no handler"),
            ("{}/app.py", None, "names no handler"),
            ("{}/app.py:nope", None, "has no function 'nope'; it has: lambda_handler"),
            ("{}", "app.nope", "has no function 'nope'"),
            ("{}", "nope.handler", "has no handler 'nope.handler'"),
            ("{}", "app", "has no handler 'app'"),
            ("{}/..", None, "none of the usual handlers"),
            ("{}/broken.py:f", None, "broken.py cannot be imported: SyntaxError"),
            ("{}/missing.py:f", None, "missing.py cannot be imported: ModuleNotFoundError"),
        ],
    )
    def test_what_cannot_be_found_says_so(self, tmp_path: Path, where: str, handler: str | None, words: str) -> None:
        folder = project(tmp_path / "one", "one")
        (folder / "broken.py").write_text("def f(:\n")
        (folder / "missing.py").write_text("import no_such_module_x\n")
        with pytest.raises(SetupError) as caught:
            lambda_handler(where.format(folder), handler)
        assert words in str(caught.value)

    def test_an_environment_needs_a_process_of_its_own(self, tmp_path: Path) -> None:
        folder = str(project(tmp_path / "one", "one"))
        with pytest.raises(SetupError, match="isolated=True"):
            lambda_handler(folder, isolated=False, environment={"A": "1"})
        with pytest.raises(SetupError, match="no interpreter"):
            lambda_handler(folder, python=str(tmp_path / "venv"))
        with pytest.raises(SetupError, match="seconds above 0"):
            lambda_handler(folder, timeout_seconds=0)


class TestIsolated:
    def test_it_answers_from_a_process_of_its_own(self, isolated: Any, tmp_path: Path) -> None:
        first, again = answer(isolated), answer(isolated)
        assert first["pid"] == again["pid"] != os.getpid()
        assert first["who"] == "one"
        assert (first["function"], first["table"], first["region"]) == ("Charge", "orders", "us-east-1")
        assert first["path"] == str(tmp_path / "one")
        assert len(first["request"]) == 36
        assert 10_000 < first["left"] <= 20_000
        assert answer(isolated, {"do": "bytes"}) == [1]
        assert answer(isolated, {"do": "stdin"}) == ""

    def test_its_faults_are_those_of_lambda(self, isolated: Any, tmp_path: Path) -> None:
        error, report = fails(isolated, "raise")
        assert (error, report["errorMessage"]) == ("ValueError", "bad order")
        assert len(report["requestId"]) == 36
        [frame] = report["stackTrace"]
        assert frame.startswith(f'  File "{tmp_path}/one/app.py", line ')
        error, report = fails(isolated, "set")
        assert error == "Runtime.MarshalError"
        assert report["errorMessage"].endswith("Object of type set is not JSON serializable (at $['a'][0])")
        assert fails(isolated, "nan")[0] == "Runtime.MarshalError"
        error, report = fails(isolated, "exit")
        assert error == "Runtime.ExitError"
        assert report["errorMessage"].endswith("Error: Runtime exited with error: exit status 4")
        assert answer(isolated)["who"] == "one"  # a new process takes over

    def test_it_is_killed_when_it_overruns(self, tmp_path: Path) -> None:
        handler = lambda_handler(str(project(tmp_path / "one", "one")), isolated=True, timeout_seconds=0.4)
        started = time.monotonic()
        error, report = fails(handler, "sleep")
        assert error == "Sandbox.Timedout"
        assert report["errorMessage"].endswith("Error: Task timed out after 0.40 seconds")
        assert time.monotonic() - started < 5

    def test_what_cannot_be_imported_there_is_reported_as_lambda_does(self, tmp_path: Path) -> None:
        app = "import no_such_module_x\ndef lambda_handler(event, context): pass\n"
        with lambda_handler(str(project(tmp_path / "one", "one", app)), isolated=True) as handler:  # type: ignore[attr-defined]
            error, report = fails(handler, "")
            assert error == "Runtime.ImportModuleError"
            assert report["errorMessage"] == "Unable to import module 'app': No module named 'no_such_module_x'"
        with lambda_handler(str(tmp_path / "one"), "app.nope", isolated=True) as handler:  # type: ignore[attr-defined]
            (tmp_path / "one" / "app.py").write_text("")
            error, report = fails(handler, "")
            assert error == "Runtime.HandlerNotFound"
            assert report["errorMessage"] == "Handler 'nope' missing on module 'app'"

    def test_a_map_shares_one_process(self, isolated: Any) -> None:
        item = {"Type": "Task", "Resource": CHARGE, "End": True}
        machine = asl_engine.StateMachine(
            {
                "StartAt": "Each",
                "States": {
                    "Each": {
                        "Type": "Map",
                        "ItemProcessor": {"StartAt": "Work", "States": {"Work": item}},
                        "End": True,
                    }
                },
            }
        )
        result = machine.run([{"n": n} for n in range(8)], tasks={"Charge": isolated})
        assert result.status == "SUCCEEDED", result.cause
        assert len({one["pid"] for one in result.output}) == 1
        assert len({one["request"] for one in result.output}) == 8

    def test_its_output_goes_to_standard_error_only(self, isolated: Any, capfd: pytest.CaptureFixture[str]) -> None:
        with redirect_stderr(io.StringIO()):  # one without a file: the process writes to the real one
            answer(isolated)
        isolated.close()
        captured = capfd.readouterr()
        assert captured.out == ""
        assert "printed by the handler" in captured.err

    def test_no_process_outlives_its_handler(self, tmp_path: Path) -> None:
        handler: Any = lambda_handler(str(project(tmp_path / "one", "one")), isolated=True)
        pid = answer(handler)["pid"]
        del handler
        assert not _runs(pid)

    def test_no_process_outlives_a_parent_that_is_killed(self, tmp_path: Path) -> None:
        folder = project(tmp_path / "one", "one")
        code = f"""
            import os, signal, sys, threading, time
            from asl_engine.resolvers import lambda_handler
            from asl_engine.resolvers.callables import callable_handler
            sys.path.insert(0, {str(Path(__file__).parent)!r})
            from task_requests import invoke
            call = callable_handler(lambda_handler({str(folder)!r}, isolated=True)).call
            print(call(invoke("Charge", {{}}))["Payload"]["pid"], flush=True)
            threading.Thread(target=call, args=(invoke("Charge", {{"do": "sleep"}}),), daemon=True).start()
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        """
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        pid = int(run.stdout)
        deadline = time.monotonic() + 5
        while _runs(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split()[2] != "Z"
    except FileNotFoundError:
        return False
    except OSError:
        return False
