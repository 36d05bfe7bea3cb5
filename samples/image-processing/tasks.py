"""Local stand-ins for the two tasks of the workflow: an image filter, and a bucket that is a dictionary.

Images are PGM texts (portable graymap, `P2`): a header, the width, height and white level, the pixels.
"""

from __future__ import annotations

import hashlib
from typing import Any

PHOTOS = {
    "photos/cross.pgm": "P2\n5 5\n255\n0 0 255 0 0\n0 0 255 0 0\n255 255 255 255 255\n0 0 255 0 0\n0 0 255 0 0\n",
}
BUCKETS: dict[str, dict[str, str]] = {}


def process_image(event: dict[str, Any]) -> dict[str, Any]:
    """The Lambda function: softens the image `Input` (every pixel becomes the mean of its neighbourhood)."""
    width, height, white, *pixels = map(int, PHOTOS[event["Input"]].split()[1:])
    rows = [pixels[start : start + width] for start in range(0, width * height, width)]
    soft = [[_mean_around(rows, x, y) for x in range(width)] for y in range(height)]
    body = "\n".join(" ".join(map(str, row)) for row in soft)
    return {
        "filteredImageKey": event["Output"],
        "filteredImageData": f"P2\n{width} {height}\n{white}\n{body}\n",
    }


def _mean_around(rows: list[list[int]], x: int, y: int) -> int:
    near = [pixel for row in rows[max(0, y - 1) : y + 2] for pixel in row[max(0, x - 1) : x + 2]]
    return sum(near) // len(near)


def put_object(parameters: dict[str, Any]) -> dict[str, Any]:
    """What S3's PutObject would do: keep the body, answer with its ETag."""
    BUCKETS.setdefault(parameters["Bucket"], {})[parameters["Key"]] = parameters["Body"]
    return {"ETag": f'"{hashlib.md5(parameters["Body"].encode()).hexdigest()}"'}


tasks = {"ProcessImageFunction": process_image, "s3:putObject": put_object}
