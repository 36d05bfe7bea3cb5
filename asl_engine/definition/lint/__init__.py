"""The semantic rules of a definition: what a JSON Schema cannot say.

`table.RULES` has one row a rule, `walk` makes the places that rules look at, and each rule is a function of
one place in a module named for its subject.
"""

from asl_engine.definition.lint.rule import Finding, Level, Mistake, Rule, Site
from asl_engine.definition.lint.run import lint
from asl_engine.definition.lint.table import RULES

__all__ = ["RULES", "Finding", "Level", "Mistake", "Rule", "Site", "lint"]
