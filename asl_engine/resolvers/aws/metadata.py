"""SdkHttpMetadata and SdkResponseMetadata, which optimised integrations add to their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asl_engine.values import hash_map_order

METADATA: Final = ("SdkHttpMetadata", "SdkResponseMetadata")
_NO_REQUEST_ID: Final = "00000000-0000-0000-0000-000000000000"
_SPELLING: Final = {
    "x-amzn-requestid": "x-amzn-RequestId",
    "x-amzn-trace-id": "X-Amzn-Trace-Id",
    "x-amz-executed-version": "X-Amz-Executed-Version",
    "x-amzn-remapped-content-length": "x-amzn-Remapped-Content-Length",
    "x-amz-crc32": "x-amz-crc32",
    "connection": "connection",
    "content-md5": "Content-MD5",
    "etag": "ETag",
}
"""Headers as recorded. botocore lowers all names, so the rest is spelled Like-This."""


def with_metadata(result: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """`result` and the two members, keys in alphabetical order. `metadata` is botocore's ResponseMetadata.

    Where a call left none (a fake client, a dry run) the request id is all zeros.
    """
    request_id = metadata.get("RequestId") or _NO_REQUEST_ID
    headers = {
        _spelled(name): str(value)
        for name, value in (metadata.get("HTTPHeaders") or {"x-amzn-requestid": request_id}).items()
    }
    added = {
        **result,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [headers[name]] for name in hash_map_order(headers)},
            "HttpHeaders": {name: headers[name] for name in sorted(headers, key=str.lower)},
            "HttpStatusCode": metadata.get("HTTPStatusCode", 200),
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }
    return {name: added[name] for name in sorted(added)}


def without_metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    """`result` without the two members."""
    return {name: item for name, item in result.items() if name not in METADATA}


def _spelled(name: str) -> str:
    return _SPELLING.get(name.lower()) or "-".join(part.capitalize() for part in name.split("-"))
