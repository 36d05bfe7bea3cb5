"""The FILE of a command as a document."""

from __future__ import annotations

from pathlib import Path

from asl_engine.cli.inputs import standard_input
from asl_engine.definition.source import Document, read_document


def read_definition(name: str, substitutions: dict[str, str]) -> Document:
    """The document of a file, or of standard input for `-`, with its placeholders filled in."""
    if name == "-":
        standard_input()
    document = read_document(Path(name))
    return document.with_substitutions(substitutions) if substitutions else document
