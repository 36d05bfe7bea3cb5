"""The Lambda functions of the workflow: two scanners and a health check, which look at the commit only."""

from __future__ import annotations

from typing import Any


class NotHealthy(Exception):
    """The service does not answer as it should."""


def scan_for_secrets(commit: dict[str, Any]) -> list[dict[str, str]]:
    """Findings: something that looks like a key is critical."""
    return [{"severity": "CRITICAL", "title": "a secret key"}] if "AKIA" in commit["message"] else []


def scan_dependencies(commit: dict[str, Any]) -> list[dict[str, str]]:
    """Findings: an outdated dependency blocks nothing."""
    return [{"severity": "LOW", "title": "left-pad is outdated"}]


CALLS: list[str] = []


def check_health(event: dict[str, str]) -> dict[str, str]:
    """Healthy at the third look, unless the commit is a broken one. Raises `NotHealthy`."""
    CALLS.append(event["commit"])
    if event["commit"].startswith("bad") or len(CALLS) < 3:
        raise NotHealthy(f"{event['service']} gives 503")
    return {"status": "healthy"}


tasks = {"ScanForSecrets": scan_for_secrets, "ScanDependencies": scan_dependencies, "CheckHealth": check_health}
