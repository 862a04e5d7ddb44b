"""A folder of numbered SQL files, as psql would run it; where a database stands is told by the runs recorded in it."""

from colonnade.migrate.files.folder import KIND, file_route, file_steps, source, standing, way_back
from colonnade.migrate.files.runner import FileRunner
from colonnade.migrate.files.running import SqlFile, run_file

__all__ = ["KIND", "FileRunner", "SqlFile", "file_route", "file_steps", "run_file", "source", "standing", "way_back"]
