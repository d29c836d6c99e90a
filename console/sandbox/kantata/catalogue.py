"""Every collection of the practice account, in the vendor's words."""

from __future__ import annotations

from console.sandbox.kantata.kinds import Kind, kind

_MONEY = "currency currency_symbol currency_base_unit:int"
_TIMES = "created_at:stamp updated_at:stamp"
_PERIOD = {"start_date_between": "start_date", "end_date_between": "end_date"}

KINDS: dict[str, Kind] = {
    each.plural: each
    for each in (
        kind(
            "workspaces",
            "Workspace",
            f"title:text:cu! creator_role:text:c!? account_id archived:bool:u description:text:cu due_date:date:cu "
            f"effective_due_date start_date:date:cu budgeted:bool:cu change_orders_enabled:bool:cu {_TIMES} "
            "consultant_role_name:text:cu client_role_name:text:cu can_create_line_items:bool default_rate "
            f"currency:text:cu currency_symbol currency_base_unit:int "
            f"can_invite:bool has_budget_access:bool "
            f"price:text:cu price_in_cents:int budget_used budget_used_in_cents:int over_budget:bool status:any "
            f"status_key:text:cu? stories_are_fixed_fee_by_default:bool:cu workspace_invoice_preference_id:int "
            f"require_time_approvals:bool:cu require_expense_approvals:bool:cu percentage_complete:int "
            f"access_level:text:cu tasks_default_non_billable:bool:cu rate_card_id:int:cu stage:text:cu "
            f"external_link:text:cu target_margin:number:cu? revenue_recognition_method:text:cu? "
            f"project_tracker_template_id:int:cu? lock_date:date:? total_expenses_in_cents:int:?",
            "creator:users approver:users:cu approvers:users*:cu primary_counterpart:users primary_maven:users:c "
            "workspace_groups:workspace_groups*:cu primary_workspace_group:workspace_groups:cu "
            "participations:participations<workspace_id timesheet_submissions:timesheet_submissions<workspace_id "
            "workspace_resources:workspace_resources<workspace_id participants:users*",
            search="title description",
        ),
        kind(
            "stories",
            "Story",
            f"title:text:cu! story_type:text:cu! description:text:cu state:text:cu priority:text:cu position:int "
            f"archived:bool:cu deleted_at:stamp {_TIMES} due_date:date:cu start_date:date:cu sub_story_count:int "
            f"percentage_complete:int:cu budget_estimate_in_cents:int:cu time_estimate_in_minutes:int:cu "
            f"logged_billable_time_in_minutes:int logged_nonbillable_time_in_minutes:int budget_used_in_cents:int "
            f"billable:bool:cu fixed_fee:bool:cu weight:int:cu time_trackable:bool:cu tag_list:text:cu? "
            f"cost_budget_in_cents:int:cu?",
            "workspace:workspaces:c! creator:users parent:stories:cu root:stories sub_stories:stories<parent_id "
            "assignees:users*:cu current_assignments:assignments<story_id",
            search="title description",
        ),
        kind(
            "workspace_groups",
            "WorkspaceGroup",
            f"name:text:cu! company:bool:cu contact_name:text:cu email:text:cu phone_number:text:cu address:text:cu "
            f"website:text:cu notes:text:cu {_TIMES}",
            "workspaces:workspaces<workspace_group_ids",
            search="name",
        ),
        kind(
            "users",
            "User",
            f"full_name:text:u photo_path email_address:text:u headline:text:u disabled:bool account_id:any "
            f"account_permission {_TIMES}",
            "role:roles account_membership:account_memberships<user_id skill_memberships:skill_memberships<user_id",
            search="full_name email_address",
            writes="u",
        ),
        kind(
            "account_memberships",
            "AccountMembership",
            f"disabled_at:stamp permission:text:u is_administrator:bool is_owner:bool can_log_in:bool "
            f"bill_rate_in_cents:int:u$ cost_rate_in_cents:int:u$ billability_target:int:u {_TIMES}",
            "user:users default_role:roles:u manager:users:u cost_rates:cost_rates<account_membership_id",
            writes="u",
        ),
        kind("roles", "Role", f"name:text:cu! {_TIMES}", search="name"),
        kind(
            "participations",
            "Participation",
            f"role:text:c is_team_lead<team_lead:bool:u access_level:text:cu can_invite:bool:cu can_edit:bool "
            f"rate_in_cents:int:u$ default_rate_in_cents:int:$ cost_in_cents:int:u$ {_TIMES}",
            "user:users:c! workspace:workspaces:c! workspace_role:roles:u primary_role:roles "
            "workspace_resources:workspace_resources<participation_id",
        ),
        kind(
            "workspace_resources",
            "WorkspaceResource",
            f"label:text:u role_name full_name display_label allocations_count:int "
            f"total_allocated_minutes:int {_TIMES}",
            "workspace:workspaces:c! user:users:cu role:roles:cu participation:participations",
        ),
        kind(
            "workspace_allocations",
            "WorkspaceAllocation",
            f"start_date:date:cu! end_date:date:cu! minutes:int:cu! hard:bool:cu percentage:number "
            f"notes:text:cu {_TIMES}",
            "workspace_resource<resource_id:workspace_resources:c! workspace:workspaces creator:users updater:users",
            dates=_PERIOD,
        ),
        kind(
            "assignments",
            "Assignment",
            f"current:bool:cu estimated_minutes:int:cu allocated_minutes:int {_TIMES}",
            "story:stories:c! assignee:users:cu resource:workspace_resources:cu",
        ),
        kind(
            "time_entries",
            "TimeEntry",
            f"{_TIMES} date_performed:date:cu! time_in_minutes:int:cu! billable:bool:cu notes:text:cu "
            f"rate_in_cents:int:cu$ cost_rate_in_cents:int:cu$ {_MONEY} user_can_edit:bool approved:bool taxable:bool "
            f"is_invoiced:bool location:text:cu",
            "workspace:workspaces:c! user:users:cu story:stories:cu role:roles:cu invoice:invoices "
            "active_submission:timesheet_submissions recent_submission:timesheet_submissions creator:users",
            search="notes",
            dates={"date_performed_between": "date_performed"},
        ),
        kind(
            "expenses",
            "Expense",
            f"{_TIMES} date:date:cu! notes:text:cu category:text:cu! amount_in_cents:int:cu! {_MONEY} "
            f"user_can_edit:bool is_invoiced:bool is_billable<billable:bool:cu taxable:bool:cu reimbursable:bool:c "
            f"foreign_exchange_amount:int:cu? approved:bool:?",
            "workspace:workspaces:c! user:users:cu story:stories:cu expense_category:expense_categories:cu "
            "vendor:vendors:c invoice:invoices active_submission:expense_report_submissions "
            "recent_submission:expense_report_submissions",
            dates={"date_between": "date"},
        ),
        kind("expense_categories", "ExpenseCategory", "name:text:cu! deleted_at:stamp"),
        kind("vendors", "Vendor", "name:text:cu! in_use:bool archived:bool:u externally_managed:bool"),
        kind(
            "billing_milestones",
            "BillingMilestone",
            f"title:text:cu! date_to_invoice:date:cu amount_in_cents:int:cu! billing_type {_MONEY} {_TIMES}",
            "workspace:workspaces:c! story:stories:c invoices:invoices*",
            dates={"date_between": "date_to_invoice"},
        ),
        *(
            kind(
                plural,
                subject,
                f"{_TIMES} status title:text:c comment:text:c type start_date:date end_date:date "
                f"line_item_total_formatted line_item_total_in_cents:int {_MONEY} resolution_description "
                f"current_resolution_description current_resolution_creator_id current_resolution_created_at_date "
                f"permissions:any locked:bool",
                f"user:users:c workspace:workspaces:c {lines}<line_item_ids:{lines}*:c",
                writes="cd",
            )
            for plural, subject, lines in (
                ("timesheet_submissions", "Submission", "time_entries"),
                ("expense_report_submissions", "Submission", "expenses"),
            )
        ),
        kind(
            "rate_card_sets",
            "RateCardSet",
            f"title:text:cu! account_default:bool active_currencies:any default_currencies:any "
            f"destroyable:bool {_TIMES}",
            "rate_cards:rate_cards<rate_card_set_id rate_card_set_versions:rate_card_set_versions<rate_card_set_id",
            search="title",
        ),
        kind(
            "rate_card_set_versions",
            "RateCardSetVersion",
            f"active:bool effective_date:date:cu! used_currencies:any {_TIMES}",
            "rate_card_set:rate_card_sets:c! rate_card_versions:rate_card_versions<rate_card_set_version_id",
        ),
        kind(
            "rate_cards",
            "RateCard",
            f"currency:text:cu! uses:int {_TIMES}",
            "rate_card_set:rate_card_sets:c! rate_card_versions:rate_card_versions<rate_card_id "
            "effective_rate_card_version:rate_card_versions",
        ),
        kind(
            "rate_card_versions",
            "RateCardVersion",
            f"default_rate:int:u {_TIMES}",
            "rate_card:rate_cards rate_card_set_version:rate_card_set_versions "
            "rate_card_roles:rate_card_roles<rate_card_version_id",
            writes="u",
        ),
        kind(
            "rate_card_roles",
            "RateCardRole",
            f"rate:int:cu! {_TIMES}",
            "rate_card_version:rate_card_versions:c! role:roles:c!",
        ),
        kind(
            "invoices",
            "Invoice",
            f"{_TIMES} invoice_date:date:cu due_date:date message:text:cu title draft:bool:cu "
            f"status balance_in_cents:int {_MONEY} payment_schedule:text:cu user_invoice_title:text:cu "
            f"user_invoice_number:text:cu tax_rate:number:cu purchase_order:text:cu project_code:text:cu "
            f"fixed_fee_items:any:c? additional_items:any:c?",
            "workspaces:workspaces*:c user:users recipient:users time_entries:time_entries*:cu expenses:expenses*:cu "
            "billing_milestones:billing_milestones*:cu",
            dates={"invoice_date_between": "invoice_date"},
        ),
        kind(
            "external_payments",
            "ExternalPayment",
            f"amount_in_cents:int:c! message:text:c {_TIMES}",
            "invoice:invoices:c! workspace:workspaces:c! user:users",
            writes="cd",
        ),
        kind(
            "external_references",
            "ExternalReference",
            f"service_name:text:cu! service_model:text:cu! service_model_ref:text:cu! subject_id:text:c! "
            f"subject_type:text:c! status:text:cu external_link:text:cu external_message:text:cu "
            f"external_status:text:cu locked:bool:cu last_synced_at:stamp {_TIMES}",
        ),
        kind(
            "custom_fields",
            "CustomField",
            f"name:text:cu! value_type:text:cu! subject_type:text:c default_text:text:cu unique_constraint:bool:cu "
            f"values_count:int has_values:bool {_TIMES}",
            "creator:users choices:custom_field_choices<custom_field_id",
        ),
        kind("custom_field_choices", "CustomFieldChoice", f"label {_TIMES}", "custom_field:custom_fields", writes=""),
        kind(
            "custom_field_values",
            "CustomFieldValue",
            f"subject_type:text:c! subject_id:int:c! value:any:cu display_value can_edit:bool type account_id:int "
            f"custom_field_name {_TIMES}",
            "setter:users custom_field:custom_fields:c!@",
        ),
        kind(
            "cost_rates",
            "CostRate",
            f"currency:text:c amount_in_subunits:int:c! in_use:bool {_TIMES}",
            "account_membership:account_memberships:c!",
        ),
        kind("skills", "Skill", f"name:text:cu! max_level:int:cu description:text:cu {_TIMES}", search="name"),
        kind(
            "skill_memberships",
            "SkillMembership",
            f"level:int:cu max_level:int cached_skill_name {_TIMES}",
            "skill:skills:c! user:users:c! creator:users",
        ),
        kind(
            "time_off_entries",
            "TimeOffEntry",
            f"hours:number:cu! requested_date:date:c! submission_date:date {_TIMES}",
            "user:users:c!",
        ),
        kind("line_item_locks", "LineItemLock", f"locked_to:date:c! {_TIMES}", "user:users", writes="c"),
        kind(
            "financial_periods",
            "FinancialPeriod",
            f"start_date:date end_date:date status period_type timesheets_approved:bool "
            f"expense_reports_approved:bool {_TIMES}",
            writes="",
            dates=_PERIOD,
        ),
        kind(
            "subscribed_events",
            "SubscribedEvent",
            f"event_type subject_type subject_id subject_ref:any subject_changed_at:stamp {_TIMES} user_id account_id "
            f"context_workspace_id previous_payload:text:? current_payload:text:? payload_changes:text:?",
            writes="",
        ),
    )
}
