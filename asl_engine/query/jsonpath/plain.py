"""Plain paths, `$.a.b[0]`, `$$.x['y']`, `$name.z`: read by one regular expression, without a parser.

Nearly every path of a real definition is plain, so these never cost the import of a parser.
"""

from __future__ import annotations

import re
from typing import Final

from asl_engine.query.jsonpath.steps import Index, Names, Step

_NAME: Final = r"[^\s.\[\](){}'\"?*@,:!=<>&|~$/\\]+"
_STEP: Final = rf"\.({_NAME})|\['([^'\\\[\]]*)'\]|\[(\d{{1,9}})\]"
_PLAIN: Final = re.compile(rf"(?:{_STEP})*")
_ONE: Final = re.compile(_STEP)


def plain_steps(text: str) -> tuple[Step, ...] | None:
    """The steps of a plain path, given without its root (`.a.b[0]`); None where the path is not plain."""
    if not _PLAIN.fullmatch(text):
        return None
    return tuple(_step(match) for match in _ONE.finditer(text))


def _step(match: re.Match[str]) -> Step:
    dotted, quoted, index = match.groups()
    if index is not None:
        return Index(int(index))
    return Names((dotted if dotted is not None else quoted,))
