"""The schema as an entity relationship diagram: drawn as SVG, and as Mermaid text."""

from colonnade.emit.erd.drawing import svg
from colonnade.emit.erd.mermaid import mermaid

__all__ = ["mermaid", "svg"]
