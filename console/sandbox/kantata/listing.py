"""Lists: filters, search, order and pages, kept between pages while nothing changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.sandbox.kantata import stamps
from console.sandbox.kantata.envelope import Sight
from console.sandbox.kantata.kinds import Kind
from console.sandbox.kantata.refusal import Refusal
from console.sandbox.kantata.store import Account, Collection, Row

Test = Callable[[Row], bool]
Params = Mapping[str, str]

_PAGE = 20
_MOST = 200
_MOST_REFS = 200
_KEPT = 16
_PAGING = ("page", "per_page", "limit", "offset", "include", "optional_fields")
_REFERENCE = "external_reference_"
_REFERENCE_PARTS = ("service_name", "service_model", "status", "external_status", "external_message")
_ORDERS = ("id", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a request is in a list: rows `start` to `start + size`, as page `number`."""

    start: int
    size: int
    number: int

    def pages(self, count: int) -> int:
        return -(-count // self.size) if count else 0


def page_of(params: Params) -> Page:
    """`limit` and `offset` together win over `page` and `per_page`; nothing is larger than 200."""
    if "limit" in params and "offset" in params:
        size = _whole(params["limit"], _PAGE, 1)
        start = _whole(params["offset"], 0, 0)
        return Page(start, min(size, _MOST), start // size + 1)
    size = min(_whole(params.get("per_page", params.get("limit", "")), _PAGE, 1), _MOST)
    number = _whole(params.get("page", ""), 1, 1)
    return Page((number - 1) * size, size, number)


def _whole(text: str, otherwise: int, least: int) -> int:
    return max(least, int(text)) if text.lstrip("-").isdigit() else otherwise


class Lists:
    """Answers list requests; a list is worked out once and kept until its collection changes."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._kept: OrderedDict[tuple[Any, ...], Sequence[Row]] = OrderedDict()

    def rows(self, kind: Kind, params: Params, sight: Sight) -> Sequence[Row]:
        """All rows that match, in order. Raises a system error for a search or a filter the vendor refuses."""
        asked = tuple(sorted((name, value) for name, value in params.items() if name not in _PAGING))
        versions = (self.account[kind.plural].version, self.account["external_references"].version)
        place = (kind.plural, asked, versions, sight.half, sight.user_id)
        found = self._kept.get(place)
        if found is None:
            found = self._kept[place] = self.found(kind, params, sight)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def found(self, kind: Kind, params: Params, sight: Sight) -> Sequence[Row]:
        collection = self.account[kind.plural]
        tests = [*self.default_tests(kind, params), *self.tests(kind, params)]
        rows = [row for row in self.candidates(collection, params) if all(test(row) for test in tests)]
        if sight.half:
            rows = [row for row in rows if sight.sees(kind.plural, row)]
        return _ordered(kind, rows, params)

    def visible(self, kind: Kind, row: Row, params: Params, sight: Sight) -> bool:
        """Whether a single GET finds the row: the default filters hold there as well."""
        return sight.sees(kind.plural, row) and all(test(row) for test in self.default_tests(kind, params))

    def candidates(self, collection: Collection, params: Params) -> Iterable[Row]:
        """As few rows as an index allows."""
        if "only" in params:
            ids = dict.fromkeys(each.strip() for each in params["only"].split(","))
            return [collection.rows[each] for each in ids if each in collection.rows]
        refs = self.referenced(collection.kind, params)
        if refs is not None:
            return [collection.rows[each] for each in refs if each in collection.rows]
        for key in collection.kind.indexed:
            if params.get(key):
                return [row for each in params[key].split(",") for row in collection.linked(key, each.strip())]
        if "updated_after" in params:
            return collection.since(_instant(params, "updated_after"))
        return collection.rows.values()

    def referenced(self, kind: Kind, params: Params) -> Iterable[str] | None:
        """Ids of the rows that carry the external references asked for; None when none are asked for."""
        named = [(each, params[_REFERENCE + each]) for each in _REFERENCE_PARTS if _REFERENCE + each in params]
        refs = _refs(params)
        if not named and refs is None:
            return None
        found: Iterable[Row] = (
            self.account["external_references"].rows.values()
            if refs is None
            else [row for each in refs for row in self.account.references_named(each)]
        )
        return dict.fromkeys(
            str(row.shown["subject_id"])
            for row in found
            if row.shown["subject_type"] == kind.subject and all(row.shown[name] == value for name, value in named)
        )

    def default_tests(self, kind: Kind, params: Params) -> list[Test]:
        """Filters that hold unless a request says otherwise: archived projects and tasks are hidden."""
        if kind.plural == "workspaces" and not _true(params.get("include_archived")) and "archived" not in params:
            return [lambda row: not row.shown["archived"]]
        if kind.plural == "stories" and not _true(params.get("show_archived", params.get("include_archived"))):
            return [lambda row: not row.shown["archived"]]
        return []

    def tests(self, kind: Kind, params: Params) -> list[Test]:
        found: list[Test] = []
        if "search" in params and "only" not in params:
            found.append(_search(kind, params["search"]))
        for name, sign in (("created_after", 1), ("created_before", -1), ("updated_after", 1), ("updated_before", -1)):
            if name in params:
                found.append(_when(name, _instant(params, name), sign))
        for name, attribute in kind.dates.items():
            if name in params:
                found.append(_between(attribute, params[name]))
        if "has_external_references" in params:
            found.append(self.has_references(kind, _true(params["has_external_references"])))
        asked = [each for each in kind.attrs if each.sent_as in params and each.sent_as != "approved"]
        found += [_attribute(each.name, each.kind, params[each.sent_as]) for each in asked]
        linked = [each for each in kind.links if each.key in params and not each.via]
        found += [_linked(each.key, each.many, params[each.key]) for each in linked]
        return found + _special(kind, params)

    def has_references(self, kind: Kind, wanted: bool) -> Test:
        return lambda row: bool(self.account.references_on(kind.subject, row.id)) is wanted


def _refs(params: Params) -> Sequence[str] | None:
    """The refs asked for. The single filter is typed as an integer: any other text finds nothing."""
    single = params.get(f"{_REFERENCE}service_model_ref")
    several = params.get(f"{_REFERENCE}service_model_refs")
    if several is not None:
        refs = [each.strip() for each in several.split(",") if each.strip()]
        if len(refs) > _MOST_REFS:
            raise Refusal(400, "system", f"external_reference_service_model_refs takes up to {_MOST_REFS} ids")
        return refs
    if single is not None:
        return [str(int(single))] if single.strip().isdigit() else []
    return None


def _instant(params: Params, name: str) -> int:
    """The filter's instant. Filters go by whole seconds, as the answers do. Raises a system error."""
    try:
        return stamps.ticks(stamps.moment_of(params[name]).replace(microsecond=0))
    except ValueError:
        raise Refusal(400, "system", f"{name} must be an ISO 8601 datetime") from None


def _when(name: str, ticks: int, sign: int) -> Test:
    if name.startswith("created"):
        return (lambda row: row.created >= ticks) if sign > 0 else (lambda row: row.created < ticks)
    return (lambda row: row.stamp >= ticks) if sign > 0 else (lambda row: row.stamp < ticks)


def _between(attribute: str, span: str) -> Test:
    first, _, last = span.partition(":")
    try:
        low, high = stamps.day_of(first).isoformat(), stamps.day_of(last).isoformat()
    except ValueError:
        raise Refusal(400, "system", "A range is written YYYY-MM-DD:YYYY-MM-DD") from None
    return lambda row: (value := row.shown[attribute]) is not None and low <= value <= high


def _search(kind: Kind, text: str) -> Test:
    if not kind.search:
        raise Refusal(400, "system", f"Search is not supported for {kind.plural}")
    wanted = text.lower()
    return lambda row: any(wanted in str(row.shown.get(name) or "").lower() for name in kind.search)


def _attribute(name: str, kind: str, wanted: str) -> Test:
    if kind == "bool":
        flag = _true(wanted)
        return lambda row: bool(_value(row, name)) is flag
    values = {each.strip() for each in wanted.split(",")}
    return lambda row: str(_value(row, name)) in values


def _value(row: Row, name: str) -> Any:
    return row.shown[name] if name in row.shown else row.extra.get(name)


def _linked(key: str, many: bool, wanted: str) -> Test:
    values = {each.strip() for each in wanted.split(",")}
    if many:
        return lambda row: not values.isdisjoint(row.links.get(key) or ())
    return lambda row: row.links.get(key) in values


def _special(kind: Kind, params: Params) -> list[Test]:
    """Filters that belong to one kind only."""
    found: list[Test] = []
    if kind.plural == "time_entries":
        if "approved" in params:
            found.append(lambda row: row.shown["approved"] is True)
        if "created_by" in params:
            found.append(lambda row: row.links["creator_id"] == params["created_by"])
    if kind.plural.endswith("_submissions") and _true(params.get("active")):
        found.append(lambda row: row.shown["status"] in ("pending", "approved"))
    if kind.plural == "subscribed_events" and "event_types" in params:
        types = set(params["event_types"].split(","))
        found.append(lambda row: row.shown["event_type"] in types)
    if kind.plural == "users" and "by_email_address" in params:
        wanted = params["by_email_address"].lower()
        found.append(lambda row: str(row.shown["email_address"]).lower() == wanted)
    return found


def _true(text: str | None) -> bool:
    return (text or "").lower() in ("true", "1", "yes", "t")


def _ordered(kind: Kind, rows: list[Row], params: Params) -> list[Row]:
    """`order=field:asc|desc`; a search comes by relevance; without an order the last change is first."""
    field, _, direction = params.get("order", "updated_at:desc").partition(":")
    if "search" in params and "only" not in params:
        return sorted(rows, key=lambda row: (len(str(row.shown.get(kind.search[0]))), int(row.id)))
    known = field in _ORDERS or any(each.name == field and not each.optional for each in kind.attrs)
    if not known:
        field, direction = "updated_at", "desc"
    return sorted(rows, key=_key(field), reverse=direction.lower() == "desc")


def _key(field: str) -> Callable[[Row], Any]:
    match field:
        case "id":
            return lambda row: int(row.id)
        case "updated_at":
            return lambda row: (row.stamp, int(row.id))
        case "created_at":
            return lambda row: (row.created, int(row.id))
    return lambda row: _sortable(row, row.shown[field])


def _sortable(row: Row, value: Any) -> tuple[bool, Any, int]:
    return value is not None, 0 if value is None else value, int(row.id)
