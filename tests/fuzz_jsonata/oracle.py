"""The reference in a process of node, and our own answers in the same words."""

from __future__ import annotations

import math
import re
import select
import subprocess
import time
from pathlib import Path
from typing import Any

from asl_engine.query.jsonata import JsonataError, compile_expression, is_function, parse
from asl_engine.query.jsonata.generated import Unusual, generate
from asl_engine.query.scope import UNDEFINED, EvaluationLimits, PlainScope
from asl_engine.values import read_json, write_json

Answer = dict[str, Any]
LIMITS = EvaluationLimits(steps=150_000, depth=300, output_bytes=4_000_000, seconds=0.5)
_HALF = re.compile("[\ud800-\udfff]")


class Oracle:
    """npm `jsonata`. A node that does not answer in time is stopped, and the next question starts another."""

    def __init__(self, node_modules: str, seconds: float = 1.5) -> None:
        self._arguments = ["node", str(Path(__file__).with_name("oracle.js")), node_modules, "250", "300"]
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def answer(self, expression: str, value: Any) -> Answer:
        """What the reference says: {"value"}, {"undefined"}, {"error", "message"}, or {"hang"}."""
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        question = _HALF.sub(lambda half: f"\\u{ord(half.group()):04x}", write_json([expression, value]))
        process.stdin.write(question.encode("utf-8") + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], self._seconds)[0]:
            self.close()
            return {"hang": True}
        line = process.stdout.readline()
        if not line:
            self.close()
            return {"hang": True}
        return read_json(line.decode("utf-8", "replace"))  # type: ignore[no-any-return]

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(self._arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._process

    def close(self) -> None:
        """Stops node."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def our_answer(expression: str, value: Any) -> Answer:
    """What we say, in the same words; {"crash"} for anything but a JsonataError."""
    try:
        compiled = compile_expression.__wrapped__(expression, dialect="reference")
        result = compiled.evaluate_reference(value, limits=LIMITS, scope=PlainScope(clock=time.time))
    except JsonataError as error:
        return {"error": error.code, "message": str(error), "position": error.position}
    except Exception as error:  # noqa: BLE001 - a crash is what the fuzz looks for
        return {"crash": f"{type(error).__name__}: {error}"}
    return {"undefined": True} if result is UNDEFINED else {"value": plain(result)}


def generated_answer(expression: str, value: Any) -> Answer | None:
    """What the code says that is generated for what is evaluated often; None where it leaves that to the closures."""
    try:
        quick = generate(parse(expression), aws=False)
        result = UNDEFINED if quick is None else quick(value)
    except (Unusual, JsonataError):
        return None
    except Exception as error:  # noqa: BLE001 - a crash is what the fuzz looks for
        return {"crash": f"{type(error).__name__}: {error}"}
    if quick is None:
        return None
    return {"undefined": True} if result is UNDEFINED else {"value": plain(result)}


def plain(value: Any) -> Any:
    """A value as oracle.js writes it: functions and numbers that are none as texts that begin with NUL."""
    if is_function(value):
        return "\0function"
    if isinstance(value, float) and not math.isfinite(value):
        return "\0NaN" if value != value else "\0Infinity"
    if isinstance(value, list):
        return [None if item is UNDEFINED else plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not UNDEFINED}
    return value
