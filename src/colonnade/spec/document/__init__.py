"""YAML and JSON documents as trees of nodes that keep their place."""

from colonnade.spec.document.file import MAX_BYTES, load, parse
from colonnade.spec.document.node import Document, Node, Scalar, Source

__all__ = ["MAX_BYTES", "Document", "Node", "Scalar", "Source", "load", "parse"]
