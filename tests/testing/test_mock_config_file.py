from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.testing.mock_config_file import MockConfigError, MockedResponse, read_mock_config


def config(responses: dict[str, Any], case: dict[str, str] | None = None) -> dict[str, Any]:
    used = {f"S{index}": name for index, name in enumerate(responses)} if case is None else case
    return {"StateMachines": {"M": {"TestCases": {"C": used}}}, "MockedResponses": responses}


def response(answers: dict[str, Any]) -> MockedResponse:
    return read_mock_config(config({"r": answers})).responses["r"]


def test_single_numbers_and_ranges_in_any_order() -> None:
    read = response({"3": {"Return": "d"}, "1-2": {"Throw": {"Error": "E", "Cause": "c"}}, "0": {"Return": None}})
    first, second, third = (read.answer(number) for number in (0, 1, 2))
    assert first is not None and not first.throws and first.value is None
    assert second is third and second is not None and (second.error, second.cause) == ("E", "c")
    assert read.count == 4
    assert read.answer(4) is None


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}], ids=repr)
def test_return_may_be_any_json(value: Any) -> None:
    answer = response({"0": {"Return": value}}).answer(0)
    assert answer is not None and not answer.throws and answer.value == value and type(answer.value) is type(value)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.randoms())
def test_every_invocation_gets_the_answer_of_its_range(lengths: list[int], random: Any) -> None:
    entries: dict[str, Any] = {}
    owners: list[int] = []
    for index, length in enumerate(lengths):
        first = len(owners)
        key = str(first) if length == 1 else f"{first}-{first + length - 1}"
        entries[key] = {"Return": index}
        owners += [index] * length
    keys = list(entries)
    random.shuffle(keys)
    read = response({key: entries[key] for key in keys})
    found = [read.answer(number) for number in range(len(owners))]
    assert [answer.value for answer in found if answer is not None] == owners
    assert read.answer(len(owners)) is None


OK = {"Return": 1}


@pytest.mark.parametrize(
    "responses, rule, text",
    [
        ({"r": {"1": OK}}, "GAP", "no answer to invocation 0; add \"0\""),
        ({"r": {"0": OK, "2-3": OK}}, "GAP", "no answer to invocation 1"),
        ({"r": {"0": OK, "4": OK}}, "GAP", 'add "1-3"'),
        ({"r": {}}, "GAP", "is empty"),
        ({"r": {"0-2": OK, "2": OK}}, "OVERLAP", "answers invocation 2 twice"),
        ({"r": {"0": OK, "00": OK}}, "OVERLAP", "answers invocation 0 twice"),
        ({"r": {"2-0": OK}}, "KEY", 'write "0-2"'),
        ({"r": {"first": OK}}, "KEY", 'write "0", or a range as "1-2"'),
        ({"r": {"-1": OK}}, "KEY", "no number of an invocation"),
        ({"r": {"٣": OK}}, "KEY", "no number of an invocation"),
        ({"r": {"0": {"Return": 1, "Throw": {"Error": "E", "Cause": "c"}}}}, "ANSWER", "both Return and Throw"),
        ({"r": {"0": {}}}, "ANSWER", "neither Return nor Throw"),
        ({"r": {"0": {"Retrun": 1}}}, "UNKNOWN_FIELD", "did you mean 'Return'?"),
        ({"r": {"0": [1]}}, "WRONG_TYPE", "an answer must be an object"),
        ({"r": {"0": {"Throw": {"Error": "E"}}}}, "MISSING_FIELD", "Throw has no Cause"),
        ({"r": {"0": {"Throw": "E"}}}, "WRONG_TYPE", "Throw must be an object"),
        ({"r": {"0": {"Throw": {"Error": "E", "Cause": {"a": 1}}}}}, "WRONG_TYPE", "Cause must be a text"),
        ({"r": {"0": {"Throw": {"Eror": "E", "Cause": ""}}}}, "UNKNOWN_FIELD", "did you mean 'Error'?"),
        ({"r": [OK]}, "WRONG_TYPE", "'r' must be an object"),
    ],
)  # fmt: skip
def test_mistakes_in_responses(responses: dict[str, Any], rule: str, text: str) -> None:
    with pytest.raises(MockConfigError) as caught:
        read_mock_config(config(responses))
    assert rule in [found.rule for found in caught.value.diagnostics]
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "value, rule, text",
    [
        ([], "WRONG_TYPE", "a mock configuration is an object"),
        ({}, "MISSING_FIELD", "'StateMachines' is missing"),
        ({"StateMachines": {}}, "MISSING_FIELD", "'MockedResponses' is missing"),
        ({"StateMachines": {}, "MockedResponse": {}}, "UNKNOWN_FIELD", "did you mean 'MockedResponses'?"),
        ({"StateMachines": {"M": {}}, "MockedResponses": {}}, "MISSING_FIELD", "'M' has no TestCases"),
        ({"StateMachines": {"M": {"Testcases": {}}}, "MockedResponses": {}}, "UNKNOWN_FIELD", "mean 'TestCases'"),
        ({"StateMachines": {"M": []}, "MockedResponses": {}}, "WRONG_TYPE", "'M' must be an object"),
        (config({"sent": {"0": OK}}, {"S": "snet"}), "NO_SUCH_RESPONSE", "did you mean 'sent'?"),
        (config({}, {"S": "sent"}), "NO_SUCH_RESPONSE", "there are none"),
        (config({"r": {"0": OK}}, {"S": 3}), "WRONG_TYPE", "'S' must name a response"),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_mistakes_around_them(value: Any, rule: str, text: str) -> None:
    with pytest.raises(MockConfigError) as caught:
        read_mock_config(value)
    assert [found.rule for found in caught.value.diagnostics][:1] == [rule]
    assert text in str(caught.value)


def test_a_misspelt_section_is_told_once_and_not_for_every_case() -> None:
    with pytest.raises(MockConfigError) as caught:
        read_mock_config({"StateMachines": {"M": {"TestCases": {"C": {"S": "r"}}}}, "MockedResponse": {"r": {}}})
    assert len(caught.value.diagnostics) == 1


def test_all_mistakes_are_told_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "MockConfigFile.json"
    path.write_text(
        '{"StateMachines": {"M": {"TestCases": {\n'
        '   "C": {"S": "gone"}}}},\n'
        ' "MockedResponses": {"r": {\n'
        '   "1": {"Return": 1}}}}'
    )
    with pytest.raises(MockConfigError) as caught:
        read_mock_config(path)
    places = [(found.line, found.column) for found in caught.value.diagnostics]
    assert places == [(2, 10), (4, 4)]
    assert str(caught.value).splitlines()[0].startswith(f"{path}:2:10: MOCK_CONFIG_NO_SUCH_RESPONSE ")


def test_text_that_is_no_json_and_keys_that_occur_twice(tmp_path: Path) -> None:
    path = tmp_path / "mock.json"
    path.write_text('{"StateMachines": {},}')
    with pytest.raises(MockConfigError, match=":1:21:"):
        read_mock_config(path)
    path.write_text('{"StateMachines": {},\n "StateMachines": {}}')
    with pytest.raises(MockConfigError, match=":2:2:"):
        read_mock_config(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MockConfigError, match="nowhere"):
        read_mock_config(tmp_path / "nowhere.json")


def test_yaml(tmp_path: Path) -> None:
    path = tmp_path / "mocks.yaml"
    path.write_text(
        'StateMachines: {M: {TestCases: {C: {S: r}}}}\nMockedResponses:\n  r:\n    "0": {Return: null}\n'
        '    "1-2": {Throw: {Error: E, Cause: ""}}\n'
    )
    read = read_mock_config(path)
    assert list(read.cases()) == [("M", "C")]
    assert read.responses["r"].count == 3
    assert read.place("/MockedResponses/r") == f"{path}:3:3"


def test_what_nobody_uses_is_a_warning() -> None:
    read = read_mock_config(config({"r": {"0": OK}, "left": {"0": OK}}, {"S": "r"}) | {"Comment": "", "Owner": "me"})
    assert [(found.rule, found.severity) for found in read.warnings] == [
        ("UNKNOWN_FIELD", "WARNING"),
        ("UNUSED_RESPONSE", "WARNING"),
    ]
