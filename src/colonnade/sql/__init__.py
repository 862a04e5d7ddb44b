"""The SQL language without I/O: identifiers, literals, types, scripts."""
