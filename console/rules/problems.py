"""Every Problem Tieout can name: a sentence, a remedy, who normally acts, and which system owns the wrong field."""

from __future__ import annotations

from dataclasses import dataclass

from console.records.problem import Problem
from console.words import _


@dataclass(frozen=True, slots=True)
class Kind:
    """The fixed part of a Problem; `{names}` are filled from the facts of the record."""

    sentence: str
    remedy: str
    who: str
    owner: str


CONTROLLER = "controller"
SUPPORT = "support engineer"
PROJECT_MANAGER = "project manager"
ACCOUNT_OWNER = "account owner"
ADMINISTRATOR = "administrator"

PROBLEMS: dict[str, Kind] = {
    "closed_period": Kind(
        "{day} lies in the period {period}, which is closed or locked in the ERP.",
        "Reopen the period, or edit the date of the line to one in an open period and give the reason.",
        CONTROLLER,
        "erp",
    ),
    "missing_tax_code": Kind(
        "The ERP has no active tax code for {entity}.",
        "Add or reactivate a tax code for this legal entity, then read tax codes again.",
        CONTROLLER,
        "erp",
    ),
    "inactive_task": Kind(
        "The task {task} is inactive in the ERP.",
        "Reactivate the task, or move the entry to an open task in the PSA.",
        PROJECT_MANAGER,
        "erp",
    ),
    "missing_task": Kind(
        "{task} is not known in the ERP as a task of {project}.",
        "Link it in Matching, add the task in the ERP, or move the entry to a task that is there.",
        PROJECT_MANAGER,
        "erp",
    ),
    "inactive_project": Kind(
        "The project {project} is inactive in the ERP.",
        "Reactivate the project in the ERP, or move the entry to an open project in the PSA.",
        PROJECT_MANAGER,
        "erp",
    ),
    "expired_rate": Kind(
        "The rate of {role} on {card} ended on {ended}; the work is of {day}.",
        "Add a rate for this day to the rate card; the work is priced again once it has been read.",
        CONTROLLER,
        "psa",
    ),
    "missing_rate": Kind(
        "There is no rate for {role} on {card} for {day}.",
        "Add a rate for this day to the rate card, or correct the role on the entry.",
        CONTROLLER,
        "psa",
    ),
    "wrong_legal_entity": Kind(
        "{what} belongs to {wanted}, but {found}.",
        "Correct the legal entity where it is wrong; until then nothing is written for it.",
        CONTROLLER,
        "crm",
    ),
    "cap_exceeded": Kind(
        "This would take {project} to {total}, above its cap of {cap}.",
        "Agree a higher cap with the customer as an amendment, or write the work off.",
        ACCOUNT_OWNER,
        "crm",
    ),
    "duplicate_customer": Kind(
        "The ERP holds {count} customers that may be {customer}.",
        "Say in Matching which one it is, or merge them in the ERP.",
        CONTROLLER,
        "erp",
    ),
    "unknown_resource": Kind(
        "{resource} is not an active employee in the ERP.",
        "Add or reactivate the employee in the ERP, or link the person to another one in Matching.",
        CONTROLLER,
        "erp",
    ),
    "currency_mismatch": Kind(
        "{one} is in {currency_one}, but {other} is in {currency_other}.",
        "Correct the currency where it is wrong; Tieout never converts a price by itself.",
        CONTROLLER,
        "crm",
    ),
    "reopened_approval": Kind(
        "The approval or completion was taken back after the line had been written to the ERP.",
        "Approve or complete it again, or withdraw the line in the ERP.",
        PROJECT_MANAGER,
        "psa",
    ),
    "no_longer_billable": Kind(
        "The work no longer counts as billable, but its line is in the ERP.",
        "Withdraw the line in the ERP, or correct the work, its date or its project's billing type in the PSA.",
        PROJECT_MANAGER,
        "psa",
    ),
    "reopened_deal": Kind(
        "{deal} is open again, but its project has been set up.",
        "Win the deal again, or close it as lost: then its projects are closed too.",
        ACCOUNT_OWNER,
        "crm",
    ),
    "changed_by_person": Kind(
        "{field} was changed in {platform} by {by} to {theirs}; Tieout would set {ours}.",
        "Keep theirs, or replay to set ours.",
        CONTROLLER,
        "erp",
    ),
    "voided_by_person": Kind(
        "The record was deleted or voided in {platform}.",
        "Replay if it should exist, and it is made again; otherwise dismiss it.",
        CONTROLLER,
        "erp",
    ),
    "on_draft_invoice": Kind(
        "The line is on a draft invoice ({invoice}); the work behind it has changed since.",
        "Tell the invoice's owner, or take the line off the draft; then replay.",
        CONTROLLER,
        "erp",
    ),
    "invoiced_change": Kind(
        "The line is invoiced ({invoice}); the work behind it has changed by {delta}.",
        "Approve the adjustment to post the difference in the open period, or dismiss it.",
        CONTROLLER,
        "psa",
    ),
    "missing_billing_terms": Kind(
        "{what} has no {missing}.",
        "Fill in or correct the field; the record goes on once it has been read again.",
        ACCOUNT_OWNER,
        "crm",
    ),
    "missing_project": Kind(
        "{project} is not known in the ERP.",
        "Link it in Matching, or win the deal behind it so that it is created.",
        PROJECT_MANAGER,
        "erp",
    ),
    "missing_customer": Kind(
        "The customer of {what} is not known.",
        "Read customers again, or set the customer on the record.",
        ACCOUNT_OWNER,
        "crm",
    ),
    "no_route": Kind(
        "No connection takes {kind} records of {entity}.",
        "Add a route for this legal entity, or connect its platform.",
        ADMINISTRATOR,
        "tieout",
    ),
    "two_routes": Kind(
        "More than one connection takes {kind} records of {entity}: {connections}.",
        "Give the routes dates, regions or service lines so that one is left.",
        ADMINISTRATOR,
        "tieout",
    ),
    "no_cutover": Kind(
        "{entity} has no cut-over date for this flow.",
        "Set the day from which Tieout writes for this legal entity.",
        CONTROLLER,
        "tieout",
    ),
    "amendment_gap": Kind(
        "Amendment {number} has arrived, but amendment {missing} has not.",
        "Win or remove amendment {missing} in the CRM; both are then applied in order.",
        ACCOUNT_OWNER,
        "crm",
    ),
    "loop": Kind(
        "Tieout has written this record {count} times today; something keeps changing it back.",
        "Find the other writer, or set the kind to observed.",
        SUPPORT,
        "tieout",
    ),
    "unreadable_record": Kind(
        "The record cannot be understood: {reason}",
        "Correct it where it comes from; it goes on once it has been read again.",
        SUPPORT,
        "source",
    ),
    "gone_at_target": Kind(
        "The record it belongs to was deleted at the target.",
        "Restore it there, or link this record to another one.",
        CONTROLLER,
        "erp",
    ),
    "gone_at_source": Kind(
        "The record was deleted at its source after it had been written to the ERP.",
        "Withdraw the line in the ERP, or restore the record.",
        PROJECT_MANAGER,
        "psa",
    ),
    "foreign_key_taken": Kind(
        "The record carries another system's external id ({key}), which Tieout never overwrites.",
        "Link it in Matching, so that it is updated by its own id.",
        SUPPORT,
        "erp",
    ),
    "answer_lost": Kind(
        "The answer was lost and the platform cannot say whether it was stored.",
        "Look in the platform: link the record if it is there, else replay.",
        SUPPORT,
        "tieout",
    ),
    "tries_ended": Kind(
        "It was tried {tries} times without success: {cause}",
        "Mend the cause, then replay.",
        SUPPORT,
        "tieout",
    ),
    "refused_by_platform": Kind(
        "{platform} refused it: {reason}",
        "Correct the field it names, then replay.",
        SUPPORT,
        "target",
    ),
    "write_limit": Kind(
        "The plan holds {count} creates for {kind}; the limit is {limit}.",
        "Look through the plan, then confirm it or raise the limit.",
        CONTROLLER,
        "tieout",
    ),
    "written_by_another": Kind(
        "A record of this kind exists that Tieout did not write: {found}.",
        "Link it if it is the same, or say that it belongs to nobody.",
        SUPPORT,
        "erp",
    ),
}


def problem(code: str, ref: str = "", field: str = "", /, **facts: object) -> Problem:
    """A Problem of a known code with its facts filled in; facts are kept as text."""
    kind = PROBLEMS[code]
    texts = {name: str(fact) for name, fact in facts.items()}
    return Problem(
        code,
        _(kind.sentence, **texts),
        _(kind.remedy, **texts),
        kind.who,
        kind.owner,
        field=field,
        ref=ref,
        facts=texts,
    )
