"""Who keeps the users: the catalogue of identity providers, and the settings that hold for the whole file."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.shape import Block, text_of, word_of
from colonnade.spec.document import Node
from colonnade.spec.spec import Defaults, Identity, Isolation

KeyType = Literal["", "text", "uuid", "bigint"]
KEY_KINDS = ("bigint", "uuid", "uuidv7", "text")
PROVIDER_KEY_KINDS = ("text", "uuid", "bigint")
TIMESTAMP_NAMES = ("created_at", "updated_at")
_IDENTITY_KEYS = ("user", "entity", "table", "namespace", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What an identity provider creates; no table when it keeps its users outside of the database."""

    table: str = ""
    namespace: str = "public"
    key_type: KeyType = "text"
    external: bool = True
    meaning: str


PROVIDERS = MappingProxyType(
    {
        "none": Provider(key_type="", external=False, meaning="nobody signs in"),
        "local": Provider(key_type="", external=False, meaning="the accounts are an entity of this file"),
        "better-auth": Provider(table="user", meaning='Better Auth: table "user", id text'),
        "neon-auth": Provider(
            table="user", namespace="neon_auth", key_type="uuid", meaning="Neon Auth: table neon_auth.user, id uuid"
        ),
        "neon-auth-legacy": Provider(
            table="users_sync",
            namespace="neon_auth",
            meaning="Neon Auth with Stack Auth: neon_auth.users_sync, id text",
        ),
        "supabase": Provider(
            table="users", namespace="auth", key_type="uuid", meaning="Supabase: table auth.users, id uuid"
        ),
        "external": Provider(meaning="any other product; say table, namespace and key"),
    }
)


def read_identity(node: Node | None, at: Span | None, problems: Problems) -> Identity:
    """Read `identity: better-auth` or `identity: {user: better-auth, entity: Account}`."""
    if node is None or at is None:
        return Identity()
    if node.is_scalar:
        return _identity(word_of(node, "provider", PROVIDERS), {}, at)
    block = Block(node, "identity", _IDENTITY_KEYS, problems)
    provider = word_of(block.need("user"), "provider", PROVIDERS)
    said: dict[str, Any] = {name: block.text(name) for name in ("entity", "table", "namespace") if name in block}
    if "key" in block:
        said["key_type"] = block.word("key", PROVIDER_KEY_KINDS)
    for key in ("table", "namespace", "key"):
        if key in block and not PROVIDERS[provider].external:
            problems.add(
                SpecError(
                    f'"{key}" is for accounts that another product keeps',
                    at=block.key_span(key),
                    hint=f'The provider is "{provider}"; say how these accounts are stored in their entity.',
                )
            )
    if provider == "external" and "table" not in said:
        raise SpecError('identity needs the key "table"', at=at, hint="Name the product's table of users.")
    return _identity(provider, said, at)


def _identity(provider: str, said: dict[str, Any], at: Span) -> Identity:
    known = PROVIDERS[provider]
    if provider == "none":
        return Identity(at=(at,))
    facts = {
        "entity": "User",
        "table": known.table,
        "namespace": known.namespace,
        "key_type": known.key_type,
        "external": known.external,
    }
    return Identity(provider=provider, at=(at,), **{**facts, **said})


def read_isolation(node: Node | None, at: Span | None, identity: Identity, problems: Problems) -> Isolation:
    """Read `isolation: user` or `isolation: {by: tenant, entity: Organization, mode: rls}`."""
    if node is None or at is None:
        return Isolation()
    kinds = ("none", "user", "tenant")
    if node.is_scalar:
        by, entity, mode = word_of(node, "isolation", kinds), "", "rls"
    else:
        block = Block(node, "isolation", ("by", "entity", "mode"), problems)
        by = word_of(block.need("by"), "isolation", kinds)
        entity, mode = block.text("entity"), block.word("mode", ("rls", "scoped"), "rls")
    if by == "tenant" and not entity:
        raise SpecError(
            "isolation by tenant needs the tenant's entity", at=at, hint="Write {by: tenant, entity: Organization}."
        )
    if by == "user" and not (entity or identity.entity):
        raise SpecError(
            "isolation by user needs to know who the users are",
            at=at,
            hint="Add identity, for example identity: better-auth, or identity: local and an entity User.",
        )
    entity = "" if by == "none" else entity or identity.entity
    return Isolation.model_validate({"by": by, "entity": entity, "mode": mode, "at": (at,)})


def read_defaults(node: Node | None, at: Span | None, problems: Problems) -> Defaults:
    """Read `defaults: {key: uuid, audit: [created_at, updated_at], delete: hard}`."""
    if node is None or at is None:
        return Defaults()
    block = Block(node, "defaults", ("key", "audit", "delete"), problems)
    return Defaults.model_validate(
        {
            "key": block.word("key", KEY_KINDS, "bigint"),
            "timestamps": bool(read_audit(block)),
            "delete": block.word("delete", ("hard", "soft"), "hard"),
            "at": (at,),
        }
    )


def read_audit(block: Block) -> bool | None:
    """Read `audit: [created_at, updated_at]` or `audit: none`; None when the block does not say."""
    node = block.get("audit")
    if node is None:
        return None
    if node.is_scalar and text_of(node, '"audit"') == "none":
        return False
    names = [word_of(item, "timestamp", TIMESTAMP_NAMES) for item in block.items("audit")]
    if sorted(names) != list(TIMESTAMP_NAMES):
        raise SpecError(
            "audit is both timestamps or none",
            at=block.key_span("audit"),
            hint='Write [created_at, updated_at] or none; for one of them add a field: "created_at: created".',
        )
    return True
