"""Models imported from a path: a package, a file, or a folder of files."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, configure_mappers

_NOT_MODELS = frozenset({"__main__", "conftest"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the import brought: the mapped classes by table, and all tables."""

    root: str
    mappers: tuple[Mapper[object], ...]
    metadatas: tuple[sa.MetaData, ...]

    def mapper(self, table: str) -> Mapper[object]:
        """Return the mapper of a table; raises LookupError when no class maps it."""
        for mapper in self.mappers:
            if isinstance(mapper.local_table, sa.Table) and mapper.local_table.key == table:
                return mapper
        message = f'no class maps the table "{table}"'
        raise LookupError(message)


class NoModelsError(Exception):
    """The import brought no table."""


def load(path: str) -> Loaded:
    """Import everything at the path, and configure its mappers."""
    modules = tuple(_imported(Path(path)))
    configure_mappers()
    mappers: dict[Mapper[object], None] = {}
    metadatas: dict[sa.MetaData, None] = {}
    for module in modules:
        for value in list(vars(module).values()):
            mapper: Any = sa.inspect(value, raiseerr=False) if isinstance(value, type) else None
            if isinstance(mapper, Mapper):
                mappers[mapper] = None
            for table in _tables(value, mapper):
                metadatas[table.metadata] = None
            if isinstance(value, sa.MetaData) and value.tables:
                metadatas[value] = None
    if not metadatas:
        raise NoModelsError(f'nothing at "{path}" defines a table')
    ordered = sorted(mappers, key=lambda each: (str(each.local_table), each.class_.__name__))
    return Loaded(root=path, mappers=tuple(ordered), metadatas=tuple(metadatas))


def _tables(value: object, mapper: object) -> Iterator[sa.Table]:
    """Give the tables that a module's value stands for."""
    if isinstance(value, sa.Table):
        yield value
    if isinstance(mapper, Mapper) and isinstance(mapper.local_table, sa.Table):
        yield mapper.local_table


def _imported(path: Path) -> Iterator[ModuleType]:
    """Import the modules at the path, one after the other."""
    if path.is_file():
        yield _module(path)
    elif (path / "__init__.py").is_file():
        package = importlib.import_module(_dotted_name(path))
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.rpartition(".")[2] not in _NOT_MODELS:
                yield importlib.import_module(found.name)
    else:
        sys.path.insert(0, str(path))
        for file in sorted(path.glob("*.py")):
            if file.stem not in _NOT_MODELS:
                yield _module(file)


def _module(file: Path) -> ModuleType:
    """Import one file, under its dotted name when it belongs to a package."""
    if file.stem.isidentifier() and file.stem not in sys.modules:
        return importlib.import_module(_dotted_name(file))
    spec = importlib.util.spec_from_file_location("colonnade_models", file)
    if spec is None or spec.loader is None:
        raise ImportError(f'"{file}" is no Python file')
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _dotted_name(path: Path) -> str:
    """Return the importable name of a package or file, after making it importable."""
    parts = [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    sys.path.insert(0, str(folder))
    return ".".join(parts)
