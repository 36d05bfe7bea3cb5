"""The two Lambda functions of the workflow: what a file's name and metadata say, and its lines as rows."""

from __future__ import annotations

import re
from typing import Any

_KEY = re.compile(r"(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d)/(?P<station>[a-z0-9-]+)\.csv")


class BadKey(Exception):
    """The file is not where measurements belong."""


def parse_metadata(event: dict[str, Any]) -> dict[str, Any]:
    """`{"key", "metadata"}` -> `{"station", "date", "separator"}`. Raises `BadKey`."""
    match = _KEY.fullmatch(event["key"])
    if match is None:
        raise BadKey(f"{event['key']} is no YYYY/MM/DD/STATION.csv")
    return {
        "station": match["station"],
        "date": f"{match['year']}-{match['month']}-{match['day']}",
        "separator": event["metadata"].get("separator", ","),
    }


def transform(event: dict[str, Any]) -> dict[str, Any]:
    """`{"source", "body"}` -> `{"rows", "rejected"}`: a line whose value is no number is rejected."""
    source = event["source"]
    lines = [line for line in event["body"].split("\n")[1:] if line]
    rows = [row for line in lines if (row := _row(line, source)) is not None]
    return {"rows": rows, "rejected": len(lines) - len(rows)}


def _row(line: str, source: dict[str, str]) -> dict[str, str] | None:
    time, _, celsius = line.partition(source["separator"])
    if not re.fullmatch(r"-?\d+(\.\d+)?", celsius):
        return None
    return {"station": source["station"], "time": f"{source['date']}T{time}Z", "celsius": celsius}


tasks = {"ParseMetadata": parse_metadata, "Transform": transform}
