"""The functions that the order workflow calls: plain Lambda handlers, kept in this process.

An exception's class is the error that `Retry` and `Catch` see, as with a real Lambda function.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

STOCK = {"tea": 40, "teapot": 3}
CARRIERS = {"DE": "DHL", "FR": "La Poste", "JP": "Yamato"}
calls: Counter[str] = Counter()


class OutOfStock(Exception):
    """There is less on the shelf than was ordered."""


class GatewayDown(Exception):
    """The payment gateway did not answer; it may, the next time."""


class CardDeclined(Exception):
    """The bank said no."""


class NoCarrier(Exception):
    """Nobody delivers to that country."""


def reserve_stock(event: dict[str, Any]) -> dict[str, Any]:
    for item in event["items"]:
        if STOCK.get(item["sku"], 0) < item["quantity"]:
            raise OutOfStock(f"not enough {item['sku']} on the shelf")
    return {"reservationId": f"res-{event['orderId']}"}


def charge_card(event: dict[str, Any]) -> dict[str, Any]:
    """Drops the first two of every three calls for an order, so that the workflow has to retry."""
    calls[event["orderId"]] += 1
    if calls[event["orderId"]] % 3:
        raise GatewayDown("connection reset by peer")
    if event["card"].endswith("0000"):
        raise CardDeclined("insufficient funds")
    return {"paymentId": f"pay-{event['orderId']}", "amount": event["amount"]}


def ship_order(event: dict[str, Any]) -> dict[str, Any]:
    country = event["address"]["country"]
    if country not in CARRIERS:
        raise NoCarrier(f"no carrier delivers to {country}")
    return {"trackingId": f"{CARRIERS[country]}-{event['reservationId']}"}


def refund_card(event: dict[str, Any]) -> dict[str, Any]:
    return {"refundId": f"refund-of-{event['paymentId']}"}


def release_stock(event: dict[str, Any]) -> dict[str, Any]:
    return {"releaseId": f"release-of-{event['reservationId']}"}


tasks = {
    "ReserveStock": reserve_stock,
    "ChargeCard": charge_card,
    "ShipOrder": ship_order,
    "RefundCard": refund_card,
    "ReleaseStock": release_stock,
}
