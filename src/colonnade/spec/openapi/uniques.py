"""What no two rows may agree on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colonnade.span import Span
from colonnade.spec.english import word_set
from colonnade.spec.entities import Attribute
from colonnade.spec.invariants import ExactlyOneOf, Uniqueness
from colonnade.spec.openapi.calls import Reply
from colonnade.spec.openapi.model import EntityDraft, Model
from colonnade.spec.openapi.resources import stem_of_parameter
from colonnade.spec.openapi.stems import ends_with
from colonnade.spec.openapi.visits import Visit
from colonnade.spec.openapi.vocabulary import LOGIN_NAMES, NATURAL_KEYS
from colonnade.sql.identifier import snake, words

# What people type in more than one spelling of the same thing.
_CASELESS = word_set(
    """
    name title email username label display_name email_address login
    """
)
_SAYS_UNIQUE = re.compile(
    r"\b(?:must|should|has to|needs to) be unique|\bis unique\b|\(unique|^unique\b|\bunique[,.;)]", re.IGNORECASE
)
_SAYS_IDENTIFIER = re.compile(r"unique (?:identifier|id)\b", re.IGNORECASE)
_PER = re.compile(r"unique (?:per|within|for each|for every|in (?:a|an|the|each)) (\w+)", re.IGNORECASE)


def find_uniques(model: Model) -> list[Uniqueness]:
    """Return the rules of uniqueness that paths, logins, conflicts and descriptions show."""
    found: dict[tuple[str, frozenset[str]], Uniqueness] = {}
    for draft in model.drafts.values():
        if draft.external:
            continue
        for rule in _addressed(model, draft):
            found.setdefault((rule.entity, _columns(rule)), rule)
        for find in (_logins, _told, _conflicting):
            alone = {name for entity, names in found if entity == draft.name and len(names) == 1 for name in names}
            for rule in find(model, draft, alone):
                found.setdefault((rule.entity, _columns(rule)), rule)
    return _without_implied(list(found.values()))


def identifiers(model: Model, draft: EntityDraft) -> list[str]:
    """Return the attributes other than the key by which paths address one row: slug, username, ISBN."""
    found = []
    for visit in draft.visits:
        if visit.kind not in ("get", "update", "delete", "mark", "link", "action"):
            continue
        for key in visit.keys[-1:]:
            name = addressed_by(draft, key)
            if name and name != "id" and name in draft.attributes and name not in found:
                found.append(name)
    for name in _nested_identifiers(model, draft):
        if name not in found:
            found.append(name)
    return found


def require_addresses(draft: EntityDraft, model: Model) -> None:
    """Let no row be without the one attribute by which paths name it."""
    own = {addressed_by(draft, each.keys[-1]) for each in draft.visits if each.keys}
    for name in identifiers(model, draft):
        if own == {name}:
            draft.attributes[name] = draft.attributes[name].model_copy(update={"required": True})


def addressed_by(draft: EntityDraft, parameter: str) -> str:
    """Return the attribute that a path parameter holds for rows of a thing; "" when none can be told."""
    name = snake(parameter)
    if name in draft.attributes and draft.attributes[name].role != "computed":
        return name
    place = draft.places.get(name)
    if name == draft.key or (place is not None and place.path == "id"):
        return "id"
    if place is not None and place.path and place.path not in draft.attributes:
        return ""
    parts = words(name)
    if len(parts) > 1 and ends_with(draft.resource.words, parts[:-1]) and parts[-1] in draft.attributes:
        return parts[-1]
    about = stem_of_parameter(parameter)
    own = about == ("id",) or ends_with(draft.resource.words, about) or ends_with(about, draft.resource.words)
    return "id" if own else ""


def _nested_identifiers(model: Model, draft: EntityDraft) -> Iterator[str]:
    """Yield the attributes by which the paths of others name rows of this thing."""
    for visit in model.visits:
        for scope in visit.scopes:
            if scope.resource is draft.resource:
                name = addressed_by(draft, scope.parameter)
                if name and name != "id" and name in draft.attributes:
                    yield name


def _addressed(model: Model, draft: EntityDraft) -> Iterator[Uniqueness]:
    if draft.lists_names:
        yield Uniqueness(entity=draft.name, keys=("name",), at=draft.attributes["name"].at)
    for name in identifiers(model, draft):
        visits = [each for each in draft.visits if any(addressed_by(draft, key) == name for key in each.keys)]
        at = visits[0].exchange.call.at if visits else draft.attributes[name].at[0]
        lowered = draft.attributes[name].type.format == "email"
        yield Uniqueness(entity=draft.name, keys=(f"lower({name})" if lowered else name,), at=(at,))
    for visit in draft.visits:
        pair = addressed_pair(model, draft, visit)
        if pair:
            yield Uniqueness(entity=draft.name, keys=pair, at=(visit.exchange.call.at,))


def addressed_pair(model: Model, draft: EntityDraft, visit: Visit) -> tuple[str, ...]:
    """Return the two references that together address one row: `/sessions/{session}/cards/{card}`."""
    if visit.kind not in ("get", "update", "delete") or not visit.keys or not visit.scopes:
        return ()
    if visit.resource is not draft.resource or addressed_by(draft, visit.keys[-1]):
        return ()
    other = model.directory.named(stem_of_parameter(visit.keys[-1]), besides=draft.resource)
    references = model.references(draft.name)
    named = "_".join(stem_of_parameter(visit.keys[-1]))
    right = next((each.name for each in references if each.name == named), "") or next(
        (each.name for each in references if other is not None and each.target == other.name), ""
    )
    parent = visit.scopes[-1].resource
    left = next(
        (each.name for each in references if parent is not None and each.target == parent.name and each.name != right),
        "",
    )
    return (left, right) if left and right else ()


def login_attribute(draft: EntityDraft, visit: Visit) -> str:
    """Return the attribute by which a login finds its user."""
    shape = visit.exchange.body.shape
    sent = {snake(name) for name in shape.properties} if shape is not None else set()
    for name in (*sorted(sent & set(draft.attributes)), *LOGIN_NAMES):
        attribute = draft.attributes.get(name)
        if attribute is not None and attribute.type.base == "text" and attribute.role == "plain":
            return name
    return ""


def _logins(model: Model, draft: EntityDraft, known: set[str]) -> Iterator[Uniqueness]:
    if draft is not model.user:
        return
    visits = [each for each in model.visits if each.kind == "login"]
    found = {login_attribute(draft, each): each.exchange.call.at for each in visits}
    has_password = any(each.role == "password" for each in draft.attributes.values())
    for name in LOGIN_NAMES if has_password and not visits else ():
        if name in draft.attributes and draft.attributes[name].required:
            found.setdefault(name, draft.attributes[name].at[0])
            break
    email = next((each for each in ("email", "email_address") if each in draft.attributes), "")
    if email and has_password and draft.attributes[email].required:
        found.setdefault(email, draft.attributes[email].at[0])
    for name in ("username", "user_name"):
        if has_password and name in draft.attributes and draft.attributes[name].required:
            found.setdefault(name, draft.attributes[name].at[0])
    for name, at in found.items():
        if name and name not in known:
            yield Uniqueness(entity=draft.name, keys=(_cased(model, draft, name, at),), at=(at,))


def _told(model: Model, draft: EntityDraft, known: set[str]) -> Iterator[Uniqueness]:
    """Yield what a description says to be unique; "unique identifier of" speaks of the key."""
    for name, attribute in draft.attributes.items():
        text = _SAYS_IDENTIFIER.sub("", _descriptions(draft, name))
        per = _PER.search(text)
        is_address = name == "slug" and attribute.required
        if name in known or attribute.role != "plain" or not (_SAYS_UNIQUE.search(text) or per or is_address):
            continue
        scope = _scope_named(model, draft, per[1]) if per else _scope(model, draft, name, attribute.at)
        yield Uniqueness(
            entity=draft.name, keys=(*scope, _cased(model, draft, name, attribute.at[0])), at=attribute.at[:1]
        )


def _conflicting(model: Model, draft: EntityDraft, known: set[str]) -> Iterator[Uniqueness]:
    """Yield what a 409 answer to creating a row says cannot be twice."""
    for visit in draft.visits:
        conflict = visit.exchange.call.conflict
        if visit.kind != "create" or conflict is None:
            continue
        yield from _of_conflict(model, draft, conflict, known)


def _of_conflict(model: Model, draft: EntityDraft, conflict: Reply, known: set[str]) -> Iterator[Uniqueness]:
    text = f"{conflict.description} {_message(conflict)}"
    told = [name for name in _sent(draft) if _is_told(name, text)]
    references = _told_references(model, draft, text)
    at = (conflict.at,)
    if told:
        for name in (each for each in told if each not in known):
            scope = _scope(model, draft, name, at)
            yield Uniqueness(entity=draft.name, keys=(*scope, _cased(model, draft, name, at[0])), at=at)
        return
    if references:
        yield Uniqueness(entity=draft.name, keys=references, at=at)
        return
    natural = [name for name in NATURAL_KEYS if name in _sent(draft)]
    if natural and natural[0] not in known and not _is_about_state(text):
        name = natural[0]
        scope = _scope(model, draft, name, at)
        yield Uniqueness(entity=draft.name, keys=(*scope, _cased(model, draft, name, at[0])), at=at)


def _sent(draft: EntityDraft) -> list[str]:
    """Return the texts and numbers that a creating request brings and a row keeps."""
    return [
        name
        for name, attribute in draft.attributes.items()
        if attribute.role == "plain"
        and attribute.type.base in ("text", "integer", "uuid", "date", "timestamp", "enum")
        and not attribute.type.array
        and name in draft.fields
        and draft.fields[name].within("create")
    ]


def _is_told(name: str, text: str) -> bool:
    spoken = " ".join(words(text))
    phrase = " ".join(words(name))
    if name in ("email", "email_address"):
        return bool(re.search(r"\be ?mails?\b", spoken))
    return bool(re.search(rf"\b{re.escape(phrase)}\b", spoken))


def _told_references(model: Model, draft: EntityDraft, text: str) -> tuple[str, ...]:
    """Return the references that a conflict names together: "the member has reviewed this book"."""
    spoken = set(words(text))
    if re.search(r"\b(?:lent|taken|open|active|overlap|busy|booked|in use|available)\b", text, re.IGNORECASE):
        return ()
    found = [
        each.name
        for each in model.references(draft.name)
        if words(each.name)[-1] in spoken or words(each.target)[-1] in spoken
    ]
    return tuple(found) if len(found) > 1 else ()


def _is_about_state(text: str) -> bool:
    """Tell whether a conflict speaks of the state of other rows, not of a value that is there already."""
    return not re.search(r"exist|taken|already|duplicate|unique|in use|conflict|重複|存在", text, re.IGNORECASE)


def _message(conflict: Reply) -> str:
    return conflict.shape.description if conflict.shape is not None else ""


def _descriptions(draft: EntityDraft, name: str) -> str:
    field = draft.fields.get(name)
    if field is None:
        return draft.attributes[name].description
    return "\n".join(each.shape.description for each in field.sights)


def _cased(model: Model, draft: EntityDraft, name: str, at: Span) -> str:
    """Return the attribute as it is compared: people's words without case, codes as they are."""
    attribute: Attribute = draft.attributes[name]
    if attribute.type.base != "text":
        return name
    default = "insensitive" if name in _CASELESS or attribute.type.format == "email" else "sensitive"
    answer = model.questions.ask(
        "case",
        (draft.name, name),
        f'Are two values of "{name}" of {draft.name} the same when they differ only in case?',
        default=default,
        alternatives={
            "insensitive": f"Unique by lower({name}).",
            "sensitive": "Told apart letter by letter.",
        },
        at=(at,),
    )
    return f"lower({name})" if answer == "insensitive" else name


def _scope(model: Model, draft: EntityDraft, name: str, at: tuple[Span, ...]) -> tuple[str, ...]:
    """Return within what a value is unique: the owner of private rows, the parent of parts, or everywhere."""
    parents = [each for each in model.references(draft.name) if each.composition and not each.owner]
    owner = draft.owner if draft.isolated and draft.owner else ""
    scope = owner or (parents[0].name if parents and name in ("name", "title", "number", "position", "slug") else "")
    if not scope:
        return ()
    answer = model.questions.ask(
        "unique-scope",
        (draft.name, name),
        f'Is "{name}" of {draft.name} unique everywhere, or within its {scope.replace("_", " ")}?',
        default=scope,
        alternatives={
            scope: f"Two rows of different {scope.replace('_', ' ')} may have the same {name}.",
            "everywhere": f"No two rows have the same {name}.",
        },
        at=at,
    )
    return (scope,) if answer == scope else ()


def _scope_named(model: Model, draft: EntityDraft, word: str) -> tuple[str, ...]:
    for each in model.references(draft.name):
        if word.lower() in (each.name, words(each.target)[-1]):
            return (each.name,)
    return ()


def _columns(rule: Uniqueness) -> frozenset[str]:
    return frozenset(re.sub(r"lower\((.*)\)", r"\1", each) for each in rule.keys)


def _without_implied(rules: list[Uniqueness]) -> list[Uniqueness]:
    """Return the rules that no narrower one implies."""
    return [
        each
        for each in rules
        if not any(other.entity == each.entity and _columns(other) < _columns(each) for other in rules)
    ]


def one_parent_rules(model: Model) -> list[ExactlyOneOf]:
    """Return the rule that a part that is made under several kinds of parents has exactly one of them."""
    found = []
    for draft in model.drafts.values():
        creates = [each for each in draft.visits if each.kind == "create"]
        parents = {each.scopes[-1].resource for each in creates if each.scopes}
        if len(creates) < 2 or len(parents) < 2 or None in parents or any(not each.scopes for each in creates):
            continue
        members = [
            reference.name
            for parent in parents
            if parent is not None
            for reference in model.references(draft.name)
            if reference.target == parent.name
        ]
        if len(members) == len(parents) and not any(
            each.required for each in model.references(draft.name) if each.name in members
        ):
            found.append(
                ExactlyOneOf(entity=draft.name, members=tuple(sorted(members)), at=(creates[0].exchange.call.at,))
            )
    return found
