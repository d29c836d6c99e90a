"""Which connection a record goes to: by kind, legal entity, region, service line and day; none or two is a Problem."""

from __future__ import annotations

from datetime import date

from console.records.problem import Problem
from console.rules.book import Book, Route
from console.rules.problems import problem
from console.words import _


def target(
    book: Book, role: str, kind: str, entity: str, day: date | None = None, service_line: str = "", ref: str = ""
) -> str | Problem:
    """The one connection with `role` that takes this record, or a Problem saying there is none or more than one.

    Without any route the only connection with the role takes everything. Without a `day` the dates of routes do not
    count.
    """
    able = {tenant.connection for tenant in book.with_role(role)}
    routes = [route for route in book.routes if route.connection in able]
    chosen = {route.connection for route in routes if _agrees(book, route, kind, entity, service_line, day)}
    if not routes and len(able) == 1:
        chosen = able
    spoken, named = kind.replace("_", " "), entity or _("an unknown legal entity")
    match sorted(chosen):
        case [only]:
            return only
        case []:
            return problem("no_route", ref, kind=spoken, entity=named)
        case several:
            return problem("two_routes", ref, kind=spoken, entity=named, connections=", ".join(several))


def _agrees(book: Book, route: Route, kind: str, entity: str, service_line: str, day: date | None) -> bool:
    if route.kind not in (kind, "*"):
        return False
    if route.legal_entity and route.legal_entity != entity:
        return False
    if route.region and route.region not in _regions(book, entity):
        return False
    if route.service_line and route.service_line != service_line:
        return False
    if day is None:
        return True
    return (route.starts_on is None or route.starts_on <= day) and (route.ends_on is None or day <= route.ends_on)


def _regions(book: Book, entity: str) -> set[str]:
    return {each.country for (_connection, name), each in book.entities.items() if name == entity}
