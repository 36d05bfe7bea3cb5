"""`$now`, `$millis`, `$toMillis`, `$fromMillis`: the formatting modules are imported when first needed."""

from __future__ import annotations

from typing import Any

from asl_engine.query.jsonata.runtime import Evaluation
from asl_engine.query.scope import UNDEFINED


def from_millis(millis: Any, picture: Any = UNDEFINED, timezone: Any = UNDEFINED) -> Any:
    """`$fromMillis`."""
    from asl_engine.query.jsonata import datetime_format

    return datetime_format.from_millis(millis, picture, timezone)


def to_millis(run: Evaluation, text: Any, picture: Any = UNDEFINED) -> Any:
    """`$toMillis`; what a picture leaves open is taken from the evaluation's own instant."""
    from asl_engine.query.jsonata import datetime_parse

    if text is UNDEFINED:
        return UNDEFINED
    return datetime_parse.to_millis(text, picture, now_millis=run.millis() if picture is not UNDEFINED else 0)


def now(run: Evaluation, picture: Any = UNDEFINED, timezone: Any = UNDEFINED) -> Any:
    """`$now`: the same instant wherever it stands in one evaluation."""
    return from_millis(run.millis(), picture, timezone)


def millis(run: Evaluation) -> Any:
    """`$millis`."""
    return run.millis()
