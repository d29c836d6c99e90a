"""A signed-in Salesforce organisation behind the surface every platform has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from console.platforms.salesforce.bulk_ingest import BulkIngest
from console.platforms.salesforce.identity import Identity
from console.platforms.salesforce.lookup import Lookup
from console.platforms.salesforce.mapping import FIELD, lacks_currency
from console.platforms.salesforce.org import Org
from console.platforms.salesforce.reading import Reader
from console.platforms.salesforce.shape import advice_for
from console.platforms.salesforce.writing import Writer
from console.wire.faults import Fault
from console.wire.surface import Advice, Batch, Card, Remote, Standing, Unsure, Want, Written
from console.words import _

_VERSIONS_KEPT = 9
"""Releases for which Salesforce keeps an API version: three a year, for three years."""


class Salesforce:
    """The connector. See `console.wire.surface.Connector` for what each method promises."""

    def __init__(self, card: Card, org: Org, bulk_above: int = 2_000) -> None:
        self.card = card
        self._org = org
        self._identity = Identity(org)
        self._lookup = Lookup(org, self._identity)
        self._ingest = BulkIngest(org)
        self._reader = Reader(org, self._lookup, bulk_above)
        self._writer = Writer(org, self._lookup, self._ingest, bulk_above)

    async def check(self) -> Standing:
        organisation = await self._identity.organisation()
        advice = [*await self._about_version(), *await self._about_objects(), *await self._about_currency()]
        return Standing(
            tenant=str(organisation.get("Id") or ""),
            tenant_name=str(organisation.get("Name") or ""),
            environment="test" if organisation.get("IsSandbox") is True else "prod",
            user=await self._identity.user(),
            advice=advice,
            api_version=self._org.version,
            facts={"edition": str(organisation.get("OrganizationType") or "")},
        )

    def read(self, kind: str, since: str = "") -> AsyncIterator[Batch]:
        return self._reader.read(kind, since)

    async def reread(self, kind: str, remote_ids: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        return await self._lookup.reread(kind, remote_ids)

    async def find(self, kind: str, key: str) -> Remote | Unsure | None:
        return await self._lookup.find(kind, key)

    async def find_many(self, kind: str, keys: Sequence[str]) -> Mapping[str, Remote | Unsure | None]:
        return await self._lookup.find_many(kind, keys)

    async def write(self, want: Want) -> Written:
        return await self._writer.write(want)

    async def write_many(self, wants: Sequence[Want]) -> Sequence[Written | Fault]:
        return await self._writer.write_many(wants)

    async def outcome(self, job: str) -> Mapping[str, Written | Fault] | None:
        return await self._ingest.outcome(job)

    async def close(self) -> None:
        await self._org.close()

    async def _about_objects(self) -> list[Advice]:
        written = {ability.kind for ability in self.card.writes}
        advice: list[Advice] = []
        for kind in dict.fromkeys((*self.card.reads, *sorted(written))):
            mapping = self._org.mapping.kind(kind)
            shape = await self._org.shape(mapping.record_name)
            advice += advice_for(kind, mapping, shape, kind in written)
            if shape is not None and await self._identity.sees_all(mapping.record_name) is False:
                advice.append(_sees_part(kind, mapping.record_name))
        return advice

    async def _about_currency(self) -> list[Advice]:
        """Whether amounts can be understood: an organisation with one currency does not name it on its records."""
        shape = await self._org.shape(self._org.mapping.kind("deal").record_name)
        if shape is None or shape.has(FIELD) or not lacks_currency(self._org.mapping, "deal"):
            return []
        return [
            Advice(
                "single_currency",
                _("This organisation has one currency and does not name it, so amounts cannot be understood."),
                _("Name it in the field currency of this connection, as EUR."),
                ("deal", "contract_line"),
            )
        ]

    async def _about_version(self) -> list[Advice]:
        """Whether the pinned version is gone or near its end, as the list of versions tells."""
        answer = await self._org.tell("GET", "/services/data")
        listed = answer.json() if answer.ok else []
        known = sorted(
            float(each["version"])
            for each in (listed if isinstance(listed, list) else [])
            if isinstance(each, dict) and str(each.get("version", "")).replace(".", "", 1).isdecimal()
        )
        if not known:
            return []
        ours, newest = float(self._org.version), known[-1]
        if ours in known and ours > newest - _VERSIONS_KEPT + 1:
            return []
        gone = ours not in known
        return [
            Advice(
                "api_version",
                _("Salesforce no longer offers API version {version}.", version=self._org.version)
                if gone
                else _("API version {version} is near its end.", version=self._org.version),
                _("Set api_version of this connection to {newest}.", newest=newest),
                tuple(self.card.reads) if gone else (),
            )
        ]


def _sees_part(kind: str, record: str) -> Advice:
    return Advice(
        "sees_part",
        _("This user may not see every {object}.", object=record),
        _(
            "Give the integration user View All on {object} in its permission set; absence proves nothing until then.",
            object=record,
        ),
    )
