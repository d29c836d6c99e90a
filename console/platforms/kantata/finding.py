"""Looks records up by our business key, in the external references Kantata keeps on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.platforms.kantata.client import Client
from console.platforms.kantata.envelope import Page, Row
from console.platforms.kantata.joins import SERVICE, our_key
from console.platforms.kantata.resources import PAGE, RESOURCES, Resource
from console.wire.faults import Refused
from console.wire.surface import Remote, Unsure
from console.words import _

Found = Mapping[str, Remote | Unsure | None]


async def find_many(client: Client, kind: str, keys: Sequence[str]) -> Found:
    """The records that carry these keys, two hundred keys a call; None where nobody carries one.

    The filters are only hints: a server that ignores them answers with other rows, and then every row is compared.
    """
    resource = RESOURCES[kind][0]
    if "external_references" not in resource.include:
        return dict.fromkeys(keys, _unkept())
    found: dict[str, Remote | Unsure | None] = {}
    for start in range(0, len(keys), PAGE):
        found.update(await _find(client, resource, keys[start : start + PAGE]))
    return found


async def _find(client: Client, resource: Resource, keys: Sequence[str]) -> Found:
    query = {
        "external_reference_service_name": SERVICE,
        "external_reference_service_model": resource.kind,
        "external_reference_service_model_refs": ",".join(keys),
    }
    try:
        return await _compared(client, resource, keys, query)
    except Refused:
        return await _compared(client, resource, keys, {})


async def _compared(client: Client, resource: Resource, keys: Sequence[str], query: Mapping[str, str]) -> Found:
    """Which rows of a query carry which key, by the references on the rows themselves."""
    carriers: dict[str, Row] = {}
    blind = False
    async for page in client.pages(resource, query):
        blind = blind or any(_hides_references(row, page) for row in page.rows)
        for row in page.rows:
            if not row.get("deleted_at"):
                carriers.setdefault(our_key(row, resource.kind), row)
        if all(key in carriers for key in keys):
            break
    missing = await _absent(client, blind)
    remotes = {remote.key: remote for remote in client.remotes(resource, list(carriers.values()))}
    return {key: remotes.get(key, missing) for key in keys}


async def _absent(client: Client, blind: bool) -> Unsure | None:
    """What it means that no row carries a key: nothing, for a user who does not see every row."""
    if blind:
        return Unsure(_("Kantata does not show external references to this user."))
    if await client.sees_part():
        return Unsure(_("This user sees only its own projects in Kantata; the record may be in another."))
    return None


def _hides_references(row: Row, page: Page) -> bool:
    """Whether a row says nothing of its references although they were asked for."""
    return "external_reference_ids" not in row and "external_references" not in page.beside


def _unkept() -> Unsure:
    return Unsure(_("Tieout keeps no key on records of this kind in Kantata."))
