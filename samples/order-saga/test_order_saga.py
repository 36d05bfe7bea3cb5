"""The order saga with the testing kit: every way to its end, in simulated time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

WORKFLOW = "workflow.asl.json"
ORDER: dict[str, Any] = {
    "orderId": "o-1",
    "card": "4111",
    "items": [{"sku": "tea", "price": 6, "quantity": 2}],
    "address": {"country": "DE"},
}
GOOD: dict[str, Any] = {
    "ReserveStock": {"reservationId": "res-1"},
    "ChargeCard": {"paymentId": "pay-1"},
    "ShipOrder": {"trackingId": "DHL-1"},
}
UNDO = {"RefundCard": {"refundId": "ref-1"}, "ReleaseStock": {"releaseId": "rel-1"}}
ITEM = st.fixed_dictionaries(
    {"sku": st.text(), "price": st.integers(0, 10**6) | st.floats(0, 1e6), "quantity": st.integers(1, 99)}
)
ORDERS = st.fixed_dictionaries(
    {
        "orderId": st.text(),
        "card": st.text(),
        "items": st.lists(ITEM, min_size=1, max_size=3),
        "address": st.fixed_dictionaries({}, optional={"country": st.text()}),
    }
)


def lambda_error(asl: Any, name: str) -> Any:
    return asl.error(name, f'{{"errorType": "{name}", "errorMessage": "because of {name}"}}')


def test_shipped(asl: Any) -> None:
    run = asl.run(WORKFLOW, ORDER, mocks=GOOD)
    assert run.output == {"orderId": "o-1", "status": "SHIPPED", "paid": 12, "trackingId": "DHL-1"}


def test_the_gateway_is_asked_again(asl: Any) -> None:
    down = lambda_error(asl, "GatewayDown")
    run = asl.run(WORKFLOW, ORDER, mocks=GOOD | {"ChargeCard": [down, down, {"paymentId": "pay-1"}]})
    assert run.path == ["CheckOrder", "TakeOrder", "ReserveStock", "ChargeCard", "ShipOrder", "OrderShipped"]
    assert run.duration == timedelta(seconds=2 + 4)


def test_what_was_done_is_undone_in_reverse_order(asl: Any) -> None:
    run = asl.run(WORKFLOW, ORDER, mocks=GOOD | UNDO | {"ShipOrder": lambda_error(asl, "NoCarrier")})
    assert run.path[4:] == ["ShipOrder", "RefundCard", "ReleaseStock", "OrderCancelled"]
    assert (run.output["reason"], run.output["undone"]) == ("because of NoCarrier", ["ref-1", "rel-1"])


@pytest.mark.parametrize("error", ["Lambda.TooManyRequestsException", "States.Timeout", "Odd"])
def test_whatever_else_fails_at_the_carrier_the_card_is_refunded(asl: Any, error: str) -> None:
    run = asl.run(WORKFLOW, ORDER, mocks=GOOD | UNDO | {"ShipOrder": asl.error(error)})
    assert run.path[4:] == ["ShipOrder", "RefundCard", "ReleaseStock", "OrderCancelled"]
    assert (run.output["reason"], run.output["undone"]) == ("the parcel could not be shipped", ["ref-1", "rel-1"])


def test_a_parcel_without_a_tracking_id_is_refunded(asl: Any) -> None:
    run = asl.run(WORKFLOW, ORDER, mocks=GOOD | UNDO | {"ShipOrder": {}})
    assert run.state("ShipOrder").errors == ["States.QueryEvaluationError"]
    assert run.output["undone"] == ["ref-1", "rel-1"]


def test_no_failure_leaves_a_card_charged(asl: Any) -> None:
    asl.reaches_after_failure(WORKFLOW, failed="ShipOrder", reached="RefundCard", inputs=ORDERS)


def test_no_order_fails_half_way_by_itself(asl: Any) -> None:
    asl.never_fails_by_itself(WORKFLOW, inputs=ORDERS)
    asl.never_fails_by_itself(WORKFLOW)  # with inputs of any shape


def test_the_gateway_is_given_up_after_four_times(asl: Any) -> None:
    down = lambda_error(asl, "GatewayDown")
    mocks = {"ReserveStock": GOOD["ReserveStock"], "ChargeCard": [down] * 4, "ReleaseStock": UNDO["ReleaseStock"]}
    run = asl.run(WORKFLOW, ORDER, mocks=mocks)
    assert run.duration == timedelta(seconds=2 + 4 + 8)
    assert run.output["reason"] == "the payment gateway does not answer"


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"items": [{"sku": "tea"}]},
        {"items": [*ORDER["items"], {"sku": "tea", "price": "6", "quantity": 1}]},
        {"items": "tea"},
        {"items": None},
        {"orderId": 7},
        {"card": None},
        {"address": "Berlin"},
    ],
    ids=str,
)
def test_what_is_no_order_is_refused_before_anything_is_done(asl: Any, change: dict[str, Any]) -> None:
    run = asl.run(WORKFLOW, ORDER | change)
    assert (run.status, run.error, run.path) == ("FAILED", "OrderInvalid", ["CheckOrder", "OrderRefused"])


@pytest.mark.parametrize("given", [{}, [], "an order", 7, None], ids=str)
def test_what_is_no_object_is_refused(asl: Any, given: Any) -> None:
    assert asl.run(WORKFLOW, given).error == "OrderInvalid"


@pytest.mark.parametrize(
    ("error", "reason"), [("CardDeclined", "because of CardDeclined"), ("Odd", "the payment gateway does not answer")]
)
def test_without_payment_only_stock_is_released(asl: Any, error: str, reason: str) -> None:
    mocks = {
        "ReserveStock": GOOD["ReserveStock"],
        "ChargeCard": lambda_error(asl, error),
        "ReleaseStock": UNDO["ReleaseStock"],
    }
    run = asl.run(WORKFLOW, ORDER, mocks=mocks)
    assert (run.output["reason"], run.output["undone"]) == (reason, ["rel-1"])


def test_nothing_is_reserved_of_what_is_not_there(asl: Any) -> None:
    run = asl.run(WORKFLOW, ORDER, mocks={"ReserveStock": lambda_error(asl, "OutOfStock")})
    assert run.output == {"orderId": "o-1", "status": "CANCELLED", "reason": "because of OutOfStock", "undone": []}
