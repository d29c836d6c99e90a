"""Asks an account who and what it is, kind by kind, and says what its administrator must still do."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence

from console.platforms.netsuite.kinds import SOURCES, Source
from console.platforms.netsuite.reading import Reader
from console.platforms.netsuite.sight import Sight
from console.platforms.netsuite.sign_in import realm_of
from console.wire.faults import Refused
from console.wire.surface import Advice, Standing
from console.words import _

API_VERSION = "SuiteTalk REST v1"
_SANDBOX = re.compile(r"_(SB|RP)\d*$")
_SUITEQL = "Reports > SuiteAnalytics Workbook"


class Probe:
    """One look at an account; reads at most one row of each kind and writes nothing."""

    def __init__(self, reader: Reader, sight: Sight, values: Mapping[str, str]) -> None:
        self._reader = reader
        self._sight = sight
        self._values = values

    async def standing(self) -> Standing:
        await self._reader.rows.directory.ready()
        await self._reader.clock.ready()
        advice = [each for found in await asyncio.gather(*map(self._kind, SOURCES.values())) for each in found]
        account = realm_of(self._values.get("account", ""))
        return Standing(
            tenant=account,
            tenant_name=self._name() or account,
            environment=environment_of(account),
            user=_user(self._values),
            advice=(*_merged(advice), *await self._hidden(), *self._reader.notes.values(), *self._settings()),
            api_version=API_VERSION,
            facts=self._facts(),
        )

    async def _kind(self, source: Source) -> Sequence[Advice]:
        """Nothing when the kind can be read; else what to ask the administrator for."""
        try:
            await self._reader.probe(source.kind)
        except Refused as refused:
            return (await self._closed(source, refused),)
        return ()

    async def _closed(self, source: Source, refused: Refused) -> Advice:
        """SuiteQL shows nothing of the kind: say whether the record API does."""
        listed = True
        try:
            await self._reader.records.peek(source.record)
        except Refused:
            listed = False
        return Advice(
            "slow_reading" if listed else "missing_permission",
            _(
                "NetSuite shows no {record} records to queries of this role: {why}",
                record=source.record,
                why=refused.sentence,
            ),
            _(
                "In Manage Roles, give the role {permission}, level {level}, and {suiteql}, level View; it also needs "
                "REST Web Services, level Full.",
                permission=source.permission,
                level=source.level,
                suiteql=_SUITEQL,
            ),
            blocks=() if listed else (source.kind,),
        )

    async def _hidden(self) -> Sequence[Advice]:
        blind_spot = await self._sight.blind_spot()
        if not blind_spot:
            return ()
        instruction = _(
            "In Manage Roles, let the role see all subsidiaries, and lift its employee and other restrictions."
        )
        return (Advice("partial_view", blind_spot, instruction),)

    def _name(self) -> str:
        entries = self._reader.rows.directory.lists.get("subsidiary", {})
        return next((each.name for each in entries.values()), "")

    def _facts(self) -> Mapping[str, str]:
        lists = self._reader.rows.directory.lists
        return {
            "subsidiaries": ", ".join(each.name for each in lists.get("subsidiary", {}).values()),
            "currencies": ", ".join(each.symbol for each in lists.get("currency", {}).values()),
            "features": ", ".join(_features(lists)),
            "time_zone": str(self._reader.clock.zone),
        }

    def _settings(self) -> Sequence[Advice]:
        """Settings of the connection that this account needs."""
        directory = self._reader.rows.directory
        found: list[Advice] = []
        if not directory.offers("currency") and not directory.base_currency:
            found.append(
                Advice(
                    "base_currency",
                    _("NetSuite shows no currencies to this role, so amounts cannot be understood."),
                    _("Give the role Lists > Currency, level View; with one currency only, name it in base_currency."),
                )
            )
        if len(directory.lists.get("item", {})) > 1 and not self._values.get("time_item"):
            found.append(
                Advice(
                    "service_item",
                    _("The account has several service items, and the connection names none for time lines."),
                    _("Name the item in time_item (and charge_item) if NetSuite asks for one."),
                )
            )
        for name in ("time_item", "charge_item"):
            item = self._values.get(name, "")
            if item and not directory.id_of("item", item):
                found.append(
                    Advice(
                        "service_item",
                        _("NetSuite has no item named {item}.", item=item),
                        _("Correct {name} in the connection.", name=name),
                    )
                )
        return found


def _features(lists: Mapping[str, Mapping[str, object]]) -> list[str]:
    named = (("subsidiary", "OneWorld"), ("currency", "multiple currencies"), ("chargetype", "charge-based billing"))
    return [feature for name, feature in named if lists.get(name)]


def _merged(advice: Sequence[Advice]) -> Sequence[Advice]:
    """One advice instead of one per kind when queries are closed altogether."""
    if len(advice) < len(SOURCES):
        return advice
    blocks = tuple(kind for each in advice for kind in each.blocks)
    return (
        Advice(
            "suiteql",
            _("The role of this connection may not run queries in NetSuite."),
            _("Give it {suiteql}, level View, and REST Web Services, level Full; then check again.", suiteql=_SUITEQL),
            blocks=blocks,
        ),
    )


def environment_of(account: str) -> str:
    """`test` for sandboxes and release previews, `dev` for developer and trial accounts, else `prod`."""
    if _SANDBOX.search(account):
        return "test"
    return "dev" if account.startswith(("TSTDRV", "TD")) else "prod"


def _user(values: Mapping[str, str]) -> str:
    """NetSuite names no user to a token, so the credential itself is named: the client, or a digest of the token."""
    if client := values.get("client_id"):
        return f"client {client[:12]}"
    digest = hashlib.sha256(values.get("token_id", "").encode()).hexdigest()
    return f"token {digest[:8]}"
