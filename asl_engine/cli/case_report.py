"""The results of `asl test`: as text, JSON or JUnit's XML, which CI systems read."""

from __future__ import annotations

from typing import Any, Final, Protocol, TextIO

from asl_engine.cli.case_files import Ran
from asl_engine.cli.console import paint, write
from asl_engine.cli.reports import indented


class Report(Protocol):
    """Is told of each case as it ends."""

    def __init__(self, stream: TextIO) -> None: ...

    def add(self, ran: Ran) -> None:
        """A case has ended."""

    def close(self) -> None:
        """All have ended."""


class TextReport:
    """A line a case, below it what is wrong, and a count at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._file = ""
        self._passed = self._failed = self._wrong = 0
        self._seconds = 0.0

    def add(self, ran: Ran) -> None:
        if ran.file != self._file:
            self._file = ran.file
            self._line(paint(ran.file, "bold", self._stream))
        self._seconds += ran.seconds
        self._passed, self._failed = self._passed + ran.passed, self._failed + ran.failed
        self._wrong += ran.wrong
        self._line(f"  {self._verdict(ran)} {ran.name}")
        for problem in ran.problems:
            for line in problem.splitlines():
                self._line(f"         {line}")
        if ran.problems and ran.path:
            self._line(paint(f"         path: {' -> '.join(ran.path)}", "dim", self._stream))

    def _verdict(self, ran: Ran) -> str:
        if ran.passed:
            return "passed"
        return paint("wrong " if ran.wrong else "FAILED", "ERROR", self._stream)

    def close(self) -> None:
        counts = [(self._failed, "failed"), (self._wrong, "not runnable"), (self._passed, "passed")]
        text = ", ".join(f"{number} {what}" for number, what in counts if number)
        self._line(paint(f"{text} in {self._seconds:.2f} s", "bold", self._stream))

    def _line(self, text: str) -> None:
        write(self._stream, text + "\n")


class JsonReport:
    """`{"passed", "cases": [{"file", "name", "passed", "seconds", "problems", "path"}]}`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._cases: list[dict[str, Any]] = []

    def add(self, ran: Ran) -> None:
        case = {"file": ran.file, "name": ran.name, "passed": ran.passed, "seconds": round(ran.seconds, 4)}
        self._cases.append(case | {"problems": list(ran.problems), "path": list(ran.path)})

    def close(self) -> None:
        passed = all(case["passed"] for case in self._cases)
        write(self._stream, indented({"passed": passed, "cases": self._cases}) + "\n")


class JunitReport:
    """JUnit's XML: a test suite a file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._suites: dict[str, list[Ran]] = {}

    def add(self, ran: Ran) -> None:
        self._suites.setdefault(ran.file, []).append(ran)

    def close(self) -> None:
        from xml.etree.ElementTree import Element, SubElement, indent, tostring

        root = Element("testsuites", name="asl test")
        for file, cases in self._suites.items():
            suite = SubElement(root, "testsuite", name=file, tests=str(len(cases)))
            suite.set("failures", str(sum(ran.failed for ran in cases)))
            suite.set("errors", str(sum(ran.wrong for ran in cases)))
            suite.set("time", f"{sum(ran.seconds for ran in cases):.4f}")
            for ran in cases:
                case = SubElement(suite, "testcase", classname=file, name=ran.name, time=f"{ran.seconds:.4f}")
                if ran.problems:
                    kind = "error" if ran.wrong else "failure"
                    problem = SubElement(case, kind, message=_xml_text(ran.problems[0]))
                    problem.text = _xml_text("\n".join(ran.problems))
        indent(root)
        text = tostring(root, encoding="unicode")
        write(self._stream, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _xml_text(text: str) -> str:
    """Without the characters that XML does not have."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


REPORTS: Final[dict[str, type[Report]]] = {"text": TextReport, "json": JsonReport, "junit": JunitReport}
