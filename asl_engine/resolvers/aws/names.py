"""The names of services, actions, members and exceptions as Step Functions spells them.

An `aws-sdk:` integration wears the names of the AWS SDK for Java v2: a member is its API name with the
leading run of capitals lowered and the first letter raised again (`DBInstanceIdentifier` is
`DbInstanceIdentifier`, `ETag` stays `ETag`). The optimised integrations are of an older generation and
only raise the first letter (`MD5OfMessageBody`, `SystemTags`). Pure functions; nothing is loaded here.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Style = Literal["sdk", "optimized"]
"""Whose spelling: that of `arn:aws:states:::aws-sdk:...`, or that of the optimised integrations."""

_JAVA_WORDS: Final = frozenset(
    """
    abstract assert boolean break byte case catch char class const continue default do double else
    enum extends false final finally float for goto if implements import instanceof int interface
    long native new null package private protected public return short static strictfp super switch
    synchronized this throw throws transient true try void volatile while equals finalize getClass
    hashCode notify notifyAll toString wait builder sdkFields toBuilder overrideConfiguration
    sdkHttpResponse
    """.split()  # noqa: SIM905 - a list literal would be sixty lines
)
"""Names that no Java method may have: such members get the suffix `Value` (`Equals` is `EqualsValue`)."""

MEMBER_OVERRIDES: Final[dict[tuple[str, str, Style], str]] = {
    # (shape, member, style): renamed by the SDK itself, or recorded otherwise than the rule says.
    ("AttributeValue", "NULL", "sdk"): "Nul",
    ("AttributeValue", "NULL", "optimized"): "Nul",
    ("AttributeValue", "BOOL", "optimized"): "Bool",
    ("AttributeValue", "SS", "optimized"): "Ss",
    ("AttributeValue", "NS", "optimized"): "Ns",
    ("AttributeValue", "BS", "optimized"): "Bs",
}

MEMBER_SYNONYMS: Final = frozenset({"AttributeValue"})
"""Shapes whose members AWS also takes under their API names in a request: `{"BOOL": true}`."""

SERVICE_OVERRIDES: Final[dict[str, str]] = {}
"""Service id: name in the resource, where AWS does not follow the rule. None is known."""


def uncapitalize(name: str) -> str:
    """`name` with its leading run of capitals lowered, up to a capital that begins a word."""
    end = 1
    while end < len(name) and name[end].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[:end].lower() + name[end:]


def capitalize(name: str) -> str:
    """`name` with its first letter raised and nothing else changed."""
    return name[:1].upper() + name[1:]


def member_name(member: str, shape: str = "", style: Style = "sdk") -> str:
    """The name under which Step Functions shows the member `member` of the structure `shape`.

    >>> member_name("DBClusters"), member_name("stateMachineArn"), member_name("Equals")
    ('DbClusters', 'StateMachineArn', 'EqualsValue')
    """
    override = MEMBER_OVERRIDES.get((shape, member, style))
    if override is not None:
        return override
    if style == "optimized":
        return capitalize(member)
    lowered = uncapitalize(member)
    return capitalize(lowered + "Value" if lowered in _JAVA_WORDS else lowered)


def action_name(operation: str) -> str:
    """The action in a resource for an API operation: `ListObjectsV2` is `listObjectsV2`."""
    return uncapitalize(operation)


def pascal_case(text: str) -> str:
    """`text` split into words as the Java SDK does it, each with one capital: `DynamoDB` is `DynamoDb`."""
    return "".join(capitalize(word.lower()) for word in _words(text))


def _words(text: str) -> list[str]:
    text = re.sub(r"[^A-Za-z0-9]+", " ", text)
    text = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", text)
    text = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])", " ", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", text)
    text = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", text)
    return text.split()


def exception_prefix(service_id: str) -> str:
    """What stands before the dot of an SDK integration's errors: `Sfn`, `DynamoDb`, `CloudWatchLogs`."""
    name = pascal_case(service_id)
    for leading in ("Amazon", "Aws"):
        name = name.removeprefix(leading)
    return name.removesuffix("Service") or pascal_case(service_id)


def service_name(service_id: str) -> str:
    """The service in `arn:aws:states:::aws-sdk:<service>:...` for a service id of the API's model."""
    return SERVICE_OVERRIDES.get(service_id) or exception_prefix(service_id).lower()


def exception_name(shape: str, prefix: str) -> str:
    """What stands after the dot for a modelled error shape: always with the suffix `Exception`."""
    name = pascal_case(shape.removesuffix("Fault"))
    if not name.endswith("Exception"):
        name += "Exception"
    return f"Default{name}" if name == f"{prefix}Exception" else name
