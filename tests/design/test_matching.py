"""What an existing schema says of itself."""

from __future__ import annotations

import pytest

from colonnade.design.matching import design_of
from colonnade.postgres import Server, introspect

NOTES = "CREATE ROLE keeper; CREATE ROLE app; CREATE TABLE notes (id bigint); ALTER TABLE notes OWNER TO keeper;"


@pytest.mark.parametrize(
    "rights",
    [
        "CREATE POLICY p ON notes TO keeper, app USING (true); CREATE POLICY q ON notes TO keeper USING (true)",
        "CREATE POLICY p ON notes USING (true); GRANT SELECT ON notes TO app",
    ],
)
def test_the_application_role_is_never_the_owner(server: Server, rights: str) -> None:
    with server.temporary_roles(), server.scratch_database() as database:
        database.script(NOTES + rights)
        assert design_of(introspect(database), name="notes").application_role == "app"
