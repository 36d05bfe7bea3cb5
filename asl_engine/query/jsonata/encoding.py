"""Text in other clothes: base64, percent-encoding, hashes."""

from __future__ import annotations

import re
from typing import Any, Final

from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.jsonata.utf16 import characters, has_lone_surrogate, units
from asl_engine.query.scope import UNDEFINED

HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
"""The algorithms of AWS's `$hash`, by the names AWS gives them."""

_KEPT: Final = "!*'()"
_KEPT_IN_URL: Final = ";/?:@&=+$,#"
_PERCENT: Final = re.compile("(?:%[0-9A-Fa-f]{2})+|%")
_BASE64: Final = re.compile("[^A-Za-z0-9+/]")


def base64_encode(text: Any) -> Any:
    """`$base64encode`: each UTF-16 unit is one byte, its lower 8 bits, as in the reference."""
    if text is UNDEFINED:
        return UNDEFINED
    import base64

    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        data = bytes(ord(unit) & 0xFF for unit in units(text))
    return base64.b64encode(data).decode("ascii")


def base64_decode(text: Any) -> Any:
    """`$base64decode`: each byte becomes one character. What is no base64 is skipped, as node does."""
    if text is UNDEFINED:
        return UNDEFINED
    import base64

    if not text.isascii():
        text = "".join(chr(ord(unit) & 0xFF) for unit in units(text))
    digits = _BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("latin-1")


def encode_url_component(text: Any) -> Any:
    """`$encodeUrlComponent`. Raises D3140 for a lone surrogate."""
    return _encode(text, _KEPT, "encodeUrlComponent")


def encode_url(text: Any) -> Any:
    """`$encodeUrl`: as the component, but what structures a URL stays. Raises D3140 for a lone surrogate."""
    return _encode(text, _KEPT + _KEPT_IN_URL, "encodeUrl")


def _encode(text: Any, kept: str, name: str) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    from urllib.parse import quote

    whole = characters(text)
    if has_lone_surrogate(whole):
        raise JsonataError("D3140", value=text, functionName=name)
    return quote(whole, safe=kept)


def decode_url_component(text: Any) -> Any:
    """`$decodeUrlComponent`. Raises D3140 for a `%` that is no byte and for bytes that are no UTF-8."""
    return _decode(text, "", "decodeUrlComponent")


def decode_url(text: Any) -> Any:
    """`$decodeUrl`: what structures a URL stays encoded. Raises D3140 as the component does."""
    return _decode(text, _KEPT_IN_URL, "decodeUrl")


def _decode(text: Any, kept: str, name: str) -> Any:
    if text is UNDEFINED:
        return UNDEFINED

    def decoded(match: re.Match[str]) -> str:
        run = match.group()
        if run == "%":
            raise JsonataError("D3140", value=text, functionName=name)
        return _decoded_run(run, kept)

    try:
        return _PERCENT.sub(decoded, text)
    except UnicodeDecodeError:
        raise JsonataError("D3140", value=text, functionName=name) from None


def _decoded_run(run: str, kept: str) -> str:
    plain = bytes.fromhex(run.replace("%", "")).decode("utf-8")
    if not any(character in kept for character in plain):
        return plain
    shown = []
    offset = 0
    for character in plain:
        width = len(character.encode("utf-8")) * 3
        shown.append(run[offset : offset + width] if character in kept else character)
        offset += width
    return "".join(shown)


def hash_text(text: Any, algorithm: Any) -> Any:
    """AWS's `$hash`: the hash of the text's UTF-8, in lower-case hexadecimal.

    `algorithm` is one of `HASHES`. Raises T0410 for any other, D3140 for a text with half a character."""
    if text is UNDEFINED:
        return UNDEFINED
    name = HASHES.get(algorithm) if isinstance(algorithm, str) else None
    if name is None:
        raise JsonataError("T0410", value=algorithm, token="hash", index=2)
    if has_lone_surrogate(characters(text)):
        raise JsonataError("D3140", value=text, functionName="hash")
    import hashlib

    return hashlib.new(name, characters(text).encode("utf-8"), usedforsecurity=False).hexdigest()
