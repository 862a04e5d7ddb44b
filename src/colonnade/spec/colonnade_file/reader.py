"""Spec files (`colonnade: 1`) to a Spec."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from colonnade.errors import SpecError
from colonnade.span import Span
from colonnade.spec.answers import Answer
from colonnade.spec.colonnade_file.access import AccessReader
from colonnade.spec.colonnade_file.asked import read_asked, read_assumed
from colonnade.spec.colonnade_file.entities import EntityBlock, Settings, read_entities
from colonnade.spec.colonnade_file.identity import read_defaults, read_identity, read_isolation
from colonnade.spec.colonnade_file.invariants import RuleReader
from colonnade.spec.colonnade_file.problems import Problems
from colonnade.spec.colonnade_file.questions import open_questions
from colonnade.spec.colonnade_file.relations import RelationReader
from colonnade.spec.colonnade_file.scope import Scope
from colonnade.spec.colonnade_file.shape import Block, text_of
from colonnade.spec.colonnade_file.traces import Traces
from colonnade.spec.document import Document, Node
from colonnade.spec.entities import Entity, Relationship
from colonnade.spec.merging import merged_entity
from colonnade.spec.questions import Question
from colonnade.spec.spec import Defaults, Isolation, Spec

VERSION = "1"
SETTING_KEYS = ("name", "identity", "isolation", "defaults")
TOP_KEYS = ("colonnade", *SETTING_KEYS, "entities", "relations", "access", "assume", "ask", "trace")


def read_colonnade(documents: Sequence[Document], *, contract: Spec | None = None) -> Spec:
    """Read one or more spec files as one.

    They may name entities, attributes and relationships of the `contract`. Raises SpecError at the first
    thing that is wrong, with the other things in its detail.
    """
    return _Reader(documents, contract or Spec(name="")).read()


def read_assumptions(documents: Sequence[Document]) -> dict[str, Answer]:
    """Return the answers that spec files assume; they are settled once all documents are merged."""
    problems = Problems()
    found: dict[str, Answer] = {}
    for document in documents:
        node = document.root.get("assume")
        with problems.gather():
            found |= read_assumed(node, problems) if node is not None and node.scalar is None else {}
    problems.check()
    return found


class _Reader:
    """Reads in stages; each needs the names that the one before has found."""

    def __init__(self, documents: Sequence[Document], contract: Spec) -> None:
        self._contract = contract
        self._documents = documents
        self._problems = Problems()
        self._nodes: dict[str, tuple[Node, Span]] = {}
        self._lists: dict[str, list[Node]] = {}
        self._moded: set[str] = set()

    def read(self) -> Spec:
        self._read_top()
        self._problems.check()
        settings = self._settings()
        self._problems.check()
        blocks = self._entities(settings)
        self._problems.check()
        spec = self._spec(blocks, settings)
        self._problems.check()
        asked = [question for node in self._all("ask") for question in read_asked(node, self._problems)]
        for node in self._all("assume"):
            read_assumed(node, self._problems)
        self._problems.check()
        return spec.model_copy(update={"questions": self._questions(spec, asked)})

    def _read_top(self) -> None:
        """Check the top level of every file, and that each setting is said once."""
        for document in self._documents:
            with self._problems.gather():
                block = Block(document.root, "the spec file", TOP_KEYS, self._problems)
                _check_version(block.need("colonnade"), self._problems)
                for key in TOP_KEYS:
                    node = block.get(key)
                    if node is not None:
                        self._take(block, key, node)
        if "name" not in self._nodes and self._documents:
            root = self._documents[0].root
            self._problems.add(
                SpecError('the spec file needs the key "name"', at=root.span, hint='Write "name: todo".')
            )

    def _take(self, block: Block, key: str, node: Node) -> None:
        if key not in SETTING_KEYS:
            self._lists.setdefault(key, []).append(node)
            return
        at = block.key_span(key)
        first = self._nodes.setdefault(key, (node, at))
        if first[0] is not node:
            self._problems.add(SpecError(f'"{key}" is said in two files', at=at, detail=f"The first is {first[1]}."))

    def _setting(self, key: str) -> tuple[Node | None, Span | None]:
        return self._nodes.get(key, (None, None))

    def _all(self, key: str) -> list[Node]:
        return self._lists.get(key, [])

    def _settings(self) -> Settings:
        identity_node, identity_at = self._setting("identity")
        isolation_node, isolation_at = self._setting("isolation")
        identity, isolation = self._contract.identity, self._contract.isolation
        with self._problems.gather():
            if identity_node is not None:
                identity = read_identity(identity_node, identity_at, self._problems)
            if isolation_node is not None:
                isolation = read_isolation(isolation_node, isolation_at, identity, self._problems)
        defaults = self._contract.defaults
        with self._problems.gather():
            if self._setting("defaults")[0] is not None:
                defaults = read_defaults(*self._setting("defaults"), self._problems)
        return Settings(identity=identity, isolation=isolation, defaults=defaults)

    def _entities(self, settings: Settings) -> tuple[EntityBlock, ...]:
        contract = tuple(entity.name for entity in self._contract.entities)
        return read_entities(self._all("entities"), settings, self._problems, contract=contract)

    def _spec(self, blocks: tuple[EntityBlock, ...], settings: Settings) -> Spec:
        """Read what refers to entities: relationships first, then rules and patterns."""
        relations = RelationReader(self._visible(block.entity for block in blocks), settings, self._problems)
        entities = tuple(relations.read_block(block) for block in blocks)
        for node in self._all("relations"):
            relations.read_list(node)
        self._problems.check()
        entities = self._owned(entities, relations.relationships)
        settings = self._isolated(settings, relations.relationships)
        scope = self._scope(entities, relations.relationships, settings)
        rules = RuleReader(scope, self._problems)
        own = zip(entities, blocks, strict=True)
        invariants = [rule for entity, block in own for rule in rules.read(replace(block, entity=entity))]
        access = AccessReader(scope, settings.isolation, self._problems)
        for node in self._all("access"):
            access.read(node)
        self._moded = access.moded
        spec = Spec(
            name=text_of(self._nodes["name"][0], '"name"'),
            at=(self._nodes["name"][1],),
            entities=entities,
            relationships=tuple(relations.relationships),
            invariants=tuple(invariants),
            access_patterns=tuple(access.patterns),
            identity=settings.identity,
            isolation=settings.isolation,
            defaults=_effective(settings.defaults, entities),
            sources=tuple(document.path for document in self._documents),
        )
        return self._traced(spec)

    def _visible(self, own: Iterable[Entity]) -> tuple[Entity, ...]:
        """Return the entities as they will be when the contract is merged in."""
        merged = {entity.name: entity for entity in self._contract.entities}
        for entity in own:
            merged[entity.name] = merged_entity(entity, merged[entity.name]) if entity.name in merged else entity
        return tuple(merged.values())

    def _scope(self, entities: tuple[Entity, ...], own: list[Relationship], settings: Settings) -> Scope:
        said = {(each.source, each.name) for each in own}
        contract = [each for each in self._contract.relationships if (each.source, each.name) not in said]
        return Scope(self._visible(entities), (*own, *contract), settings.defaults)

    def _owned(self, entities: tuple[Entity, ...], relationships: list[Relationship]) -> tuple[Entity, ...]:
        """Return the entities with the owner that the list of relations gives them."""
        owners: dict[str, Relationship] = {}
        for each in relationships:
            if each.owner and owners.setdefault(each.source, each) is not each:
                first = owners[each.source]
                self._problems.add(
                    SpecError(
                        f'"{each.source}" has two owners',
                        at=each.at[0],
                        detail=f'The first, "{first.name}", stands on line {first.at[0].line}.',
                    )
                )
        return tuple(
            entity.model_copy(update={"owner": owners[entity.name].name}) if entity.name in owners else entity
            for entity in entities
        )

    def _isolated(self, settings: Settings, relationships: list[Relationship]) -> Settings:
        """Return the settings with the default for owned rows when nothing is said about isolation."""
        owner = next((each for each in relationships if each.owner), None)
        if owner is None or self._says_isolation:
            return settings
        return replace(settings, isolation=Isolation(by="user", entity=owner.target, at=owner.at))

    @property
    def _says_isolation(self) -> bool:
        return "isolation" in self._nodes or self._contract.isolation.by != "none"

    def _traced(self, spec: Spec) -> Spec:
        for node in self._all("trace"):
            traces = Traces(node, self._problems)
            named = {f"{entity.name}.{each.name}": each for entity in spec.entities for each in entity.attributes}
            related = {f"{each.source}.{each.name}": each for each in spec.relationships}
            traces.check({**{entity.name: entity for entity in spec.entities}, **named, **related})
            spec = spec.model_copy(
                update={
                    "entities": tuple(map(traces.entity, spec.entities)),
                    "relationships": tuple(map(traces.relationship, spec.relationships)),
                }
            )
        return spec

    def _questions(self, spec: Spec, asked: list[Question]) -> tuple[Question, ...]:
        """Return what is open, in the file's own words where it asks itself."""
        found = open_questions(spec, said_isolation=self._says_isolation, said_modes=frozenset(self._moded))
        return tuple({question.id: question for question in (*found, *asked)}.values())


def _check_version(node: Node, problems: Problems) -> None:
    if node.text != VERSION:
        message = f'version "{node.text}" of the spec file is unknown'
        problems.add(SpecError(message, at=node.span, hint="Write colonnade: 1."))


def _effective(defaults: Defaults, entities: tuple[Entity, ...]) -> Defaults:
    """Return the defaults without soft deletion when some entity opts out: the others say it themselves."""
    stored = [entity for entity in entities if not (entity.external or entity.append_only)]
    if defaults.delete == "soft" and not all(entity.soft_delete for entity in stored):
        return defaults.model_copy(update={"delete": "hard"})
    return defaults
