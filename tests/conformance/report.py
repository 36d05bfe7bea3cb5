"""What the runner says: the table, the JSON report, the dump, and whether a suite fell below its floor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.conformance.verdict import Verdict

Suites = Mapping[str, list[Verdict]]


def by_category(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    suites: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        suites.setdefault(verdict.category, []).append(verdict)
    return suites


def as_json(suites: Suites) -> dict[str, dict[str, list[str]]]:
    """Each case of each suite in exactly one of three lists."""
    return {
        name: {
            outcome: [verdict.id for verdict in verdicts if verdict.outcome == outcome]
            for outcome in ("passed", "failed", "out_of_reach")
        }
        for name, verdicts in suites.items()
    }


def rate(verdicts: Iterable[Verdict]) -> tuple[int, int]:
    """(passed, counted): what is out of reach counts for nothing."""
    counted = [verdict for verdict in verdicts if verdict.outcome != "out_of_reach"]
    return sum(verdict.outcome == "passed" for verdict in counted), len(counted)


def show(suites: Suites) -> str:
    """Every failing id with its first difference, then the figures of each suite."""
    lines = [
        f"{verdict.outcome.upper()} {name}/{verdict.id}\n    {verdict.first}"
        for name, verdicts in suites.items()
        for verdict in verdicts
        if verdict.outcome == "failed"
    ]
    for name, verdicts in suites.items():
        lines.append(_line(name, verdicts, _out_of_reach(verdicts)))
    lines += _slices(suites)
    lines.append(_soft(suites))
    return "\n".join(lines)


def _line(name: str, verdicts: Iterable[Verdict], note: str = "") -> str:
    passed, counted = rate(verdicts)
    share = f"{100 * passed / counted:6.2f} %" if counted else "     - %"
    return f"{name:<44} {passed:>5}/{counted:<5} {share}{note}"


def _out_of_reach(verdicts: Iterable[Verdict]) -> str:
    ids = [verdict.id for verdict in verdicts if verdict.outcome == "out_of_reach"]
    return f"   out of reach, not counted: {', '.join(ids)}" if ids else ""


def _slices(suites: Suites) -> list[str]:
    """The two figures that the project is measured by, where the categories were run."""
    ran = [verdict for name in ("execution", "express") for verdict in suites.get(name, ())]
    if not ran:
        return []
    inline = [verdict for verdict in ran if "distributed_map" not in verdict.tags]
    plain = [verdict for verdict in inline if "services" not in verdict.tags]
    return [
        _line("execution+express without distributed Map", inline),
        _line("... and without services beyond Lambda", plain),
    ]


def _soft(suites: Suites) -> str:
    verdicts = [verdict for group in suites.values() for verdict in group]
    soft = sum(verdict.soft > 0 for verdict in verdicts)
    share = 100 * soft / len(verdicts) if verdicts else 0.0
    what = "soft differences (white space, numbers, key order)"
    return f"{what} in {soft} of {len(verdicts)} cases: {share:.2f} %"


def write_dump(suites: Suites, folder: Path) -> None:
    """`<category>/<id>.json`: the parts that a case records, as the engine produced them."""
    for name, verdicts in suites.items():
        for verdict in verdicts:
            target = folder / name / f"{verdict.id}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(verdict.parts, indent=1, ensure_ascii=False, default=str) + "\n")


def below_floor(suites: Suites, floors: Mapping[str, Any]) -> list[str]:
    """One line for each suite of which fewer cases in a hundred pass than its floor says."""
    lines = []
    for name, floor in floors.items():
        if name in suites:
            passed, counted = rate(suites[name])
            if counted and 100 * passed / counted < floor:
                lines.append(f"{name}: {100 * passed / counted:.2f} % pass, the floor is {floor} %")
    return lines
