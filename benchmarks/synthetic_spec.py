"""Write a spec file of any size: `python benchmarks/synthetic_spec.py 200 > big.spec.yaml`.

Each entity has an owner, eight attributes with rules, a reference to an earlier entity, and three access patterns, so
that the work grows with the number of entities as it does in real specs.
"""

from __future__ import annotations

import sys

HEAD = """\
colonnade: 1
name: synthetic
identity: {user: local, entity: User}
isolation: {by: user, mode: rls}
defaults: {key: bigint, audit: [created_at, updated_at], delete: hard}
entities:
  User:
    isolation: none
    fields: {email: email(..254)!}
    unique: [lower(email)]
    grow: {rows: 50k}
"""
ENTITY = """\
  Item{n}:
    owner: user
    fields:
      title: text(1..200)! trimmed
      code: text(3..12)! ~ ^[A-Z0-9-]+$
      status: enum(draft|open|closed)! = draft
      amount: decimal(12,2)!
      quantity: int(0..10000)! = 0
      starts_at: timestamp
      ends_at: timestamp
      notes: text(..4000)
    unique: [user code]
    check: [ends_at >= starts_at]
    grow: {{rows: {rows}, per_user: 20}}
"""
PATTERNS = """\
  - {{list: Item{n}, eq: [status], range: [starts_at], sort: [-created_at, title], page: cursor(25), src: GET /{n}}}
  - {{get: Item{n}, by: code, src: 'GET /{n}/{{code}}'}}
"""


def spec(entities: int) -> str:
    """Return the text of a spec with that many entities beside the user."""
    lines = [
        HEAD,
        *(ENTITY.format(n=number, rows=f"{1 + number % 7}M") for number in range(entities)),
        "relations:\n",
        *(
            f"  - {{from: Item{number}, to: Item{number // 2}, kind: N-1, as: source, inverse: derived_{number}}}\n"
            for number in range(1, entities)
        ),
        "access:\n",
        *(PATTERNS.format(n=number) for number in range(entities)),
    ]
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(spec(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
