"""Fills the account with the firm as its consultants know it: clients, people, prices, projects and their past."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from console.sandbox.clock import Clock
from console.sandbox.firm.model import FOREIGN_MIDDLEWARE, Company, Firm, Person, Project, RateCard, RateVersion
from console.sandbox.kantata import stamps
from console.sandbox.kantata.catalogue import KINDS
from console.sandbox.kantata.custom import set_value
from console.sandbox.kantata.past import Past
from console.sandbox.kantata.projects import DEFAULTS, status_of
from console.sandbox.kantata.references import Reference, put
from console.sandbox.kantata.store import Account, Row

_SATURDAY = 6


def subunits(amount: Decimal, currency: str) -> int:
    """An amount in the currency's smallest unit, as the vendor counts it."""
    return int(amount * stamps.BASE_UNITS[currency])


def lock_before(cutover: date) -> date:
    """The last Saturday before the cut-over: what is dated before it can no longer change."""
    day = cutover - timedelta(days=1)
    return day - timedelta(days=(day.isoweekday() - _SATURDAY) % 7)


class Planter:
    """Plants the firm and remembers which row stands for which of its keys."""

    def __init__(self, account: Account, clock: Clock, firm: Firm) -> None:
        self.account = account
        self.clock = clock
        self.firm = firm
        self.ids: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.entities = {each.key: each.name for each in firm.entities}
        self.fields: dict[str, Row] = {}

    def everything(self) -> None:
        start = self.clock.evening(self.firm.history_starts_on)
        for name in self.firm.roles:
            self.roles[name] = self.account.build("roles", {"name": name}, {}, at=start).id
        self.fields = {
            name: self.account.build(
                "custom_fields",
                {"name": name, "value_type": "string", "subject_type": "workspace", "has_values": True},
                {"creator_id": self.account.user_id},
                at=start,
            )
            for name in ("Legal Entity", "Billing Type")
        }
        for person in self.firm.people:
            self.person(person)
        for card in self.firm.rate_cards:
            self.rate_card(card, start)
        for company in self.firm.companies:
            if company.in_psa:
                self.company(company)
        for project in self.firm.projects:
            self.project(project)
        self.periods(start)
        Past(self).everything()

    def administrator(self) -> None:
        """The user behind the account's token."""
        about = {"full_name": "Integration Administrator", "email_address": "integration@norrvikhale.example"}
        row = self.account.build("users", about | _USER | {"account_id": self.account.id}, {}, at=self.clock.now())
        self.account.user_id = row.id
        member = {"permission": "Administrator", "is_administrator": True, "is_owner": True, "can_log_in": True}
        self.account.build("account_memberships", member, {"user_id": row.id}, at=self.clock.now())

    def person(self, person: Person) -> None:
        at = self.clock.evening(person.hired_on)
        gone = person.left_on is not None and person.left_on <= self.firm.today
        values: dict[str, Any] = {"full_name": person.name, "email_address": person.email, "headline": person.role}
        values |= _USER | {"disabled": gone, "account_id": self.account.id}
        row = self.account.build("users", values, {"role_id": self.roles.get(person.role)}, at=at)
        self.ids[person.key] = row.id
        member = {
            "permission": "Project Creator",
            "is_administrator": False,
            "is_owner": False,
            "can_log_in": not gone,
            "billability_target": 75,
            "disabled_at": stamps.shown(self.clock.evening(person.left_on)) if gone and person.left_on else None,
        }
        links = {"user_id": row.id, "default_role_id": self.roles.get(person.role)}
        self.account.build("account_memberships", member, links, at=at)

    def rate_card(self, card: RateCard, at: datetime) -> None:
        """A set of one currency; where its last version ends, a version without prices begins."""
        values = {"title": card.name, "account_default": False, "active_currencies": [card.currency]}
        values |= {"default_currencies": [card.currency], "destroyable": False}
        group = self.account.build("rate_card_sets", values, {}, at=at)
        about = {"currency": card.currency, "uses": 0}
        made = self.account.build("rate_cards", about, {"rate_card_set_id": group.id}, at=at)
        self.ids[card.key] = made.id
        for version in card.versions:
            self.rate_version(card, group.id, made.id, version.starts_on, version, at)
        end = card.versions[-1].ends_on
        if end is not None:
            self.rate_version(card, group.id, made.id, end + timedelta(days=1), None, at)

    def rate_version(
        self, card: RateCard, set_id: str, card_id: str, first: date, version: RateVersion | None, at: datetime
    ) -> None:
        values = {"active": True, "effective_date": first.isoformat(), "used_currencies": [card.currency]}
        dated = self.account.build("rate_card_set_versions", values, {"rate_card_set_id": set_id}, at=at)
        links = {"rate_card_id": card_id, "rate_card_set_version_id": dated.id}
        default = None if version is None else subunits(version.default_hourly, card.currency)
        made = self.account.build("rate_card_versions", {"default_rate": default}, links, at=at)
        if first <= self.firm.today:
            cards = self.account["rate_cards"]
            cards.relink(cards.rows[card_id], {"effective_rate_card_version_id": made.id})
        for role, hourly in version.hourly.items() if version else ():
            self.account.build(
                "rate_card_roles",
                {"rate": subunits(hourly, card.currency)},
                {"rate_card_version_id": made.id, "role_id": self.roles[role]},
                at=at,
            )

    def company(self, company: Company) -> None:
        lines = (company.street, company.postcode, company.city, company.country)
        values = {
            "name": company.name,
            "company": True,
            "contact_name": company.contact_name,
            "email": company.contact_email,
            "address": ", ".join(each for each in lines if each),
            "website": f"https://www.{company.domain}" if company.domain else None,
        }
        row = self.account.build("workspace_groups", values, {}, at=self.clock.evening(company.created_on))
        self.ids[company.key] = row.id
        self.foreign("workspace_groups", row, "customer", company.foreign_key)

    def foreign(self, plural: str, row: Row, model: str, key: str) -> None:
        """What another middleware left on a row."""
        if key:
            values = {"service_name": FOREIGN_MIDDLEWARE, "service_model": model, "service_model_ref": key}
            put(self.account, KINDS[plural].subject, row.id, Reference(values | {"status": "successful"}))

    def project(self, project: Project) -> None:
        at = self.clock.evening(project.starts_on)
        group = self.ids.get(project.company)
        links: dict[str, Any] = {
            "creator_id": self.account.user_id,
            "primary_maven_id": self.account.user_id,
            "workspace_group_ids": [group] if group else [],
            "primary_workspace_group_id": group,
        }
        row = self.account.build("workspaces", self._about(project), links, {"creator_role": "maven"}, at=at)
        self.ids[project.key] = row.id
        self.foreign("workspaces", row, "job", project.foreign_key)
        set_value(self.account, "workspace", row.id, self.fields["Legal Entity"], self.entities[project.entity])
        set_value(self.account, "workspace", row.id, self.fields["Billing Type"], project.billing_type)
        for place, task in enumerate(project.tasks, 1):
            values: dict[str, Any] = _STORY | {
                "title": task.name,
                "story_type": "task",
                "position": place,
                "billable": task.billable,
                "time_estimate_in_minutes": task.estimate_minutes,
                "state": "started" if project.active else "completed",
            }
            links = {"workspace_id": row.id, "creator_id": self.account.user_id}
            story = self.account.build("stories", values, links, at=at)
            self.ids[task.key] = story.id
            self.foreign("stories", story, "task", task.foreign_key)

    def _about(self, project: Project) -> dict[str, Any]:
        price = subunits(project.budget, project.currency)
        card = self.ids.get(project.rate_card)
        return DEFAULTS | {
            "title": project.name,
            "account_id": self.account.id,
            "start_date": project.starts_on.isoformat(),
            "due_date": project.ends_on.isoformat(),
            "effective_due_date": project.ends_on.isoformat(),
            **stamps.money(project.currency),
            "price_in_cents": price,
            "price": stamps.formatted(price, project.currency),
            "budget_used": stamps.formatted(0, project.currency),
            "status": status_of("300" if project.active else "600"),
            "rate_card_id": int(card) if card else None,
        }

    def periods(self, at: datetime) -> None:
        for period in self.firm.periods:
            values = {
                "start_date": period.starts_on.isoformat(),
                "end_date": period.ends_on.isoformat(),
                "status": "closed" if period.closed else "open",
                "period_type": "month",
                "timesheets_approved": period.closed,
                "expense_reports_approved": period.closed,
            }
            self.account.build("financial_periods", values, {}, at=at)
        locked = lock_before(self.firm.cutover).isoformat()
        self.account.locked_to = locked
        self.account.build("line_item_locks", {"locked_to": locked}, {"user_id": self.account.user_id}, at=at)


_USER: dict[str, Any] = {
    "photo_path": "https://app.mavenlink.com/images/default_profile_photo/default.png",
    "disabled": False,
    "account_permission": "project_creator",
}
_STORY: dict[str, Any] = {
    "priority": "normal",
    "archived": False,
    "sub_story_count": 0,
    "percentage_complete": 0,
    "logged_billable_time_in_minutes": 0,
    "logged_nonbillable_time_in_minutes": 0,
    "budget_used_in_cents": 0,
    "fixed_fee": False,
    "time_trackable": True,
}
