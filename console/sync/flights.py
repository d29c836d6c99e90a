"""A claimed intent on its way: what will leave, in the platform's own ids and in comparable form."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.records.intent import Linked
from console.records.keys import parse_ref
from console.rules.compare import Plain, plain
from console.wire.surface import Remote, Want
from local_db import crosswalk
from local_db.ledger import IntentRow
from local_db.ledger_claims import Claimed
from local_db.ledger_results import Result
from local_db.store import Db

Links = Mapping[tuple[int, str], str]
"""(intent, field) -> remote id on the target, for every link that resolves."""


@dataclass(slots=True)
class Flight:
    """One claimed intent on its way: what will leave, and what came of it.

    `wanted` is the body in comparable form. `repeats` says that an earlier attempt carried the same body;
    `taken_over` that the record was there already, made from another body or not by this workspace.
    """

    claimed: Claimed
    want: Want
    wanted: Plain
    token: str
    repeats: bool = False
    taken_over: bool = False
    result: Result | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    stored: Remote | None = None
    ms: int = 0
    trace: str = ""


def resolved_links(db: Db, target: str, claimed: Sequence[Claimed | IntentRow]) -> dict[tuple[int, str], str]:
    """Every link of these that leads somewhere on the target."""
    asked: dict[str, set[str]] = defaultdict(set)
    for each in claimed:
        for kind, ref in each.links.values():
            asked[kind].add(ref)
    known = {
        (kind, ref): remote_id
        for kind, refs in asked.items()
        for ref, remote_id in crosswalk.remote_ids(db, target, kind, refs).items()
    }
    found: dict[tuple[int, str], str] = {}
    for each in claimed:
        for name, (kind, ref) in each.links.items():
            own = parse_ref(ref)
            remote_id = own.remote_id if own.connection == target else known.get((kind, ref), "")
            if remote_id:
                found[each.id, name] = remote_id
    return found


def sent_links(claimed: Sequence[Claimed]) -> dict[tuple[int, str], str]:
    """The remote ids that the last attempt of each carried, whatever is linked by now."""
    return {
        (each.id, name): str(remote_id)
        for each in claimed
        for name, remote_id in ((each.request or {}).get("links") or {}).items()
    }


def plain_body(row: Claimed | IntentRow, links: Links) -> Plain:
    """The body in comparable form, its links as the refs they have on the target."""
    whole = {name: Linked(*row.links[name]) if name in row.links else value for name, value in row.body.items()}
    own = {(kind, ref): links.get((row.id, name), "") for name, (kind, ref) in row.links.items()}

    def resolve(linked: Linked) -> str:
        remote_id = own[linked.kind, linked.ref]
        return f"{row.target}/{linked.kind}/{remote_id}" if remote_id else ""

    return plain(whole, resolve)


def flight_of(claimed: Claimed, links: Links) -> Flight:
    """What leaves for an intent whose links all resolve."""
    own = {name: links[claimed.id, name] for name in claimed.links}
    token = uuid.uuid5(uuid.NAMESPACE_OID, f"{claimed.key} {claimed.body_hash} {claimed.verb}").hex
    body = {name: own.get(name, value) for name, value in claimed.body.items()}
    want = Want(claimed.kind, claimed.verb, claimed.key, token, body, own, claimed.remote_id, claimed.remote_version)
    return Flight(claimed, want, plain_body(claimed, links), token)
