"""Designs made by hand, for tests of what is emitted from them."""

from __future__ import annotations

from decimal import Decimal

from colonnade.design import AttributeBinding, Bindings, Design, EntityBinding, RelationshipBinding
from colonnade.schema import (
    Check,
    Column,
    EnumType,
    ForeignKey,
    Function,
    Grant,
    Index,
    IndexKey,
    Policy,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
    Unique,
)
from colonnade.spec import Attribute, Entity, Relationship, Spec, ValueType

_ROLE = "taskboard_app"
_TIMESTAMP = "timestamp with time zone"
_SET_UPDATED_AT = Function(
    name="set_updated_at",
    arguments="",
    returns="trigger",
    language="plpgsql",
    body="\nBEGIN\n    NEW.updated_at := now();\n    RETURN NEW;\nEND\n",
)
_RAISE_VERSION = Function(
    name="raise_version",
    arguments="",
    returns="trigger",
    language="plpgsql",
    body="\nBEGIN\n    NEW.version := OLD.version + 1;\n    RETURN NEW;\nEND\n",
)
_VISIBLE = "user_id = (SELECT nullif(current_setting('colonnade.user_id', true), '')::bigint)"


def text(**limits: int | str | bool) -> ValueType:
    """Return a text type."""
    return ValueType.model_validate({"base": "text", **limits})


def taskboard() -> Design:
    """Return users, profiles, tasks with an owner, an assignee and a parent, tags and comments."""
    return Design(
        name="taskboard",
        spec=_spec(),
        schema=Schema(
            tables=(_comments(), _profiles(), _tags(), _task_labels(), _task_tags(), _tasks(), _users()),
            enum_types=(EnumType(name="priority", values=("low", "medium", "high")),),
            functions=(_RAISE_VERSION, _SET_UPDATED_AT),
        ),
        bindings=_bindings(),
        decisions=(),
        application_role=_ROLE,
    )


def _key(table: str) -> PrimaryKey:
    return PrimaryKey(name=f"pk_{table}", columns=("id",))


_ID = Column(name="id", type="bigint", not_null=True, identity="ALWAYS")
_CREATED = Column(name="created_at", type=_TIMESTAMP, not_null=True, default="now()")
_UPDATED = Column(name="updated_at", type=_TIMESTAMP, not_null=True, default="now()")
_GRANT = Grant(role=_ROLE, privileges=("DELETE", "INSERT", "SELECT", "UPDATE"))


def _users() -> Table:
    return Table(
        name="users",
        columns=(
            _ID,
            _CREATED,
            Column(name="email", type="text", not_null=True, comment="The login; 100% unique: case does not count"),
            Column(name="password_hash", type="text", not_null=True),
        ),
        primary_key=_key("users"),
        checks=(Check(name="ck_users_email_length", expression="char_length(email) <= 320"),),
        indexes=(Index(name="uq_users_email", keys=(IndexKey(expression="lower(email)"),), unique=True),),
        grants=(_GRANT,),
        comment="Who may log in",
    )


def _profiles() -> Table:
    return Table(
        name="profiles",
        columns=(Column(name="user_id", type="bigint", not_null=True), Column(name="bio", type="text")),
        primary_key=PrimaryKey(name="pk_profiles", columns=("user_id",)),
        foreign_keys=(
            ForeignKey(
                name="fk_profiles_user_id_users",
                columns=("user_id",),
                referenced_table="users",
                referenced_columns=("id",),
                on_delete="CASCADE",
            ),
        ),
    )


def _tasks() -> Table:
    def reference(name: str, table: str, action: str) -> ForeignKey:
        return ForeignKey(
            name=f"fk_tasks_{name}_{table}",
            columns=(name,),
            referenced_table=table,
            referenced_columns=("id",),
            on_delete=action,  # type: ignore[arg-type]  # one of the five actions
        )

    return Table(
        name="tasks",
        columns=(
            _ID,
            Column(name="user_id", type="bigint", not_null=True),
            _CREATED,
            _UPDATED,
            Column(name="assignee_id", type="bigint"),
            Column(name="parent_id", type="bigint"),
            Column(name="due_at", type=_TIMESTAMP),
            Column(name="version", type="integer", not_null=True, default="1"),
            Column(name="priority", type="priority", not_null=True, default="'medium'::priority"),
            Column(name="estimate", type="numeric(19,4)", not_null=True, default="0"),
            Column(name="title", type="text", not_null=True),
            Column(name="status", type="text", not_null=True, default="'pending'::text"),
            Column(name="labels", type="text[]", not_null=True, default="'{}'::text[]"),
            Column(name="text", type="text"),
            Column(name="json", type="jsonb", not_null=True, default="'{}'::jsonb"),
            Column(name="class", type="text"),
            Column(name="title_length", type="integer", generated="char_length(title)"),
        ),
        primary_key=_key("tasks"),
        uniques=(Unique(name="uq_tasks_user_id_id", columns=("user_id", "id")),),
        checks=(
            Check(name="ck_tasks_status_values", expression="status IN ('pending', 'in progress', 'done')"),
            Check(name="ck_tasks_title_length", expression="char_length(title) BETWEEN 1 AND 200"),
            Check(
                name="ck_tasks_title_pattern",
                expression=r"title !~ '^( :x|\d%|a:b::c|\\:y)$' AND title <> 'it''s \"quoted\"'",
            ),
        ),
        foreign_keys=(
            reference("assignee_id", "users", "SET NULL"),
            reference("parent_id", "tasks", "RESTRICT"),
            reference("user_id", "users", "CASCADE"),
        ),
        indexes=(
            Index(name="ix_tasks_assignee_id", keys=(IndexKey(column="assignee_id"),)),
            Index(
                name="ix_tasks_json",
                method="gin",
                keys=(IndexKey(column="json", operator_class="jsonb_path_ops"),),
                storage_parameters=(("fastupdate", "off"),),
            ),
            Index(
                name="ix_tasks_user_id_created_at",
                keys=(
                    IndexKey(column="user_id"),
                    IndexKey(column="created_at", descending=True),
                    IndexKey(column="id", descending=True),
                ),
                include=("title",),
                predicate="status <> 'done'",
            ),
        ),
        policies=(Policy(name="tasks_isolation", roles=(_ROLE,), using=_VISIBLE, with_check=_VISIBLE),),
        triggers=(
            Trigger(name="tasks_raise_version", timing="BEFORE", events=("UPDATE",), function="raise_version"),
            Trigger(name="tasks_set_updated_at", timing="BEFORE", events=("UPDATE",), function="set_updated_at"),
        ),
        grants=(_GRANT,),
        row_security=True,
        force_row_security=True,
    )


def _tags() -> Table:
    return Table(
        name="tags",
        columns=(_ID, Column(name="name", type="text", not_null=True)),
        primary_key=_key("tags"),
        uniques=(Unique(name="uq_tags_name", columns=("name",), deferrable=True, nulls_not_distinct=True),),
    )


def _association(name: str, *more: Column) -> Table:
    return Table(
        name=name,
        columns=(
            Column(name="task_id", type="bigint", not_null=True),
            Column(name="tag_id", type="bigint", not_null=True),
            *more,
        ),
        primary_key=PrimaryKey(name=f"pk_{name}", columns=("task_id", "tag_id")),
        checks=tuple(
            Check(name=f"ck_{name}_{each.name}_values", expression=f"{each.name} IN ('ai', 'human')") for each in more
        ),
        foreign_keys=tuple(
            ForeignKey(
                name=f"fk_{name}_{each}_id_{each}s",
                columns=(f"{each}_id",),
                referenced_table=f"{each}s",
                referenced_columns=("id",),
                on_delete="CASCADE",
            )
            for each in ("tag", "task")
        ),
    )


def _task_tags() -> Table:
    return _association("task_tags", Column(name="attached_by", type="text", not_null=True))


def _task_labels() -> Table:
    return _association("task_labels")


def _comments() -> Table:
    return Table(
        name="comments",
        columns=(
            _ID,
            Column(name="task_id", type="bigint", not_null=True),
            _CREATED,
            Column(name="body", type="text", not_null=True),
        ),
        primary_key=_key("comments"),
        foreign_keys=(
            ForeignKey(
                name="fk_comments_task_id_tasks",
                columns=("task_id",),
                referenced_table="tasks",
                referenced_columns=("id",),
                on_delete="CASCADE",
            ),
        ),
        indexes=(Index(name="ix_comments_task_id", keys=(IndexKey(column="task_id"),)),),
    )


def _spec() -> Spec:
    title = text(min_length=1, max_length=200, pattern="^[^<>]*$", trimmed=True)
    status = ValueType(base="enum", values=("pending", "in progress", "done"))
    priority = ValueType(base="enum", values=("low", "medium", "high"), ordered=True)
    money = ValueType(base="decimal", precision=19, scale=4, minimum=Decimal(0))
    created = Attribute(name="created_at", type=ValueType(base="timestamp"), required=True, role="created")
    task = Entity(
        name="Task",
        owner="owner",
        versioned=True,
        description="Something to do",
        attributes=(
            Attribute(name="title", type=title, required=True, description="What is to be done, in a few words"),
            Attribute(name="status", type=status, required=True, default="pending", description="How far it is"),
            Attribute(name="priority", type=priority, required=True, default="medium"),
            Attribute(name="estimate", type=money, required=True, default="0"),
            Attribute(name="due_at", type=ValueType(base="timestamp")),
            Attribute(name="labels", type=text(array=True, max_length=20, array_max=10), required=True),
            Attribute(name="text", type=text()),
            Attribute(name="json", type=ValueType(base="json"), required=True),
            Attribute(name="class", type=text()),
            created,
            Attribute(name="updated_at", type=ValueType(base="timestamp"), required=True, role="updated"),
            Attribute(name="version", type=ValueType(base="integer"), required=True, role="version"),
        ),
    )
    user = Entity(
        name="User",
        attributes=(
            Attribute(name="email", type=text(max_length=320, format="email"), required=True),
            Attribute(name="password", type=text(min_length=8), required=True, role="password"),
            created,
        ),
    )
    attached = Attribute(name="attached_by", type=ValueType(base="enum", values=("ai", "human")), required=True)
    return Spec(
        name="taskboard",
        entities=(
            task,
            user,
            Entity(name="Profile", attributes=(Attribute(name="bio", type=text(max_length=500)),), weak_of="User"),
            Entity(name="Tag", attributes=(Attribute(name="name", type=text(min_length=1), required=True),)),
            Entity(
                name="Comment", attributes=(Attribute(name="body", type=text(min_length=1), required=True), created)
            ),
        ),
        relationships=(
            Relationship(name="owner", source="Task", target="User", kind="N-1", required=True, owner=True),
            Relationship(name="assignee", source="Task", target="User", kind="N-1"),
            Relationship(name="parent", source="Task", target="Task", kind="N-1", inverse="children"),
            Relationship(name="user", source="Profile", target="User", kind="1-1", required=True, composition=True),
            Relationship(name="task", source="Comment", target="Task", kind="N-1", required=True, composition=True),
            Relationship(name="tags", source="Task", target="Tag", kind="N-M", via="TaskTag", attributes=(attached,)),
            Relationship(name="label_tags", source="Task", target="Tag", kind="N-M", via="TaskLabel"),
        ),
    )


def _bindings() -> Bindings:
    tables = {
        "Comment": "comments",
        "Profile": "profiles",
        "Tag": "tags",
        "Task": "tasks",
        "TaskLabel": "task_labels",
        "TaskTag": "task_tags",
        "User": "users",
    }
    attributes = [
        AttributeBinding(entity=entity.name, attribute=each.name, table=tables[entity.name], column=each.name)
        for entity in _spec().entities
        for each in entity.attributes
        if each.role != "password"
    ]
    attributes += [
        AttributeBinding(entity="User", attribute="password", table="users", column="password_hash"),
        AttributeBinding(entity="TaskTag", attribute="attached_by", table="task_tags", column="attached_by"),
    ]
    return Bindings(
        entities=tuple(EntityBinding(entity=name, table=table, class_name=name) for name, table in tables.items()),
        attributes=tuple(attributes),
        relationships=(
            _reference("owner", "Task", "User", "user_id", "tasks", tables),
            _reference("assignee", "Task", "User", "assignee_id", "assigned_tasks", tables),
            _reference("parent", "Task", "Task", "parent_id", "children", tables),
            _reference("user", "Profile", "User", "user_id", "profile", tables, kind="1-1"),
            _reference("task", "Comment", "Task", "task_id", "comments", tables),
            _many_to_many("tags", "tasks", "task_tags"),
            _many_to_many("label_tags", "labelled_tasks", "task_labels"),
        ),
    )


def _reference(
    name: str, source: str, target: str, column: str, inverse: str, tables: dict[str, str], kind: str = "N-1"
) -> RelationshipBinding:
    return RelationshipBinding(
        relationship=name,
        source=source,
        target=target,
        kind=kind,
        table=tables[source],
        referenced_table=tables[target],
        constraint=f"fk_{tables[source]}_{column}_{tables[target]}",
        columns=(column,),
        attribute=name,
        inverse=inverse,
    )


def _many_to_many(name: str, inverse: str, association: str) -> RelationshipBinding:
    return RelationshipBinding(
        relationship=name,
        source="Task",
        target="Tag",
        kind="N-M",
        table="tasks",
        referenced_table="tags",
        constraint=f"fk_{association}_task_id_tasks",
        columns=("task_id",),
        attribute=name,
        inverse=inverse,
        association=association,
        target_constraint=f"fk_{association}_tag_id_tags",
        target_columns=("tag_id",),
    )
