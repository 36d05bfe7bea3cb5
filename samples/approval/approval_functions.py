"""The Lambda function of the workflow."""

from __future__ import annotations

from typing import Any

ALLOWED = ("t3.micro", "t3.small", "m7g.large")


class InvalidForm(Exception):
    """The form asks for what nobody gets."""


def validate_form(form: dict[str, Any]) -> dict[str, Any]:
    """The request that a form makes. Raises `InvalidForm`."""
    if "@" not in form.get("owner", ""):
        raise InvalidForm("owner must be an address")
    if form.get("instanceType") not in ALLOWED:
        raise InvalidForm(f"instanceType must be one of {', '.join(ALLOWED)}")
    return {"instanceType": form["instanceType"], "owner": form["owner"]}


tasks = {"ValidateForm": validate_form}
