"""Rate cards: what an hour of a role costs on a project on a day."""

from __future__ import annotations

from console.sandbox.kantata.refusal import invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.stamps import BASE_UNITS
from console.sandbox.kantata.store import Account, Row


def effective(account: Account, card_id: str, day: str) -> Row | None:
    """The version of a rate card that holds on a day: the last one that has begun."""
    begun = [
        (version.shown["effective_date"], row)
        for row in account["rate_card_versions"].linked("rate_card_id", card_id)
        if (version := account.row("rate_card_set_versions", row.links["rate_card_set_version_id"])) is not None
        and (version.shown["effective_date"] or "") <= day
    ]
    return max(begun, key=lambda each: (each[0], int(each[1].id)))[1] if begun else None


def hourly(account: Account, project: Row, role_id: str | None, day: str) -> int:
    """Subunits an hour costs: the role's rate, else the card's default rate, else nothing."""
    card_id = project.shown["rate_card_id"]
    version = effective(account, str(card_id), day) if card_id else None
    if version is None:
        return 0
    if role_id is not None:
        for row in account["rate_card_roles"].linked("rate_card_version_id", version.id):
            if row.links["role_id"] == role_id:
                return int(row.shown["rate"])
    return int(version.shown["default_rate"] or 0)


class RateCardSetRule(Rule):
    def draft(self, draft: Draft) -> None:
        draft.values |= {"account_default": False, "destroyable": True}
        draft.values |= {"active_currencies": [], "default_currencies": []}


class RateCardSetVersionRule(Rule):
    """A new version of a set has a version of each of its cards, with the prices of the one it is cloned from."""

    def made(self, row: Row, draft: Draft) -> None:
        for card in self.account["rate_cards"].linked("rate_card_set_id", row.links["rate_card_set_id"]):
            before = self._cloned(card, draft.body.get("clone_id"))
            default = before.shown["default_rate"] if before else 0
            links = {"rate_card_id": card.id, "rate_card_set_version_id": row.id}
            made = self.account.build("rate_card_versions", {"default_rate": default}, links)
            roles = self.account["rate_card_roles"].linked("rate_card_version_id", before.id) if before else ()
            for each in roles:
                priced = {"rate_card_version_id": made.id, "role_id": each.links["role_id"]}
                self.account.build("rate_card_roles", {"rate": each.shown["rate"]}, priced)

    def _cloned(self, card: Row, clone_id: object) -> Row | None:
        versions = self.account["rate_card_versions"].linked("rate_card_id", card.id)
        return next((each for each in versions if each.links["rate_card_set_version_id"] == str(clone_id)), None)

    def draft(self, draft: Draft) -> None:
        draft.values |= {"active": True, "used_currencies": []}


class RateCardRule(Rule):
    """A new card gets a version in the set version it is added to (or the set's first)."""

    def draft(self, draft: Draft) -> None:
        if draft.values["currency"] not in BASE_UNITS:
            raise invalid("currency", "Currency is not included in the list")
        draft.values["uses"] = 0

    def made(self, row: Row, draft: Draft) -> None:
        wanted = draft.body.get("rate_card_set_version_id")
        versions = self.account["rate_card_set_versions"].linked("rate_card_set_id", row.links["rate_card_set_id"])
        version = self.account.row("rate_card_set_versions", wanted) or next(iter(versions), None)
        if version is not None:
            links = {"rate_card_id": row.id, "rate_card_set_version_id": version.id}
            made = self.account.build("rate_card_versions", {"default_rate": 0}, links)
            self.account["rate_cards"].relink(row, {"effective_rate_card_version_id": made.id})
