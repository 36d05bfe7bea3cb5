"""Asks every rule at every place of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from asl_engine.definition.lint.rule import Finding, Level, Rule, Site, Visit
from asl_engine.definition.lint.table import RULES
from asl_engine.definition.lint.walk import sites, survey
from asl_engine.definition.source import join_pointer


def lint(definition: Any, machine_type: str, level: Level) -> list[Finding]:
    """Every finding of the semantic rules in `definition`, whatever its shape.

    Findings come in the order of the rules, as AWS's do (a missing target before a missing end before what
    is not reached), and of one rule in the order of the text. `level="language"` leaves out what needs
    knowledge of AWS's services.
    """
    if not isinstance(definition, dict):
        return []
    machine = survey(definition, machine_type)
    rules = _by_visit(level)
    found: list[Finding] = []
    for visit, site in chain([("machine", Site(machine, "", machine))], sites(machine)):
        for rule in rules.get(visit, ()):
            found.extend(_ask(rule, site))
    rank = {rule: index for index, rule in enumerate(RULES)}
    return sorted(found, key=lambda finding: rank[finding.rule])


def _by_visit(level: Level) -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in RULES:
        if level == "aws" or rule.level == "language":
            visit: Visit = rule.visit
            rules.setdefault(visit, []).append(rule)
    return rules


def _ask(rule: Rule, site: Site) -> Iterator[Finding]:
    for mistake in rule.check(site):
        pointer = join_pointer(site.pointer, *mistake.at)
        yield Finding(rule, mistake, pointer, join_pointer(pointer, *mistake.mark))
