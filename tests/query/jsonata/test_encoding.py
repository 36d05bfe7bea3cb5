"""base64, percent-encoding and hashes. Expected values: node's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.query.jsonata import encoding
from asl_engine.query.jsonata.errors import JsonataError
from asl_engine.query.scope import UNDEFINED


@pytest.mark.parametrize(
    ("function", "text", "result"),
    [
        (encoding.base64_encode, "hello", "aGVsbG8="),
        (encoding.base64_encode, "", ""),
        (encoding.base64_encode, "\u20ac", "rA=="),
        (encoding.base64_decode, "aGVsbG8=", "hello"),
        (encoding.base64_decode, "YW-_ x!y", "ao\xbf\xc7"),
        (encoding.base64_decode, "YQ==YQ==", "a"),
        (encoding.base64_decode, "Y", ""),
        (encoding.encode_url_component, "a b/\u00e9?", "a%20b%2F%C3%A9%3F"),
        (encoding.encode_url, "http://x/?q=\u00e9 b#!", "http://x/?q=%C3%A9%20b#!"),
        (encoding.encode_url_component, "-_.!~*'()", "-_.!~*'()"),
        (encoding.encode_url_component, "\ud83d\ude00", "%F0%9F%98%80"),
        (encoding.decode_url_component, "%E2%82%AC%20x", "\u20ac x"),
        (encoding.decode_url, "%2F%41%3f", "%2FA%3f"),
        (encoding.decode_url_component, "%2F%41", "/A"),
    ],
)
def test_both_ways(function: Any, text: str, result: str) -> None:
    assert function(text) == result
    assert function(UNDEFINED) is UNDEFINED


@pytest.mark.parametrize(
    ("function", "text", "name"),
    [
        (encoding.encode_url, "\ud800", "encodeUrl"),
        (encoding.encode_url_component, "x\udc00", "encodeUrlComponent"),
        (encoding.decode_url, "%", "decodeUrl"),
        (encoding.decode_url_component, "%zz", "decodeUrlComponent"),
        (encoding.decode_url_component, "%C3", "decodeUrlComponent"),
        (encoding.decode_url_component, "%ED%A0%80", "decodeUrlComponent"),
    ],
)
def test_malformed(function: Any, text: str, name: str) -> None:
    with pytest.raises(JsonataError) as caught:
        function(text)
    assert (caught.value.code, caught.value.more["functionName"]) == ("D3140", name)


@given(st.text(st.characters(codec="utf-8")))
def test_percent_encoding_round_trips(text: str) -> None:
    assert encoding.decode_url_component(encoding.encode_url_component(text)) == text


@given(st.text(st.characters(max_codepoint=255)))
def test_base64_round_trips(text: str) -> None:
    assert encoding.base64_decode(encoding.base64_encode(text)) == text


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("MD5", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_hash(algorithm: str, digest: str) -> None:
    assert encoding.hash_text("abc", algorithm) == digest


@pytest.mark.parametrize(("name", "length"), [("SHA-384", 96), ("SHA-512", 128)])
def test_long_hashes(name: str, length: int) -> None:
    assert len(encoding.hash_text("\u00e9", name)) == length


@pytest.mark.parametrize(
    ("text", "algorithm", "code"), [("a", "sha-256", "T0410"), ("a", UNDEFINED, "T0410"), ("\ud800", "MD5", "D3140")]
)
def test_hash_refuses(text: str, algorithm: Any, code: str) -> None:
    with pytest.raises(JsonataError) as caught:
        encoding.hash_text(text, algorithm)
    assert caught.value.code == code
