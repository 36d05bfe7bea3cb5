import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asl_engine.cli import validate
from asl_engine.cli.commands import COMMANDS

from .conftest import Ran

Asl = Callable[..., Ran]


def test_the_overview_names_every_command(asl: Asl) -> None:
    ran = asl("--help")
    assert ran.code == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command.name} +{re.escape(command.summary)}$", ran.out, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example_and_the_exit_codes(command: Any, asl: Asl) -> None:
    ran = asl(command.name, "--help")
    assert ran.code == 0
    assert re.search(rf"examples:\n  asl {command.name}[ \n]", ran.out)
    assert "70 a bug of asl_engine" in ran.out


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "name a command"),
        (("runn",), "there is no command 'runn'; did you mean 'run'?"),
        (("frobnicate",), "write one of run, validate, "),
        (("order.asl.json",), "asl run order.asl.json, asl validate order.asl.json"),
        (("run",), "the following arguments are required: FILE"),
        (("run", "order.asl.json", "--nonsense"), "unrecognized arguments: --nonsense"),
        (("run", "order.asl.json", "--type", "FAST"), "invalid choice: 'FAST'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_2_and_says_what_to_write(words: tuple[str, ...], said: str, asl: Asl) -> None:
    ran = asl(*words)
    assert ran.code == 2
    assert said in ran.err


def test_the_version(asl: Asl) -> None:
    assert re.fullmatch(r"asl-engine \S.*\n", asl("--version").out)


def test_a_bug_of_ours_is_70_with_the_traceback_in_a_file(asl: Asl, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(validate, "check_for_aws", broken)
    ran = asl("validate", "order.asl.json")
    assert ran.code == 70
    assert "this is a bug of asl_engine, not yours: ZeroDivisionError: inside" in ran.err
    found = re.search(r"is in (\S+\.txt)", ran.err)
    assert found is not None
    report = Path(found[1])
    assert "in broken" in report.read_text()
    report.unlink()


def test_an_interrupt_is_130(asl: Asl, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(validate, "check_for_aws", interrupted)
    assert asl("validate", "order.asl.json").code == 130


def process(*words: str, **options: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-m", "asl_engine", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        preexec_fn=_hear_ctrl_c if os.name == "posix" else None,
        **options,
    )


def _hear_ctrl_c() -> None:
    """A job in the background of a shell is born deaf to SIGINT, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_python_m_asl_engine_prints_the_output_only(here: Path) -> None:
    (here / "noisy.py").write_text(
        "import os\ndef Charge(input):\n    os.system('echo from a process')\n    print('printed')\n    return input\n"
    )
    ran = process("run", "order.asl.json", "--tasks", "noisy.py", "--skip-waits", "--input", '{"a": "ü"}', cwd=here)
    out, err = ran.communicate(timeout=30)
    assert (ran.returncode, out.decode()) == (0, '{"a":"ü"}\n')
    assert b"from a process" in err
    assert b"printed" in err


def interrupt_at(ran: subprocess.Popen[bytes], line: bytes) -> tuple[bytes, bytes, float]:
    """Presses Ctrl-C once a line has been seen: (output, errors, seconds until the end)."""
    assert ran.stderr is not None
    for seen in ran.stderr:
        if line in seen:
            break
    began = time.monotonic()
    ran.send_signal(signal.SIGINT)
    out, err = ran.communicate(timeout=15)
    assert b"Traceback" not in err
    return out, err, time.monotonic() - began


def test_ctrl_c_ends_a_waiting_run_promptly(here: Path) -> None:
    words = ("--tasks", "order_tasks.py", "--input", '{"total": 1}', "--history", "h.json")
    ran = process("run", "order.asl.json", *words, cwd=here)
    out, err, seconds = interrupt_at(ran, b"Rest: Wait")
    assert seconds < 3
    assert (ran.returncode, out) == (130, b"")
    assert b"interrupted" in err
    assert "ExecutionAborted" in (here / "h.json").read_text()


def test_ctrl_c_ends_even_a_handler_that_hears_nothing(here: Path) -> None:
    (here / "deaf.py").write_text(
        "import sys, time\nasync def Charge(input):\n    print('asleep', flush=True)\n    time.sleep(30)\n"
    )
    ran = process("run", "order.asl.json", "--tasks", "deaf.py", cwd=here)
    _, err, seconds = interrupt_at(ran, b"asleep")
    assert seconds < 5
    assert ran.returncode == 130
    assert b"interrupted" in err


def test_ctrl_c_before_anybody_follows_the_run(here: Path) -> None:
    """The handler presses it as soon as it is called, while the command still starts."""
    (here / "hasty.py").write_text(
        "import os, signal, time\n"
        "async def Charge(input):\n    os.kill(os.getpid(), signal.SIGINT)\n    time.sleep(30)\n"
    )
    ran = process("run", "order.asl.json", "--tasks", "hasty.py", cwd=here)
    _, err = ran.communicate(timeout=15)
    assert ran.returncode == 130
    assert b"interrupted" in err
    assert b"Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(here: Path) -> None:
    (here / "many.json").write_text('{"StartAt": "A", "States": {}}')
    ran = process("validate", "--format", "json", *["many.json"], *[f"no{n}.json" for n in range(2000)], cwd=here)
    assert ran.stdout is not None
    ran.stdout.read(1)
    ran.stdout.close()
    assert ran.stderr is not None
    err = ran.stderr.read()
    ran.stderr.close()
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err
    assert ran.wait(30) in (0, 2)


needs_dev_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is a device of Linux")


@needs_dev_full
@pytest.mark.parametrize(
    "words",
    [
        ("run", "pass.asl.json"),
        ("validate", "pass.asl.json"),
        ("eval", "1"),
        ("--help",),
        ("--version",),
        (),
        ("run", "-h"),
    ],
)
def test_a_full_disk_is_2_and_said(words: tuple[str, ...], here: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # as users have it
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "asl_engine", *words], cwd=here, stdout=full, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    assert ran.returncode == 2
    assert b"the output cannot be written: No space left on device" in ran.stderr
    assert b"Traceback" not in ran.stderr and b"Exception ignored" not in ran.stderr


@pytest.mark.skipif(os.name == "nt", reason="closes descriptors as a POSIX shell does")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 2), ("2>&-", 0), (">&- 2>&-", 2), ("<&-", 0)])
def test_closed_descriptors_are_no_bug(closed: str, code: int, here: Path) -> None:
    command = f'exec "$0" -m asl_engine run pass.asl.json {closed}'
    ran = subprocess.run(
        ["sh", "-c", command, sys.executable], cwd=here, capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert ran.returncode == code
    assert ran.stdout == (b"" if ">&-" in closed.split() else b"{}\n")
    assert b"bug" not in ran.stderr
