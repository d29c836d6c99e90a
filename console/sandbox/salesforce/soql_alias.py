"""Takes the name of the queried object, or its alias, off the paths of a query (`SELECT a.Name FROM Account a`)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.sandbox.salesforce.soql_tree import Among, Both, Compare, Condition, Fold, Nay, Path, Query, Selected


def without_alias(query: Query, alias: str) -> Query:
    """The same query with `alias.` taken off every path."""
    taker = _Taker(alias.lower())
    return replace(
        query,
        select=tuple(taker.selected(each) for each in query.select),
        where=taker.condition(query.where) if query.where else None,
        group=tuple(taker.path(each) for each in query.group),
        order=tuple(replace(each, path=taker.path(each.path)) for each in query.order),
    )


@dataclass(frozen=True, slots=True)
class _Taker:
    alias: str

    def path(self, path: Path) -> Path:
        if len(path.parts) > 1 and path.parts[0].lower() == self.alias:
            return Path(path.parts[1:], path.at)
        return path

    def selected(self, each: Selected) -> Selected:
        match each:
            case Path():
                return self.path(each)
            case Fold(word, Path() as path, alias):
                return Fold(word, self.path(path), alias)
        return each

    def condition(self, condition: Condition) -> Condition:
        match condition:
            case Compare():
                return replace(condition, path=self.path(condition.path))
            case Among():
                return replace(condition, path=self.path(condition.path))
            case Both(word, parts):
                return Both(word, tuple(self.condition(each) for each in parts))
            case Nay(part):
                return Nay(self.condition(part))
