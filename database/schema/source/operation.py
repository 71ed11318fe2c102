"""One thing that is made by SQL, and the order of many."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .layout import Block, Call, Name, Text

type Node = tuple[str, int]

RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (
            "schema",
            "extension",
            "language",
            "access method",
            "conversion",
            "collation",
            "enum type",
            "range type",
            "composite type",
            "domain",
            "sequence",
            "function",
            "procedure",
            "aggregate",
            "cast",
            "operator",
            "operator family",
            "operator class",
            "text search dictionary",
            "text search configuration",
            "table",
            "partition",
            "constraint",
            "foreign key",
            "index",
            "sequence owner",
            "table setting",
            "column setting",
            "sequence name",
            "not null",
            "foreign data wrapper",
            "foreign server",
            "foreign table",
            "comment",
            "view",
            "materialized view",
            "statistics",
            "rule",
            "trigger",
            "trigger setting",
            "policy",
            "row security",
            "replica identity",
            "cluster mark",
            "index setting",
            "publication",
            "privileges",
            "default privileges",
            "event trigger",
        )
    )
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One SQL operation: what it makes, and how it is unmade.

    ``node`` is what it makes, as far as others depend on it; ``needs`` what must be made before.
    """

    kind: str
    name: str
    sql: str
    reverse: str
    node: Node = ("", 0)
    needs: frozenset[Node] = frozenset()

    def call(self, former: str = "") -> Call:
        """Return the code of the operation; ``former`` is run instead of the reverse."""
        keywords = [
            ("kind", Text(self.kind)),
            ("name", Text(self.name)),
            ("sql", Block(self.sql)),
        ]
        if self.reverse:
            keywords.append(("reverse_sql", Block(self.reverse)))
        if former:
            keywords.append(("former_sql", Block(former)))
        return Call("DatabaseObject", (), tuple(keywords))  # type: ignore[arg-type]


def ordered(
    operations: Sequence[Operation], depends: Mapping[Node, Collection[Node]]
) -> list[Operation]:
    """Order by need, and where that leaves a choice by kind and name."""
    places = {op.node: place for place, op in enumerate(operations) if op.node[1]}
    needs: list[set[int]] = [
        {
            places[needed]
            for needed in (*depends.get(op.node, ()), *op.needs)
            if needed in places and places[needed] != place
        }
        for place, op in enumerate(operations)
    ]
    followers: dict[int, list[int]] = {}
    for place, needed in enumerate(needs):
        for other in needed:
            followers.setdefault(other, []).append(place)
    counts = [len(needed) for needed in needs]

    def key(place: int) -> tuple[int, str, str, int]:
        op = operations[place]
        return RANKS.get(op.kind, 0), op.kind, op.name, place

    ready = [key(place) for place, count in enumerate(counts) if not count]
    heapq.heapify(ready)
    found: list[Operation] = []
    done: set[int] = set()
    while len(found) < len(operations):
        if not ready:
            # A circle, which only functions can make: their bodies are not looked into.
            rest = min(key(place) for place in range(len(operations)) if place not in done)
            heapq.heappush(ready, rest)
        place = heapq.heappop(ready)[-1]
        if place in done:
            continue
        done.add(place)
        found.append(operations[place])
        for follower in followers.get(place, ()):
            counts[follower] -= 1
            if counts[follower] == 0:
                heapq.heappush(ready, key(follower))
    return found


def with_bodies(
    operations: Iterable[Operation], former: Mapping[Operation, str] | None = None
) -> list[Call]:
    """Return the calls of operations; bodies of functions may name what is made after them.

    Args:
        operations: The operations.
        former: SQL that makes an object as it was, of those that are replaced.
    """
    found = list(operations)
    calls = [operation.call((former or {}).get(operation, "")) for operation in found]
    if any(operation.kind in ("function", "procedure") for operation in found):
        # As pg_dump does.
        sql = Text("SET LOCAL check_function_bodies = off")
        setting = Call(
            "migrations.RunSQL", (sql,), (("reverse_sql", Name("migrations.RunSQL.noop")),)
        )
        calls.insert(0, setting)
    return calls
