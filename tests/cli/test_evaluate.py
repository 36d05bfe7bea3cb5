import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Ran

Asl = Callable[..., Ran]


@pytest.mark.parametrize(
    "words, output",
    [
        (("$.a[0]", "--input", '{"a": [1, 2]}'), "1\n"),
        (("States.Format('{}-{}', $.a, $.b)", "--input", '{"a": "x", "b": 2}'), '"x-2"\n'),
        (("{% $sum($states.input.a) %}", "--input", '{"a": [1, 2]}'), "3\n"),
        (("$states.input.a[0] + 1", "--input", '{"a": [1, 2]}'), "2\n"),
        (('{"t.$": "$.t"}', "--input", '{"t": {}}', "--compact"), '{"t":{}}\n'),
        (("$.a", "--input", '{"a": {"b": [1, {}]}}'), '{\n  "b": [\n    1,\n    {}\n  ]\n}\n'),
        (("$x", "--var", "x=[1]", "--compact"), "[1]\n"),
        (("$x", "--var", "$x=plain text"), '"plain text"\n'),
        (("$$.Execution.Id", "--context", '{"Execution": {"Id": "e"}}'), '"e"\n'),
        (("{% $states.result.a %}", "--result", '{"a": 7}'), "7\n"),
        (("a", "--language", "jsonata", "--input", "{}", "--var", "a=1"), None),
    ],
)
def test_the_value_is_printed(words: tuple[str, ...], output: str | None, asl: Asl) -> None:
    ran = asl("eval", *words)
    if output is None:
        assert ran.code == 1
    else:
        assert (ran.code, ran.out, ran.err) == (0, output, "")


def test_expression_and_input_come_from_stdin(asl: Asl) -> None:
    assert asl("eval", "-", "--input", '{"a": 1}', stdin=b"$.a").out == "1\n"
    assert asl("eval", "$.a", "--input", "-", stdin=b'{"a": 1}').out == "1\n"
    assert asl("eval", "-", "--input", "-", stdin=b"").code == 2


def test_an_evaluation_that_fails_is_1_in_awss_words(asl: Asl) -> None:
    ran = asl("eval", "$.nope", "--input", "{}")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("asl: States.Runtime: The JSONPath '$.nope'")


@pytest.mark.parametrize("text", ["$.a[", "States.Format('{}'", "{% 1 + %}", '{"a.$": "$["}', ""])
def test_a_text_that_is_no_expression_is_2(text: str, asl: Asl) -> None:
    ran = asl("eval", text)
    assert (ran.code, ran.out) == (2, "")
    assert "asl: error: not a valid" in ran.err


def test_many_expressions_from_a_pipe(asl: Asl) -> None:
    ran = asl("eval", "--input", '{"a": 1, "b": 2}', stdin=b"$.a\n\n$.c\r\n$.b\n")
    assert (ran.code, ran.out) == (1, "1\n2\n")
    assert "'$.c'" in ran.err


class Typing:
    """Somebody at a terminal, who types lines and then Ctrl-D."""

    closed = False

    def isatty(self) -> bool:
        return True


def test_the_prompt_keeps_a_history(asl: Asl, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from asl_engine.cli.evaluate import run  # noqa: F401 - the command is importable by itself
    from asl_engine.cli.prompt import read_expressions

    lines: Iterator[str | BaseException] = iter(["1 + 1", KeyboardInterrupt(), "  ", "2", EOFError()])

    def typed(prompt: str) -> str:
        line = next(lines)
        if isinstance(line, BaseException):
            raise line
        return line

    monkeypatch.setenv("XDG_STATE_HOME", str(here / "state"))
    monkeypatch.setattr("builtins.input", typed)
    monkeypatch.setattr(sys, "stdin", Typing())
    shown: list[str] = []
    assert read_expressions(lambda text: shown.append(text) or 0) == 0  # type: ignore[func-returns-value]
    assert shown == ["1 + 1", "2"]
    assert (here / "state" / "asl-engine" / "eval_history").exists()
