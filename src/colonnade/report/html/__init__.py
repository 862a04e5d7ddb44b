"""report.html: design and proof on one page that needs nothing beside itself."""

from colonnade.report.html.document import html

__all__ = ["html"]
