"""From text, file, stdin or dict to a `Document`: a value together with the place of each of its parts."""

from asl_engine.definition.source.document import Document, read_document
from asl_engine.definition.source.holes import is_hole
from asl_engine.definition.source.pointer import aws_location, join_pointer, split_pointer

__all__ = ["Document", "aws_location", "is_hole", "join_pointer", "read_document", "split_pointer"]
