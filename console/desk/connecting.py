"""Connections: the register of platforms, adding a tenant, and how each one stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from console.records.keys import tenant_tag
from console.wire.surface import Advice, Card, SignIn, Standing
from console.words import _
from local_db import audit, connections, coverage, modes
from local_db.connections import ConnectionRow
from local_db.store import Db, Store


@dataclass(slots=True)
class WrongUse(Exception):
    """The caller gave something that does not fit; one sentence."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


def platform_row(card: Card) -> dict[str, Any]:
    """One row of `platforms --json`."""
    return {
        "key": card.key,
        "title": card.title,
        "roles": list(card.roles),
        "sign_ins": [
            {"name": way.name, "title": way.title, "fields": [asdict(field) for field in (*card.fields, *way.fields)]}
            for way in card.sign_ins
        ],
        "reads": list(card.reads),
        "writes": [
            {"kind": each.kind, "verb": each.verb.value, "capability": each.capability.value, "batch": each.batch}
            for each in card.writes
        ],
        "deletions": card.deletions,
        "period_lock": card.period_lock,
        "drift": card.drift,
        "limits": card.limits,
    }


def chosen_sign_in(card: Card, asked: str, given: Mapping[str, str]) -> SignIn:
    """The way to sign in that was named, else the one whose needed fields were all given."""
    if asked:
        for way in card.sign_ins:
            if way.name == asked:
                return way
        names = ", ".join(way.name for way in card.sign_ins)
        raise WrongUse(
            _("{title} has no sign-in {asked}. It has: {names}.", title=card.title, asked=asked, names=names)
        )
    fitting = [
        way
        for way in card.sign_ins
        if all(given.get(each.name) for each in way.fields if each.required and not each.default)
    ]
    if fitting:
        return max(fitting, key=lambda way: sum(each.required for each in way.fields))
    needed = "; ".join(
        f"{way.name}: {', '.join(field.name for field in way.fields if field.required)}" for way in card.sign_ins
    )
    raise WrongUse(_("These credentials fit no sign-in of {title}. Needed: {needed}.", title=card.title, needed=needed))


def sorted_fields(
    card: Card, way: SignIn, fields: Mapping[str, str], secrets: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(open fields, secrets), each as the sign-in declares it, whichever way it was given; others are left out."""
    refuse_secrets(card, fields)
    declared = {field.name: field for field in (*card.fields, *way.fields)}
    given = {name: value.strip() for name, value in {**secrets, **fields}.items() if value.strip()}
    open_ones = {
        name: given.get(name) or field.default
        for name, field in declared.items()
        if not field.secret and (given.get(name) or field.default)
    }
    closed = {name: given[name] for name, field in declared.items() if field.secret and name in given}
    missing = [field.name for field in declared.values() if field.required and not (open_ones | closed).get(field.name)]
    if missing:
        raise WrongUse(_("{title} also needs: {names}.", title=card.title, names=", ".join(missing)))
    return open_ones, closed


def refuse_secrets(card: Card, fields: Iterable[str]) -> None:
    """A secret given as a field is refused, since arguments can be seen by others. Raises `WrongUse`."""
    for name in fields:
        if _is_secret(card, name):
            raise WrongUse(_("{name} is a secret: give it as JSON on standard input with --secrets -.", name=name))


def not_needed(card: Card, way: SignIn, given: Iterable[str]) -> list[str]:
    """Names that were given and that this sign-in does not know."""
    return sorted(set(given) - {field.name for field in (*card.fields, *way.fields)})


_SOUNDS_SECRET = re.compile(r"(?i)secret|passw|passphrase|private|credential|assertion|token(?!_url)")


def _is_secret(card: Card, name: str) -> bool:
    declared = [field for way in card.sign_ins for field in (*card.fields, *way.fields) if field.name == name]
    return any(field.secret for field in declared) if declared else _SOUNDS_SECRET.search(name) is not None


def free_id(db: Db, platform: str, title: str) -> str:
    """A short id for a connection: the platform's key, with the title or a number where that is taken."""
    taken = {row.id for row in connections.every(db)}
    wanted = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in title.lower()) or platform
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, 1000) if (name := f"{wanted}_{number}") not in taken)


def environment_fits(mine: str, theirs: str) -> None:
    """A workspace has one environment, empty before its first connection; practice and real tenants never meet.

    Raises `WrongUse`.
    """
    if mine and mine != theirs:
        raise WrongUse(
            _(
                "This workspace is {mine}; the tenant says it is {theirs}. Use another workspace for it.",
                mine=mine,
                theirs=theirs,
            )
        )


def environment_of(store: Store) -> str:
    """What the connections of a workspace are; empty while there are none, whatever was meant."""
    with store.reading() as db:
        return store.environment if connections.every(db) else ""


def known_as(db: Db, platform: str, tenant: str) -> str:
    """The id of the connection that leads to this tenant already; empty when none does."""
    tag = tenant_tag(platform, tenant)
    return next((row.id for row in connections.every(db) if row.platform == platform and row.tag == tag), "")


def keep(db: Db, row: ConnectionRow, standing: Standing, actor: str) -> ConnectionRow:
    """Note the connection as the tenant described itself; under other settings it is read again from the beginning."""
    before, understood = connections.get(db, row.id), connections.meaning(db, row.id)
    known = ConnectionRow(
        id=row.id,
        platform=row.platform,
        title=row.title or standing.tenant_name,
        tenant=standing.tenant,
        tag=tenant_tag(row.platform, standing.tenant),
        environment=row.environment,
        base_url=row.base_url,
        sign_in=row.sign_in,
        fields=row.fields,
        credential=row.credential,
        api_version=standing.api_version,
        state="connected",
        last_success=before.last_success if before else None,
        quarantined=before.quarantined if before else False,
        advice=[advice_row(each) for each in standing.advice],
    )
    connections.replace(db, known)
    if before is not None and connections.meaning(db, row.id) != understood:
        coverage.restart(db, row.id, datetime.now(UTC))
    audit.append(
        db, actor, "connect", row.id, {"platform": row.platform, "tenant": standing.tenant, "user": standing.user}
    )
    return known


def advice_row(advice: Advice) -> dict[str, Any]:
    return {**asdict(advice), "blocks": list(advice.blocks)}


def connection_rows(db: Db) -> list[dict[str, Any]]:
    """Every connection with its modes and how completely each kind was read."""
    covered: dict[str, list[dict[str, Any]]] = {}
    for each in coverage.every(db):
        until = each.complete_until.isoformat() if each.complete_until else None
        covered.setdefault(each.connection, []).append(
            {"kind": each.kind, "state": each.state, "complete_until": until, "rows": each.rows}
        )
    set_modes: dict[str, list[dict[str, str]]] = {}
    for mode in modes.every(db):
        set_modes.setdefault(mode.connection, []).append(
            {"flow": mode.flow, "kind": mode.kind, "mode": mode.mode, "by": mode.actor, "reason": mode.reason}
        )
    return [
        {
            "id": row.id,
            "platform": row.platform,
            "title": row.title,
            "tenant": row.tenant,
            "environment": row.environment,
            "base_url": row.base_url,
            "sign_in": row.sign_in,
            "state": row.state,
            "sentence": row.sentence,
            "last_success": row.last_success.isoformat() if row.last_success else None,
            "advice": list(row.advice),
            "modes": set_modes.get(row.id, []),
            "coverage": covered.get(row.id, []),
        }
        for row in connections.every(db)
    ]


def missing_sentence(advice: Sequence[Mapping[str, Any]]) -> str:
    """What an administrator must still do, in one sentence; empty when nothing."""
    if not advice:
        return ""
    return _(
        "{count} things need the platform's administrator: {first}", count=len(advice), first=advice[0]["sentence"]
    )
