"""JSON values: the one reader, the one writer, equality, size, copies at the boundary, Java's orders.

A JSON value is None, bool, int, float (finite), str, list or dict with str keys. Values are immutable
by rule and shared by reference; whoever needs a changed value builds a new one.
"""

from asl_engine.values.boundary import NotJsonError, copy_json
from asl_engine.values.compare import equal
from asl_engine.values.java import hash_map_order, string_hash
from asl_engine.values.json_text import JsonText
from asl_engine.values.measure import size_in_bytes, text_bytes
from asl_engine.values.moment import EPOCH, LAST_SECONDS, parse_moment
from asl_engine.values.stack import on_fresh_stack
from asl_engine.values.text import MAX_DEPTH, JsonTextError, read_json, write_json

__all__ = [
    "EPOCH",
    "LAST_SECONDS",
    "MAX_DEPTH",
    "JsonText",
    "JsonTextError",
    "NotJsonError",
    "copy_json",
    "equal",
    "hash_map_order",
    "on_fresh_stack",
    "parse_moment",
    "read_json",
    "size_in_bytes",
    "string_hash",
    "text_bytes",
    "write_json",
]
