"""The schema as an entity relationship diagram: drawn as SVG, and as text in Mermaid and DBML."""

from colonnade.emit.erd.dbml import dbml
from colonnade.emit.erd.drawing import svg
from colonnade.emit.erd.mermaid import mermaid

__all__ = ["dbml", "mermaid", "svg"]
