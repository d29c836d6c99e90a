"""The register of rules: which kind does more than keep its rows."""

from __future__ import annotations

from console.sandbox.kantata.billing import InvoiceRule, PaymentRule
from console.sandbox.kantata.custom import FieldRule, ValueRule
from console.sandbox.kantata.prices import RateCardRule, RateCardSetRule, RateCardSetVersionRule
from console.sandbox.kantata.projects import GroupRule, WorkspaceRule
from console.sandbox.kantata.saving import Rule
from console.sandbox.kantata.store import Account
from console.sandbox.kantata.submissions import LINES, SubmissionRule
from console.sandbox.kantata.tasks import AssignmentRule, MilestoneRule, StoryRule
from console.sandbox.kantata.teams import AllocationRule, ParticipationRule, ResourceRule
from console.sandbox.kantata.work import ExpenseRule, LockRule, TimeRule

_RULES: dict[str, type[Rule]] = {
    "workspaces": WorkspaceRule,
    "stories": StoryRule,
    "workspace_groups": GroupRule,
    "participations": ParticipationRule,
    "workspace_resources": ResourceRule,
    "workspace_allocations": AllocationRule,
    "assignments": AssignmentRule,
    "billing_milestones": MilestoneRule,
    "time_entries": TimeRule,
    "expenses": ExpenseRule,
    "line_item_locks": LockRule,
    "rate_card_sets": RateCardSetRule,
    "rate_card_set_versions": RateCardSetVersionRule,
    "rate_cards": RateCardRule,
    "invoices": InvoiceRule,
    "external_payments": PaymentRule,
    "custom_fields": FieldRule,
    "custom_field_values": ValueRule,
}


def rules(account: Account) -> dict[str, Rule]:
    """Every rule, for one account."""
    return {plural: made(account) for plural, made in _RULES.items()} | {
        plural: SubmissionRule(account, plural) for plural in LINES
    }
