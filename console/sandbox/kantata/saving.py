"""Creates, changes and deletes objects: the vendor's checks, the references in the body, the journal, the feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.sandbox.kantata import values
from console.sandbox.kantata.envelope import Sight
from console.sandbox.kantata.feed import Feed
from console.sandbox.kantata.kinds import Kind
from console.sandbox.kantata.references import Reference, attach, detach_all, read_reference
from console.sandbox.kantata.refusal import Refusal, not_found
from console.sandbox.kantata.store import Account, Row

Journalled = Callable[[str, str, Row, Mapping[str, Any], str], None]
"""Writes one line: plural, verb, row, body and who (`api` or `people`)."""

MOST = 100


@dataclass(slots=True)
class Draft:
    """What is about to be saved: attributes, foreign keys, hidden values, and the request they came from."""

    values: dict[str, Any]
    links: dict[str, Any]
    body: Mapping[str, Any]
    sight: Sight
    extra: dict[str, Any] = field(default_factory=dict)
    reference: Reference | None = None


class Rule:
    """What the vendor does besides keeping a row; each kind that needs more has its own."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def draft(self, draft: Draft) -> None:
        """Fill in and check a new row before it stands."""

    def made(self, row: Row, draft: Draft) -> None:
        """Follow up on a new row."""

    def change(self, row: Row, draft: Draft) -> None:
        """Check and complete a change before it is made."""

    def changed(self, row: Row, draft: Draft) -> None:
        """Follow up on a change."""

    def remove(self, row: Row) -> None:
        """Check a deletion, and take along what hangs on the row."""


class Saver:
    """The one way rows change once the past has been seeded."""

    def __init__(self, account: Account, rules: Mapping[str, Rule], feed: Feed, journalled: Journalled) -> None:
        self.account = account
        self.rules = rules
        self.feed = feed
        self._journalled = journalled
        self._plain = Rule(account)

    def rule(self, kind: Kind) -> Rule:
        return self.rules.get(kind.plural, self._plain)

    def create(self, kind: Kind, bodies: Sequence[Mapping[str, Any]], sight: Sight, by: str = "api") -> list[Row]:
        """Save new rows, all or none. Raises 422 for more than 100 or for the first that will not do."""
        if "c" not in kind.writes:
            raise not_found()
        if len(bodies) > MOST:
            raise Refusal(422, "validation", f"You can create up to {MOST} {kind.plural} in one request", kind.plural)
        drafts = [self.drafted(kind, body, sight) for body in bodies]
        return [self.stand(kind, draft, by) for draft in drafts]

    def drafted(self, kind: Kind, body: Mapping[str, Any], sight: Sight) -> Draft:
        taken, links = values.taken(self.account, kind, body, creating=True)
        draft = Draft(taken, links, body, sight, reference=read_reference(body))
        for each in kind.attrs:
            if each.optional and each.name in taken:
                draft.extra[each.name] = taken[each.name]
        self.rule(kind).draft(draft)
        return draft

    def stand(self, kind: Kind, draft: Draft, by: str) -> Row:
        row = self.account.build(kind.plural, draft.values, draft.links, draft.extra)
        attach(self.account, kind, row, draft.reference)
        self.rule(kind).made(row, draft)
        self._tell(kind, "create", row, draft.body, by)
        return row

    def update(self, kind: Kind, row: Row, body: Mapping[str, Any], sight: Sight, by: str = "api") -> Row:
        """Change a row; fields that may not be changed are passed over."""
        if "u" not in kind.writes:
            raise not_found()
        taken, links = values.taken(self.account, kind, body, creating=False)
        draft = Draft(taken, links, body, sight, reference=read_reference(body))
        self.rule(kind).change(row, draft)
        attach(self.account, kind, row, draft.reference)
        self.amend(kind, row, draft.values, draft.links, draft.extra)
        self.rule(kind).changed(row, draft)
        closing = kind.plural == "workspaces" and draft.values.get("archived") is True
        self._tell(kind, "close" if closing else "update", row, body, by)
        return row

    def amend(
        self,
        kind: Kind,
        row: Row,
        taken: Mapping[str, Any],
        links: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Change values of a row and stamp it, without checks and without a journal line of its own."""
        for name, value in taken.items():
            (row.shown if name in row.shown else row.extra)[name] = value
        row.extra.update(extra or {})
        collection = self.account[kind.plural]
        if links:
            collection.relink(row, links)
        collection.touched(row, self.account.now())

    def delete(self, kind: Kind, row: Row, by: str = "api") -> None:
        """Delete a row for good."""
        if "d" not in kind.writes:
            raise not_found()
        self.rule(kind).remove(row)
        key = self.account.references_on(kind.subject, row.id)
        detached = key[0].shown["service_model_ref"] if key else ""
        self._tell(kind, "delete", row, {"external_reference": detached} if detached else {}, by)
        detach_all(self.account, kind, row)
        self.account[kind.plural].drop(row)

    def tell(self, kind: Kind, verb: str, row: Row, body: Mapping[str, Any], by: str = "api") -> None:
        """Journal and announce a change made by other means (an approval)."""
        self._tell(kind, verb, row, body, by)

    def _tell(self, kind: Kind, verb: str, row: Row, body: Mapping[str, Any], by: str) -> None:
        self.feed.announce(kind, verb, row)
        self._journalled(kind.plural, verb, row, body, by)
