"""The names that AWS takes: of executions and activities."""

from __future__ import annotations

import re
from typing import Any, Final

MOST_CHARACTERS: Final = 80
_REFUSED: Final = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]")


def is_name(name: Any) -> bool:
    """Whether AWS takes a name: 1 to 80 characters without blanks, brackets, wildcards and special characters
    (StartExecution's documentation; recorded for CreateActivity)."""
    return isinstance(name, str) and 0 < len(name) <= MOST_CHARACTERS and _REFUSED.search(name) is None
