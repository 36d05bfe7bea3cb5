"""The Lambda function of the workflow: works out an order's total."""

from __future__ import annotations

import json
from typing import Any


class BadMessage(Exception):
    """A message that will never be an order: trying again is of no use."""


class SupplierBusy(Exception):
    """Try again soon."""


class SupplierDown(Exception):
    """Try again another time."""


BUSY = {"o-3"}
"""Orders whose supplier is busy at the first call."""


def process_order(event: dict[str, Any]) -> dict[str, Any]:
    """`{"body": TEXT}` -> `{"order", "total"}`. Raises `BadMessage`, `SupplierBusy`, `SupplierDown`."""
    try:
        order = json.loads(event["body"])
        number, total = order["order"], sum(item["price"] * item["quantity"] for item in order["items"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadMessage(f"no order: {error}") from error
    if number in BUSY:
        BUSY.remove(number)
        raise SupplierBusy(number)
    if any(item.get("supplier") == "down" for item in order["items"]):
        raise SupplierDown(number)
    return {"order": number, "total": total}


tasks = {"ProcessOrder": process_order}
