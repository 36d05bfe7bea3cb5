from typing import Any

import pytest

from asl_engine.cli.progress import Branch, Step
from asl_engine.cli.wait_ends import WaitEnds


@pytest.mark.parametrize(
    "fields, end",
    [
        ({"Seconds": 10}, 110.0),
        ({"SecondsPath": "$.s"}, 105.0),
        ({"Seconds": "{% $states.input.s * 2 %}"}, 110.0),
        ({"Timestamp": "1970-01-01T00:03:00Z"}, 180.0),
        ({"TimestampPath": "$.t"}, 240.0),
        ({"SecondsPath": "$.nowhere"}, None),
        ({"Seconds": "{% $variable %}"}, None),
        ({"TimestampPath": "$.s"}, None),
    ],
)
def test_the_end_is_known_as_far_as_definition_and_input_say(fields: dict[str, Any], end: float | None) -> None:
    step = Step("W", "Wait", Branch(), 100.0, input_text='{"s": 5, "t": "1970-01-01T00:04:00Z"}')
    definition = {"States": {"M": {"Type": "Map", "ItemProcessor": {"States": {"W": {"Type": "Wait", **fields}}}}}}
    assert WaitEnds(definition).until(step) == end
    assert WaitEnds(definition).until(Step("M", "Map", Branch(), 100.0)) is None
