"""English forms, under the name by which this package knows them; they live in `colonnade.spec.english`."""

from colonnade.spec.english import agent, gerund, is_plural, participle, plural, plural_snake, singular, singular_words

__all__ = ["agent", "gerund", "is_plural", "participle", "plural", "plural_snake", "singular", "singular_words"]
