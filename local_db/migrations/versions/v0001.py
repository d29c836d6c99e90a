"""The first tables."""

from __future__ import annotations

from local_db.migrations.shorthand import create_indexes, create_tables

revision = "0001"
down_revision = None

TABLES = """
trace_event: id# trace at! flow subject hop connection kind what sentence money_micros:n? money_currency? ms:n?
    attempt:n?
audit: id# at! actor act subject digests! previous hash
audit_value: audit:n* name* salt value? erased_at?
note: id# about text actor at!
call_sketch: hour* connection* flow* kind* verb* count:n failed:n total_us:n longest_us:n buckets:raw
request: id# kind body! state answer? actor worker asked_at! taken_at? answered_at?
job: id# kind title state done:n total:n? sentence worker cancel_asked:b started_at! updated_at! ended_at?
draft: about* actor* body! saved_at!
book_legal_entity: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! legal_name! country! currency! zone! parent! active:b /strict
book_customer: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! number! parent! legal_entity! currency! tax_number! payment_terms! domain! street! city!
    postcode! country! active:b /strict
book_contact: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! customer! name! email! /strict
book_resource: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! email! role! legal_entity! location! cost_centre! active:b /strict
book_skill: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! resource! name! level:n! /strict
book_role: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! /strict
book_billing_item: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! active:b /strict
book_leave: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! resource! starts_on? ends_on? minutes:n! /strict
book_deal: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! customer! stage! is_won:b is_closed:b closed_on? amount_micros:n? amount_currency?
    probability:n! billing_type! legal_entity! service_line! starts_on? ends_on? cap_micros:n? cap_currency?
    rate_card! purchase_order! owner! amends! amendment_number:n! effective_on? /strict
book_contract_line: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! deal! title! quantity! unit_price_micros:n? unit_price_currency? amount_micros:n? amount_currency?
    role! due_on? /strict
book_engagement: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! deal! customer! name! billing_type! legal_entity! currency! budget_micros:n? budget_currency?
    cap_micros:n? cap_currency? starts_on? ends_on? rate_card! service_line! amendments:n! /strict
book_rate_card: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! currency! /strict
book_rate: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! rate_card! role! hourly_micros:n? hourly_currency? starts_on? ends_on? /strict
book_project: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! customer! legal_entity! currency! billing_type! status! starts_on? ends_on? budget_micros:n?
    budget_currency? rate_card! active:b /strict
book_task: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! name! parent! billable:b active:b estimate_minutes:n! /strict
book_demand: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! role! starts_on? ends_on? minutes:n! weight:n! /strict
book_allocation: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! resource! starts_on? ends_on? minutes:n! confirmed:b /strict
book_time_entry: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! resource! worked_on? minutes:n! task! role! billable:b approved:b approval! rate_micros:n?
    rate_currency? currency! notes! invoiced:b /strict
book_expense: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! resource! spent_on? amount_micros:n? amount_currency? category! billable:b approved:b
    approval! notes! /strict
book_milestone: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! title! amount_micros:n? amount_currency? due_on? completed:b completed_on? task! /strict
book_approval: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! resource! status! decided_at! decided_by! starts_on? ends_on? /strict
book_billing_line: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! line_type! project! customer! task! resource! item! legal_entity! tax_code! on? minutes:n! quantity!
    rate_micros:n? rate_currency? amount_micros:n? amount_currency? billable:b stage! invoice! memo! /strict
book_invoice: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! number! customer! project! legal_entity! on? due_on? status! total_micros:n? total_currency?
    tax_micros:n? tax_currency? remaining_micros:n? remaining_currency? /strict
book_invoice_line: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! invoice! billing_line! minutes:n! amount_micros:n? amount_currency? /strict
book_credit_note: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! number! customer! invoice! legal_entity! on? total_micros:n? total_currency? status! /strict
book_payment: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! customer! invoice! on? amount_micros:n? amount_currency? /strict
book_cost: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! project! on? amount_micros:n? amount_currency? category! /strict
book_revenue_schedule: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key!
    modified_at! modified_by! project! on? amount_micros:n? amount_currency? recognised:b /strict
book_accounting_period: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key!
    modified_at! modified_by! name! starts_on? ends_on? legal_entity! closed:b all_locked:b receivables_locked:b
    payables_locked:b /strict
book_tax_code: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! name! legal_entity! country! per_cent! active:b /strict
book_fx_rate: id# ref! kind! connection! hash! valid_to? recorded_at! superseded_at? external_key! modified_at!
    modified_by! base! quote! on? per_unit! rate_type! /strict
workspace: name* value
connection: id* platform title tenant tag environment base_url sign_in fields! credential api_version state sentence
    last_success? quarantined:b advice!
mode: connection* flow* kind* mode actor reason set_at!
cutover: flow* legal_entity* starts_on! actor reason set_at!
route: id# kind legal_entity region service_line starts_on? ends_on? connection
schedule: id# flow legal_entity rhythm details! zone enabled:b last_run_at? next_run_at? /unique=flow,legal_entity
setting: name* scope* value! actor reason set_at!
mapping_override: connection* kind* field* value! actor reason set_at!
write_claim: tenant* workspace holder actor reason fence:n taken_at! until!
subject: flow* ref* kind outcome why dirty_since? marked_at? marked_why planned_at? money_micros:n? money_currency?
intent: id# flow subject ref target kind key verb state why rank:n body! body_hash links! next_body? confirmed?
    confirmed_hash remote_id remote_version source_version job money_micros:n? money_currency? on_day? legal_entity
    adjusts critical:b unsure:b stopped:b plan_id planned_at! tries:n first_tried_at? next_at? lease_until? fence:n
    worker changed_at! done_at? /unique=target,kind,key
attempt: id# intent:n number:n token verb target kind remote_id body_hash request! opened_at! closed_at? outcome
    answer? error? trace worker actor fence:n ms:n?
hold: id# flow subject target kind key problem sentence remedy who owner field ref facts! money_micros:n?
    money_currency? on_day? legal_entity body! opened_at! seen_at! ended_at? ended_why ended_by assignee source
    snoozed_until?
crosswalk: id# ref connection kind remote_id relation share_minutes:n? share_micros:n? share_currency? valid_from?
    valid_to? method actor why recorded_at! ended_at? ended_by ended_why
match_refusal: id# ref connection kind remote_id actor why recorded_at! ended_at? ended_by
match_candidate: connection* kind* remote_id* ref* method why score:n found_at!
override: id# ref field value? reason scope until? source_value_hash actor recorded_at! ended_at? ended_why
replica: connection* kind* remote_id* hash read_id:n seen_at! version key fault deletion deleted_at? payload! /keyed
coverage: connection* kind* scope* cursor read_id:n whole:b started_at! complete_until? finished_at? rows:n
    previous_rows:n? expected:n? state sentence
"""

INDEXES = """
ix_trace_event_subject: trace_event subject
ix_trace_event_trace: trace_event trace at
ix_audit_subject: audit subject
ix_note_about: note about
ix_request_open: request state id /where state IN ('asked', 'taken')
ix_book_legal_entity_known: book_legal_entity ref recorded_at /where superseded_at IS NOT NULL
uq_book_legal_entity_current: book_legal_entity ref /unique /where superseded_at IS NULL
ix_book_customer_known: book_customer ref recorded_at /where superseded_at IS NOT NULL
ix_book_customer_name: book_customer name /where superseded_at IS NULL
uq_book_customer_current: book_customer ref /unique /where superseded_at IS NULL
ix_book_contact_known: book_contact ref recorded_at /where superseded_at IS NOT NULL
uq_book_contact_current: book_contact ref /unique /where superseded_at IS NULL
ix_book_resource_known: book_resource ref recorded_at /where superseded_at IS NOT NULL
uq_book_resource_current: book_resource ref /unique /where superseded_at IS NULL
ix_book_skill_known: book_skill ref recorded_at /where superseded_at IS NOT NULL
uq_book_skill_current: book_skill ref /unique /where superseded_at IS NULL
ix_book_role_known: book_role ref recorded_at /where superseded_at IS NOT NULL
uq_book_role_current: book_role ref /unique /where superseded_at IS NULL
ix_book_billing_item_known: book_billing_item ref recorded_at /where superseded_at IS NOT NULL
uq_book_billing_item_current: book_billing_item ref /unique /where superseded_at IS NULL
ix_book_leave_known: book_leave ref recorded_at /where superseded_at IS NOT NULL
uq_book_leave_current: book_leave ref /unique /where superseded_at IS NULL
ix_book_deal_amends: book_deal amends /where superseded_at IS NULL
ix_book_deal_customer: book_deal customer /where superseded_at IS NULL
ix_book_deal_known: book_deal ref recorded_at /where superseded_at IS NOT NULL
uq_book_deal_current: book_deal ref /unique /where superseded_at IS NULL
ix_book_contract_line_deal: book_contract_line deal /where superseded_at IS NULL
ix_book_contract_line_known: book_contract_line ref recorded_at /where superseded_at IS NOT NULL
uq_book_contract_line_current: book_contract_line ref /unique /where superseded_at IS NULL
ix_book_engagement_known: book_engagement ref recorded_at /where superseded_at IS NOT NULL
uq_book_engagement_current: book_engagement ref /unique /where superseded_at IS NULL
ix_book_rate_card_known: book_rate_card ref recorded_at /where superseded_at IS NOT NULL
uq_book_rate_card_current: book_rate_card ref /unique /where superseded_at IS NULL
ix_book_rate_known: book_rate ref recorded_at /where superseded_at IS NOT NULL
ix_book_rate_rate_card_role: book_rate rate_card role /where superseded_at IS NULL
uq_book_rate_current: book_rate ref /unique /where superseded_at IS NULL
ix_book_project_customer: book_project customer /where superseded_at IS NULL
ix_book_project_known: book_project ref recorded_at /where superseded_at IS NOT NULL
ix_book_project_rate_card: book_project rate_card /where superseded_at IS NULL
uq_book_project_current: book_project ref /unique /where superseded_at IS NULL
ix_book_task_known: book_task ref recorded_at /where superseded_at IS NOT NULL
ix_book_task_project: book_task project /where superseded_at IS NULL
uq_book_task_current: book_task ref /unique /where superseded_at IS NULL
ix_book_demand_known: book_demand ref recorded_at /where superseded_at IS NOT NULL
uq_book_demand_current: book_demand ref /unique /where superseded_at IS NULL
ix_book_allocation_known: book_allocation ref recorded_at /where superseded_at IS NOT NULL
uq_book_allocation_current: book_allocation ref /unique /where superseded_at IS NULL
ix_book_time_entry_known: book_time_entry ref recorded_at /where superseded_at IS NOT NULL
ix_book_time_entry_project_worked_on: book_time_entry project worked_on /where superseded_at IS NULL
uq_book_time_entry_current: book_time_entry ref /unique /where superseded_at IS NULL
ix_book_expense_known: book_expense ref recorded_at /where superseded_at IS NOT NULL
ix_book_expense_project_spent_on: book_expense project spent_on /where superseded_at IS NULL
uq_book_expense_current: book_expense ref /unique /where superseded_at IS NULL
ix_book_milestone_known: book_milestone ref recorded_at /where superseded_at IS NOT NULL
ix_book_milestone_project: book_milestone project /where superseded_at IS NULL
uq_book_milestone_current: book_milestone ref /unique /where superseded_at IS NULL
ix_book_approval_known: book_approval ref recorded_at /where superseded_at IS NOT NULL
uq_book_approval_current: book_approval ref /unique /where superseded_at IS NULL
ix_book_billing_line_invoice: book_billing_line invoice /where superseded_at IS NULL
ix_book_billing_line_known: book_billing_line ref recorded_at /where superseded_at IS NOT NULL
ix_book_billing_line_project_on: book_billing_line project on /where superseded_at IS NULL
uq_book_billing_line_current: book_billing_line ref /unique /where superseded_at IS NULL
ix_book_invoice_customer: book_invoice customer /where superseded_at IS NULL
ix_book_invoice_known: book_invoice ref recorded_at /where superseded_at IS NOT NULL
ix_book_invoice_project: book_invoice project /where superseded_at IS NULL
uq_book_invoice_current: book_invoice ref /unique /where superseded_at IS NULL
ix_book_invoice_line_billing_line: book_invoice_line billing_line /where superseded_at IS NULL
ix_book_invoice_line_invoice: book_invoice_line invoice /where superseded_at IS NULL
ix_book_invoice_line_known: book_invoice_line ref recorded_at /where superseded_at IS NOT NULL
uq_book_invoice_line_current: book_invoice_line ref /unique /where superseded_at IS NULL
ix_book_credit_note_invoice: book_credit_note invoice /where superseded_at IS NULL
ix_book_credit_note_known: book_credit_note ref recorded_at /where superseded_at IS NOT NULL
uq_book_credit_note_current: book_credit_note ref /unique /where superseded_at IS NULL
ix_book_payment_invoice: book_payment invoice /where superseded_at IS NULL
ix_book_payment_known: book_payment ref recorded_at /where superseded_at IS NOT NULL
uq_book_payment_current: book_payment ref /unique /where superseded_at IS NULL
ix_book_cost_known: book_cost ref recorded_at /where superseded_at IS NOT NULL
uq_book_cost_current: book_cost ref /unique /where superseded_at IS NULL
ix_book_revenue_schedule_known: book_revenue_schedule ref recorded_at /where superseded_at IS NOT NULL
uq_book_revenue_schedule_current: book_revenue_schedule ref /unique /where superseded_at IS NULL
ix_book_accounting_period_known: book_accounting_period ref recorded_at /where superseded_at IS NOT NULL
uq_book_accounting_period_current: book_accounting_period ref /unique /where superseded_at IS NULL
ix_book_tax_code_known: book_tax_code ref recorded_at /where superseded_at IS NOT NULL
uq_book_tax_code_current: book_tax_code ref /unique /where superseded_at IS NULL
ix_book_fx_rate_base_quote_on: book_fx_rate base quote on /where superseded_at IS NULL
ix_book_fx_rate_known: book_fx_rate ref recorded_at /where superseded_at IS NOT NULL
uq_book_fx_rate_current: book_fx_rate ref /unique /where superseded_at IS NULL
ix_subject_dirty: subject flow dirty_since /where dirty_since IS NOT NULL
ix_subject_outcome: subject flow kind outcome
ix_intent_flying: intent target state next_at /where state IN ('sent', 'unknown', 'accepted')
ix_intent_key: intent key
ix_intent_ready: intent target rank planned_at id /where state = 'ready'
ix_intent_remote: intent remote_id target kind
ix_intent_state: intent state flow kind
ix_intent_subject: intent subject
ix_intent_waiting: intent target why /where state = 'waiting'
ix_attempt_intent: attempt intent number
ix_attempt_remote: attempt target kind remote_id closed_at /where remote_id <> ''
ix_attempt_when: attempt target kind opened_at
ix_hold_problem: hold problem opened_at /where ended_at IS NULL
ix_hold_subject: hold subject
uq_hold_open: hold flow subject target kind key problem /unique /where ended_at IS NULL
ix_crosswalk_remote: crosswalk remote_id connection kind /where ended_at IS NULL
uq_crosswalk_open: crosswalk ref connection kind remote_id relation /unique /where ended_at IS NULL
uq_match_refusal_open: match_refusal connection kind remote_id ref /unique /where ended_at IS NULL
uq_override_open: override ref field scope /unique /where ended_at IS NULL
ix_replica_fault: replica connection kind /where fault <> ''
ix_replica_key: replica connection kind key /where key <> ''
"""


def upgrade() -> None:
    create_tables(TABLES)
    create_indexes(INDEXES)
