"""Schemas with every kind of rule, for the tests of proofs."""

from __future__ import annotations

from building import schema_of, table, unique_index

from colonnade.schema import EnumType, Exclusion, ExclusionElement, Extension

USERS = table("users", "id key", "email text!", indexes=[unique_index("uq_users_email", "lower(email)")])
PROFILES = table(
    "profiles", "user_id bigint!", "bio text", key=["user_id"], foreign_keys={"user_id -> users(id)": "CASCADE"}
)
TASKS = table(
    "tasks",
    "id key",
    "user_id bigint!",
    "assignee_id bigint",
    "parent_id bigint",
    "title text!",
    "slug text! = 'none'",
    "status text! = 'pending'",
    "priority smallint! = 3",
    "completed_at timestamp with time zone",
    "start_on date",
    "due_on date",
    "deleted_at timestamp with time zone",
    "created_at timestamp with time zone! = now()",
    "folded text ~ lower(title)",
    checks={
        "ck_tasks_title_length": "char_length(title) BETWEEN 1 AND 200",
        "ck_tasks_title_trimmed": "title = btrim(title)",
        "ck_tasks_slug": "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'",
        "ck_tasks_status": "status IN ('pending', 'in_progress', 'done')",
        "ck_tasks_completed": "(status = 'done') = (completed_at IS NOT NULL)",
        "ck_tasks_priority": "priority >= 1 AND priority <= 5",
        "ck_tasks_dates": "start_on <= due_on",
        "ck_tasks_parent": "parent_id <> id",
    },
    foreign_keys={
        "user_id -> users(id)": "CASCADE",
        "assignee_id -> users(id)": "SET NULL",
        "parent_id -> tasks(id)": "RESTRICT",
    },
    indexes=[
        unique_index("uq_tasks_title", "user_id", "lower(title)", where="status <> 'done' AND deleted_at IS NULL"),
    ],
)
TAGS = table(
    "tags",
    "id key",
    "user_id bigint!",
    "name text!",
    "color text",
    checks={"ck_tags_color": "color ~ '^#[0-9A-Fa-f]{6}$'", "ck_tags_name": "char_length(name) = 3"},
    uniques={"uq_tags_user_id_name": ["user_id", "name"]},
    foreign_keys={"user_id -> users(id)": "NO ACTION"},
)
TASK_TAGS = table(
    "task_tags",
    "task_id bigint!",
    "tag_id bigint!",
    key=["task_id", "tag_id"],
    foreign_keys={"task_id -> tasks(id)": "CASCADE", "tag_id -> tags(id)": "CASCADE"},
)
FOLLOWS = table(
    "follows",
    "follower_id bigint!",
    "followed_id bigint!",
    key=["follower_id", "followed_id"],
    checks={"ck_follows_self": "follower_id <> followed_id"},
    foreign_keys={"follower_id -> users(id)": "CASCADE", "followed_id -> users(id)": "CASCADE"},
)
ATTACHMENTS = table(
    "attachments",
    "id uuid! = gen_random_uuid()",
    "task_id bigint",
    "tag_id bigint",
    "size_bytes bigint!",
    "media text[]!",
    "meta jsonb",
    checks={
        "ck_attachments_one": "num_nonnulls(task_id, tag_id) = 1",
        "ck_attachments_size": "size_bytes > 0",
        "ck_attachments_media": "cardinality(media) BETWEEN 1 AND 3 AND array_position(media, NULL) IS NULL",
        "ck_attachments_meta": "jsonb_typeof(meta) = 'object'",
    },
    foreign_keys={"task_id -> tasks(id)": "CASCADE", "tag_id -> tags(id)": "CASCADE"},
)
ROOMS = table("rooms", "id key", "kind room_kind!", "seats smallint!", checks={"ck_rooms_seats": "seats % 5 = 0"})
BOOKINGS = table(
    "bookings",
    "id key",
    "room_id bigint!",
    "starts_at timestamp with time zone!",
    "ends_at timestamp with time zone!",
    "cancelled boolean! = false",
    checks={"ck_bookings_order": "starts_at < ends_at"},
    foreign_keys={"room_id -> rooms(id)": "CASCADE"},
    exclusions=[
        Exclusion(
            name="ex_bookings_overlap",
            method="gist",
            elements=(
                ExclusionElement(expression="room_id", operator="="),
                ExclusionElement(expression="tstzrange(starts_at, ends_at)", operator="&&"),
            ),
            predicate="NOT cancelled",
        )
    ],
)
BOARD = schema_of(USERS, PROFILES, TASKS, TAGS, TASK_TAGS, FOLLOWS, ATTACHMENTS)
HOTEL = schema_of(
    ROOMS,
    BOOKINGS,
    enum_types=(EnumType(name="room_kind", values=("single", "double")),),
    extensions=(Extension(name="btree_gist"),),
)
CIRCLE = schema_of(
    table("countries", "id key", "capital_id bigint!", foreign_keys={"capital_id -> cities(id)": "NO ACTION"}),
    table(
        "cities",
        "id key",
        "country_id bigint!",
        "name text!",
        foreign_keys={"country_id -> countries(id)": "NO ACTION"},
    ),
)
TENANTS = schema_of(
    table("tenants", "id key"),
    table(
        "members",
        "id key",
        "tenant_id bigint!",
        uniques={"uq_members": ["tenant_id", "id"]},
        foreign_keys={"tenant_id -> tenants(id)": "CASCADE"},
    ),
    table(
        "messages",
        "id key",
        "tenant_id bigint!",
        "sender_id bigint!",
        "receiver_id bigint!",
        checks={"ck_messages_self": "sender_id <> receiver_id"},
        foreign_keys={
            "tenant_id -> tenants(id)": "CASCADE",
            "tenant_id, sender_id -> members(tenant_id, id)": "CASCADE",
            "tenant_id, receiver_id -> members(tenant_id, id)": "CASCADE",
        },
    ),
)
EXTERNAL = schema_of(
    table("user", "id text!", external=True),
    table("notes", "id key", "user_id text!", "body text!", foreign_keys={"user_id -> user(id)": "CASCADE"}),
)
