"""The table of semantic rules: one row a rule. Rules are asked in the order of their rows."""

from __future__ import annotations

from typing import Final

from asl_engine.definition.lint import (
    batches,
    jsonata,
    names,
    paths,
    resources,
    tasks,
    templates,
    times,
    transitions,
    variables,
)
from asl_engine.definition.lint.rule import Rule

_TARGET: Final = "MISSING_TRANSITION_TARGET"
_UNPARSABLE: Final = "INVALID_JSONATA_EXPRESSION"
_UNSUPPORTED: Final = "UNSUPPORTED_JSONATA_EXPRESSION"

RULES: Final[tuple[Rule, ...]] = (
    Rule("INVALID_JSON_PATH", "path", paths.invalid_json_path),
    Rule("INVALID_PATH_OR_INTRINSIC", "template", templates.invalid_path_or_intrinsic),
    Rule("TEMPLATE_FIELD_TWICE", "template", templates.template_field_twice),
    Rule("JSONATA_DELIMITERS", "jsonata", jsonata.jsonata_delimiters),
    Rule(_UNPARSABLE, "jsonata", jsonata.invalid_jsonata_expression, code=_UNPARSABLE),
    Rule(_UNSUPPORTED, "jsonata", jsonata.unsupported_jsonata_expression, code=_UNSUPPORTED),
    Rule("RESERVED_VARIABLE_NAME", "assign", variables.reserved_variable_name, code="RESERVED_VARIABLE_NAME"),
    Rule("INVALID_VARIABLE_NAME", "assign", variables.invalid_variable_name, code="INVALID_VARIABLE_NAME"),
    Rule("CREDENTIALS_ROLE_MISSING", "state", tasks.credentials_role_missing),
    Rule("CREDENTIALS_ON_ACTIVITY", "state", tasks.credentials_on_activity),
    Rule("INVALID_TIMESTAMP", "state", times.invalid_timestamp),
    Rule("EXPRESS_INTEGRATION_PATTERN", "state", tasks.express_integration_pattern),
    Rule("EXPRESS_ACTIVITY", "state", tasks.express_activity),
    Rule("EXPRESS_DISTRIBUTED_MAP", "scope", tasks.express_distributed_map),
    Rule("INVALID_RESOURCE", "state", resources.invalid_resource, level="aws"),
    Rule("RESOURCE_NOT_RECOGNIZED", "state", resources.resource_not_recognized, level="aws"),
    Rule("INTEGRATION_PARAMETERS_MISSING", "state", resources.integration_parameters_missing, level="aws"),
    Rule("INTEGRATION_FIELD_MISSING", "state", resources.integration_field_missing, level="aws"),
    Rule("INVALID_STATE_NAME", "state", names.invalid_state_name, code="INVALID_STATE_NAME"),
    Rule("DUPLICATE_STATE_NAME", "machine", names.duplicate_state_name, code="DUPLICATE_STATE_NAME"),
    Rule("INVALID_LABEL_NAME", "state", names.invalid_label_name, code="INVALID_LABEL_NAME"),
    Rule("DUPLICATE_LABEL_NAME", "machine", names.duplicate_label_name, code="DUPLICATE_LABEL_NAME"),
    Rule("MISSING_TRANSITION_TARGET", "scope", transitions.missing_transition_target, code=_TARGET),
    Rule("MISSING_END_STATE", "machine", transitions.missing_end_state, code="MISSING_END_STATE"),
    Rule("UNREACHABLE_STATE", "scope", transitions.unreachable_state, code=_TARGET),
    Rule("NO_DOLLAR", "template", templates.no_dollar, code="NO_DOLLAR", severity="WARNING"),
    Rule("NO_PATH", "literal", templates.no_path, code="NO_PATH", severity="WARNING"),
    Rule(
        "PASS_RESULT_IS_STATIC",
        "literal",
        templates.pass_result_is_static,
        code="PASS_RESULT_IS_STATIC",
        severity="WARNING",
    ),
    Rule("INTRINSIC_ARGUMENT", "template", templates.intrinsic_argument, code="", severity="WARNING"),
    Rule("INTRINSIC_PATH_ARGUMENT", "path", paths.intrinsic_path_argument, code="", severity="WARNING"),
    Rule("VARIABLE_OF_OUTER_SCOPE", "machine", variables.variable_of_outer_scope, code="", severity="WARNING"),
    Rule("NESTED_MISSING_END_STATE", "scope", transitions.nested_missing_end_state, code="", severity="INFO"),
    Rule("HEARTBEAT_NOT_BELOW_TIMEOUT", "state", times.heartbeat_not_below_timeout, code="", severity="INFO"),
    Rule("ITEM_BATCHER_NEEDS_SIZE", "state", batches.item_batcher_needs_size, code="", severity="INFO"),
)
