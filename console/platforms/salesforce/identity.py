"""Who we are in an organisation, and whether our user sees all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.platforms.salesforce.org import Org
from console.wire import soql
from console.wire.faults import Refused
from console.wire.sign_in import OAuth2


class Identity:
    """Asked once for each connection."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._known: dict[str, str] | None = None
        self._sees_all: dict[str, bool | None] = {}

    async def user(self) -> str:
        """Our user's name, its id when there is no name."""
        known = await self._told()
        return known.get("preferred_username") or known.get("name") or known.get("user_id", "")

    async def organisation(self) -> Mapping[str, Any]:
        """Id, Name and IsSandbox of the organisation; only the id where the user may not read the rest."""
        columns = ["Id", "Name", "IsSandbox", "OrganizationType"]
        while columns:
            try:
                rows = (await self._org.query(soql.select(columns, "Organization"))).get("records")
                if rows and isinstance(rows[0], dict):
                    return dict(rows[0])
                break
            except Refused:
                columns.pop()
        return {"Id": (await self._told()).get("organization_id", "")}

    async def sees_all(self, record: str) -> bool | None:
        """Whether our user sees every record of an object; None when Salesforce does not let us ask."""
        if record not in self._sees_all:
            self._sees_all[record] = await self._ask_rights(record)
        return self._sees_all[record]

    async def _ask_rights(self, record: str) -> bool | None:
        user = (await self._told()).get("user_id", "")
        if not user:
            return None
        mine = f"ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {soql.text(user)})"
        where = [f"SobjectType = {soql.text(record)}", mine]
        try:
            rows = await self._org.query(soql.select(["PermissionsViewAllRecords"], "ObjectPermissions", where))
        except Refused:
            return None
        said = [row.get("PermissionsViewAllRecords") for row in rows.get("records") or () if isinstance(row, dict)]
        return any(each is True for each in said) if said else None

    async def _told(self) -> dict[str, str]:
        if self._known is None:
            self._known = await self._ask_identity()
        return self._known

    async def _ask_identity(self) -> dict[str, str]:
        """From the identity address that came with the token, and the user info where it answers."""
        known: dict[str, str] = {}
        if isinstance(self._org.auth, OAuth2):
            parts = (await self._org.auth.token()).facts.get("id", "").rstrip("/").split("/")
            if len(parts) > 2:
                known = {"organization_id": parts[-2], "user_id": parts[-1]}
        answer = await self._org.tell("GET", "/services/oauth2/userinfo")
        if answer.ok and isinstance(told := answer.json(), dict):
            known.update({name: value for name, value in told.items() if isinstance(value, str) and value})
        return known
