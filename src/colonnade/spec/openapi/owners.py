"""Who keeps the users, whose rows are whose, and who may see them."""

from __future__ import annotations

import re

from colonnade.span import Span
from colonnade.spec.entities import Relationship
from colonnade.spec.openapi.calls import Call
from colonnade.spec.openapi.hints import word
from colonnade.spec.openapi.linking import plural_of
from colonnade.spec.openapi.model import EntityDraft, Model, Place
from colonnade.spec.openapi.resources import Resource
from colonnade.spec.openapi.vocabulary import ASSIGNEE_WORDS, FEED_SEGMENTS, OWNER_WORDS, TENANT_NOUNS
from colonnade.spec.spec import Identity, Isolation
from colonnade.sql.identifier import snake, words

_PROVIDERS = {
    "better-auth": re.compile(r"better[ -]?auth", re.IGNORECASE),
    "supabase": re.compile(r"supabase", re.IGNORECASE),
    "auth0": re.compile(r"auth0", re.IGNORECASE),
    "clerk": re.compile(r"clerk\.(?:com|dev|accounts)|\bclerk (?:auth|jwt|session|token)", re.IGNORECASE),
    "keycloak": re.compile(r"keycloak", re.IGNORECASE),
    "cognito": re.compile(r"cognito", re.IGNORECASE),
    "firebase": re.compile(r"firebase", re.IGNORECASE),
}
_SAYS_OWN = re.compile(
    r"\b(?:their|your|his|her|the caller's|my) own\b|\bonly (?:their|your|his or her)\b"
    r"|\b(?:authenticated|current|logged[- ]in|signed[- ]in) user'?s?'?s?\b|\b(?:of|by|for) the caller\b",
    re.IGNORECASE,
)
_OWNER_FIELDS = ("user_id", "owner_id", "account_id", "created_by", "created_by_id", "author_id", "creator_id")


def add_external_user(model: Model, at: tuple[Span, ...]) -> str:
    """Add the accounts when rows name their user but the contract keeps none; returns the provider, "" if local."""
    stated = word(model.hints, "identity")
    provider = next((name for name, pattern in _PROVIDERS.items() if pattern.search(model.prose)), "")
    if stated in _PROVIDERS and model.user is not None:
        model.user.external = True
        return stated
    if model.directory.user is None:
        called_user = model.directory.exact(("user",))
        model.directory.user = called_user if called_user in model.drafts else None
    if model.directory.user is not None or stated == "none":
        return ""
    naming = [
        (draft, draft.fields[name])
        for draft in model.drafts.values()
        for name in _OWNER_FIELDS
        if name in draft.fields and draft.fields[name].reads and not draft.fields[name].within("create")
    ]
    if not naming or not any(each.exchange.call.secured for each in model.visits):
        return ""
    resource = Resource(name="User", stem=("user",), stems={("user",)})
    model.directory.add(resource)
    model.directory.user = resource
    model.drafts[resource] = EntityDraft(
        resource=resource, fields={}, faces=[], visits=[], external=True, at=naming[0][1].at or at
    )
    return (stated if stated in _PROVIDERS else provider) or "external"


def read_identity(model: Model, provider: str) -> Identity:
    """Return who keeps the users."""
    user = model.user
    if user is None or word(model.hints, "identity") == "none":
        return Identity()
    if not user.external:
        return Identity(provider="local", entity=user.name, at=user.at)
    key = _external_key(model)
    if provider == "better-auth":
        return Identity(provider=provider, entity=user.name, table="user", key_type="text", external=True, at=user.at)
    if provider == "supabase":
        return Identity(
            provider=provider,
            entity=user.name,
            table="users",
            namespace="auth",
            key_type="uuid",
            external=True,
            at=user.at,
        )
    return Identity(provider=provider, entity=user.name, key_type=key, external=True, at=user.at)  # type: ignore[arg-type]  # one of its three words


def _external_key(model: Model) -> str:
    """Return the type of the identifiers that rows hold of users kept elsewhere."""
    bases = [
        field.shape.format or field.shape.type
        for draft in model.drafts.values()
        for name in _OWNER_FIELDS
        if (field := draft.fields.get(name)) is not None
    ]
    first = bases[0] if bases else ""
    return {"uuid": "uuid", "integer": "bigint", "int64": "bigint", "int32": "bigint"}.get(first, "text")


def settle_owners(model: Model) -> Isolation:
    """Mark the owner of every thing, and decide whose rows a caller may see."""
    stated = word(model.hints, "isolation")
    tenant = _tenant(model) if stated != "user" else None
    if tenant is not None:
        return _by_tenant(model, tenant)
    if model.user is None:
        return _unowned(model)
    for draft in model.drafts.values():
        _own_by_words(model, draft, model.user)
        _own(model, draft, model.user)
    for draft in model.drafts.values() if stated else ():
        draft.isolated = bool(draft.owner) if stated == "user" else False
    isolated = [each for each in model.drafts.values() if each.isolated]
    if not isolated:
        return _unowned(model) if not any(each.owner for each in model.drafts.values()) else Isolation(by="none")
    _isolate_parts(model)
    return Isolation(by="user", entity=model.user.name, at=isolated[0].at[:1])


def _own(model: Model, draft: EntityDraft, user: EntityDraft) -> None:
    if draft is user:
        draft.isolated = False
        return
    relationship = owner_reference(model, draft, user)
    if relationship is None:
        return
    model.update(relationship, owner=True)
    draft.owner = relationship.name
    draft.isolated = _is_private(model, draft, relationship)


def _own_by_words(model: Model, draft: EntityDraft, user: EntityDraft) -> None:
    """Give an owner to things whose list the contract says to be the caller's, though no field shows whose they are."""
    lists = [each for each in draft.visits if each.kind == "list" and not each.scopes]
    told = [
        each
        for each in lists
        if each.exchange.call.personal and any(_SAYS_OWN.search(text) for text in _told(each.exchange.call))
    ]
    is_made = any(each.kind == "create" for each in draft.visits)
    name = snake(user.name)
    is_known = bool(model.between(draft.name, user.name)) or f"{name}_id" in draft.attributes
    if draft is user or not told or not is_made or is_known:
        return
    model.relate(
        Relationship(
            name=name,
            source=draft.name,
            target=user.name,
            kind="N-1",
            inverse=plural_of(snake(draft.name)),
            required=True,
            at=(told[0].exchange.call.at,),
        )
    )


def _told(call: Call) -> tuple[str, ...]:
    return (call.text, *(each.description for each in call.replies))


def owner_reference(model: Model, draft: EntityDraft, user: EntityDraft) -> Relationship | None:
    """Return the reference to the user whose row it is: set by the server, not by the request."""
    found = [each for each in model.references(draft.name) if each.target == user.name]
    for called in OWNER_WORDS:
        for each in found:
            if each.name == called and (each.composition or (_is_certain(draft, each) and not _is_sent(draft, each))):
                return each
    return None


def _is_certain(draft: EntityDraft, relationship: Relationship) -> bool:
    """Tell whether every row has the reference; a contract that marks nothing as required does not deny it."""
    if relationship.required:
        return True
    for name, place in draft.places.items():
        field = draft.fields.get(name)
        if place.path == relationship.name and field is not None and field.reads:
            faces = [each.face for each in field.reads]
            silent = not any(p.required for face in faces for p in face.shape.properties.values())
            return silent and not any(each.shape.nullable for each in field.reads)
    return False


def _is_sent(draft: EntityDraft, relationship: Relationship) -> bool:
    return any(
        field.within("create") and place.path == relationship.name
        for name, place in draft.places.items()
        if (field := draft.fields.get(name)) is not None
    )


def _is_private(model: Model, draft: EntityDraft, owner: Relationship) -> bool:
    """Tell whether only the owner may see the rows, by what the contract lets others do; asks when it is not plain."""
    reading = [each for each in draft.visits if each.kind in ("get", "list")]
    if not reading or not all(each.exchange.call.personal or each.mine for each in reading):
        return False
    if all(each.mine for each in reading):
        return True
    if any(_crosses_users(model, draft, owner, each.exchange.call) for each in reading):
        return False
    shared = [each for each in model.references(draft.name) if each.name in ASSIGNEE_WORDS and each != owner]
    flag = next((name for name in ("is_public", "public", "visibility", "shared") if name in draft.fields), "")
    shows_owner = any(
        place.path == owner.name and draft.fields[name].shape.is_object
        for name, place in draft.places.items()
        if name in draft.fields
    )
    told = any(_SAYS_OWN.search(each.exchange.call.text) for each in reading) or _SAYS_OWN.search(model.prose)
    default = "none" if (shared or flag or shows_owner) and not told else "user"
    answer = model.questions.ask(
        "isolation",
        (draft.name,),
        f"May a user see only their own {plural_of(snake(draft.name)).replace('_', ' ')}?",
        default=default,
        alternatives={
            "user": f"Row security shows a caller only the rows whose {owner.name} they are.",
            "none": "Every caller may see every row; the application decides.",
        },
        at=(*owner.at, *draft.at)[:3],
    )
    return answer == "user"


def _crosses_users(model: Model, draft: EntityDraft, owner: Relationship, call: Call) -> bool:
    """Tell whether an operation reads rows of a user whom the caller chooses."""
    wanted = {owner.name, f"{owner.name}_id", f"{owner.name}_name", f"{owner.name}s"}
    if any(snake(each.name) in wanted and each.place == "query" for each in call.parameters):
        return True
    segments = {each.name.lower() for each in call.steps}
    if segments & FEED_SEGMENTS or any("feed" in words(each) for each in segments):
        return True
    user = model.directory.user
    visit = next(each for each in draft.visits if each.exchange.call is call)
    return any(each.resource is user and not _is_own_path(call, each.parameter) for each in visit.scopes)


def _is_own_path(call: Call, parameter: str) -> bool:
    """Tell whether the user in a path can only be the caller: creating rows also needs it there."""
    step = next((each for each in call.steps if parameter in each.parameters), None)
    return step is not None and words(parameter)[0] == "user"


def _isolate_parts(model: Model) -> None:
    """Hide the parts of hidden things: what has no owner of its own is seen with its parent."""
    changed = True
    while changed:
        changed = False
        for draft in model.drafts.values():
            if draft.isolated is not None or draft.owner:
                continue
            parents = [each for each in model.references(draft.name) if each.composition or each.required]
            if any(model.draft(each.target).isolated for each in parents):
                draft.isolated = changed = True


def _tenant(model: Model) -> EntityDraft | None:
    """Return the thing in whose path everything else stands."""
    for draft in model.drafts.values():
        if words(draft.name)[-1] not in TENANT_NOUNS or draft is model.user:
            continue
        rows = [each for each in model.visits if each.resource is not None and each.resource is not draft.resource]
        if rows and all(any(scope.resource is draft.resource for scope in each.scopes) for each in rows):
            return draft
    return None


def _by_tenant(model: Model, tenant: EntityDraft) -> Isolation:
    stated = word(model.hints, "isolation")
    answer = stated or model.questions.ask(
        "isolation",
        (tenant.name,),
        f"May a caller see only the rows of one {snake(tenant.name).replace('_', ' ')}?",
        default="tenant",
        alternatives={
            "tenant": "Row security shows only the rows of the tenant that the caller acts for.",
            "none": "Every caller may see every row; the application decides.",
        },
        at=tenant.at,
    )
    for draft in model.drafts.values():
        found = [each for each in model.references(draft.name) if each.target == tenant.name]
        if found:
            model.update(found[0], owner=True)
            draft.owner = found[0].name
            draft.isolated = answer == "tenant"
    tenant.isolated = False
    if answer == "tenant":
        _isolate_parts(model)
        return Isolation(by="tenant", entity=tenant.name, at=tenant.at)
    return Isolation(by="none")


def _unowned(model: Model) -> Isolation:
    secured = [each for each in model.visits if each.exchange.call.secured]
    if secured:
        model.questions.ask(
            "isolation",
            (model.name,),
            "Callers are known, but no row says whose it is. Does each user have rows of their own?",
            default="none",
            alternatives={
                "none": "Every caller may see every row.",
                "user": "Rows get an owner and row security; name the owned entities with x-colonnade: {owner: …}.",
            },
            at=(secured[0].exchange.call.at,),
        )
    return Isolation(by="none")


def own_by_path(model: Model) -> None:
    """Give the owner reference to things that the path shows to be the caller's: `/users/me/settings`."""
    user = model.user
    if user is None:
        return
    for draft in model.drafts.values():
        home = draft.resource.home
        mine = [each for each in draft.visits if each.mine and home is not None and each.exchange.key == home.key]
        if draft is user or not mine or model.between(draft.name, user.name):
            continue
        model.relate(
            Relationship(
                name="user",
                source=draft.name,
                target=user.name,
                kind="1-1" if draft.resource.singleton else "N-1",
                inverse=snake(draft.name) if draft.resource.singleton else plural_of(snake(draft.name)),
                required=True,
                composition=True,
                at=(mine[0].exchange.call.at,),
            )
        )
        draft.places.setdefault("user_id", Place(path="user"))
