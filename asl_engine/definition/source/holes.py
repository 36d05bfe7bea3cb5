"""Unfilled placeholders: values whose type and content nobody knows yet.

`${Name}` is filled in by DefinitionSubstitutions, Fn::Sub, Terraform or the Serverless Framework before
AWS sees the definition. A text that contains one is a hole: no check of its type, range or content may
call it wrong.
"""

from __future__ import annotations

import re
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\$\{[^}]+\}|\{\{[^}]+\}\}")
_NAME: Final = re.compile(r"\$\{!?[A-Za-z_][\w.:-]*\}")


def is_hole(value: Any) -> bool:
    """Whether `value` is a text with a placeholder in it (`${Name}`, `${var.x[0]}`, `{{name}}`).

    An object that only calls a function of CloudFormation's (`{"Ref": ...}`, `{"Fn::GetAtt": ...}`) is one too.
    Inside a JSONata text (`{% ... %}`) only a plain `${Name}` counts, since `${"a": 1}` groups there.
    """
    if value.__class__ is not str:
        return value.__class__ is dict and len(value) == 1 and _is_function(*next(iter(value.items())))
    if "{" not in value:
        return False
    pattern = _NAME if value.lstrip().startswith("{%") else _PLACEHOLDER
    return pattern.search(value) is not None


def _is_function(name: str, argument: Any) -> bool:
    return (name == "Ref" and argument.__class__ is str) or name.startswith("Fn::")
