"""What a user tells about themselves."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.dialects.postgresql import insert

from generated.models.profile import Profile, ProfilePublic
from service.dependencies import Mine, MineToRead, Signed
from service.schemas import ProfileWrite

router = APIRouter(tags=["profile"])


@router.get("/users/me/profile", operation_id="readProfile")
async def read_profile(caller: Signed, session: MineToRead) -> ProfilePublic:
    """Return the caller's profile; one that nobody has written yet is what it is by default."""
    found = await session.get(Profile, caller.user_id)
    return ProfilePublic.model_validate(found) if found else ProfilePublic(user_id=caller.user_id)


@router.put("/users/me/profile", operation_id="writeProfile")
async def write_profile(given: ProfileWrite, caller: Signed, session: Mine) -> ProfilePublic:
    """Write the whole profile, in one statement whether there is one or not."""
    values = given.model_dump()
    written = insert(Profile).values(user_id=caller.user_id, **values)
    written = written.on_conflict_do_update(index_elements=["user_id"], set_=values)
    await session.exec(written)
    return ProfilePublic(user_id=caller.user_id, **values)
