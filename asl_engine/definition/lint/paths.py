"""Path fields: InputPath, ResultPath, ItemsPath, Variable, every `...Path`."""

from __future__ import annotations

from collections.abc import Iterator

from asl_engine.definition.lint.fields import PATH_FIELDS, PathField, path_field
from asl_engine.definition.lint.rule import Mistake, Site
from asl_engine.definition.lint.templates import intrinsic_faults
from asl_engine.definition.source import is_hole
from asl_engine.query.jsonpath import ParsedPath, PathSyntaxError, compile_path, parse_path
from asl_engine.query.jsonpath.steps import Index, Names, Step

NO_PATH = "Value must be a valid JSONPath."
NO_REFERENCE = "Value is not a Reference Path"
_SIMPLE = "a Reference Path leads to one place, by names and indices only: $.orders[0].id"


def invalid_json_path(site: Site) -> Iterator[Mistake]:
    """Path fields are paths, and Reference Paths where one place is needed. (The schema refuses what is no text.)"""
    allowed = path_field(site.field)
    text = site.node
    if not isinstance(text, str) or is_hole(text):
        return
    if text.startswith("States."):
        yield from _intrinsic(text, site, allowed)
        return
    try:
        path = parse_path(text)
        compile_path(text)  # finds a wrong pattern in a filter, which only compiling reads
    except PathSyntaxError as error:
        yield Mistake(_unparsed(text, site, allowed), _syntax_hint(text, error))
        return
    refusal = _refusal(path, site, allowed)
    if refusal:
        yield Mistake(_message(allowed), refusal)


def _message(allowed: PathField) -> str:
    return NO_REFERENCE if allowed.reference else NO_PATH


def _unparsed(text: str, site: Site, allowed: PathField) -> str:
    """AWS says more in a Choice, where the measured text is longer."""
    message = _message(allowed)
    if site.field not in PATH_FIELDS or site.field == "Variable":
        return message if text.lstrip().startswith("$") else f"{message}: Reference path didn't start with '$'"
    return message


def _intrinsic(text: str, site: Site, allowed: PathField) -> Iterator[Mistake]:
    if not allowed.intrinsic:
        hint = f"{site.field} takes a path only: call the intrinsic in Parameters, Assign or ResultSelector before"
        yield Mistake(_unparsed(text, site, allowed), hint)
        return
    fault = intrinsic_faults(text, "ERROR")
    if fault:
        yield Mistake(_message(allowed), fault)


def intrinsic_path_argument(site: Site) -> Iterator[Mistake]:
    """An intrinsic call in place of a path that can be created, and fails whenever it runs."""
    text = site.node
    if isinstance(text, str) and text.startswith("States.") and not is_hole(text) and path_field(site.field).intrinsic:
        fault = intrinsic_faults(text, "WARNING")
        if fault:
            yield Mistake(f"The intrinsic function call of {site.field} fails when it runs", fault)


def _syntax_hint(text: str, error: PathSyntaxError) -> str:
    if text and not text.lstrip().startswith("$"):
        return f"a path starts with $: write $.{text.strip().lstrip('.')} for a field of the input"
    return str(error)


def _refusal(path: ParsedPath, site: Site, allowed: PathField) -> str:
    """Why a path that parses may not stand here, empty where it may."""
    if path.root == "context" and not allowed.context:
        return f"{site.field} cannot use the context object ($$): take the value into the input or a variable first"
    if path.root == "variable" and not allowed.variable:
        return f"{site.field} cannot name a variable: use Assign to set one"
    if allowed.reference and not all(map(_leads_to_one, path.steps)):
        return _SIMPLE
    return ""


def _leads_to_one(step: Step) -> bool:
    if isinstance(step, Names):
        return len(step.names) == 1
    return isinstance(step, Index) and step.index >= 0
