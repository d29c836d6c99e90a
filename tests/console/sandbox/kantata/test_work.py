"""Time, expenses and their approval over a socket."""

import pytest

DAY = "2025-11-04"


@pytest.fixture
def project(account, request):
    return account.project(request.node.name, currency="EUR")


def logged(account, project, include="", **fields):
    body = {"workspace_id": project, "date_performed": DAY, "time_in_minutes": 90} | fields
    return account.made("time_entries", "time_entry", include, **body)


def entry(account, row_id, **params):
    return account.told(f"time_entries/{row_id}", **params)["time_entries"][row_id]


def test_an_entry_and_what_the_account_adds(account, project):
    made = logged(account, project, "user,workspace,role", notes="Build")
    assert (made["time_in_minutes"], made["billable"], made["approved"], made["is_invoiced"]) == (
        90,
        True,
        False,
        False,
    )
    assert (made["currency"], made["currency_base_unit"]) == ("EUR", 100)
    assert made["user_id"] == account.told("users/me")["results"][0]["id"]
    changed = account.call("PUT", f"time_entries/{made['id']}", json={"time_entry": {"time_in_minutes": 75}})
    assert changed.json()["time_entries"][made["id"]]["time_in_minutes"] == 75
    assert account.call("DELETE", f"time_entries/{made['id']}.json").status_code == 204
    assert account.refused(account.call("GET", f"time_entries/{made['id']}"), 404)["message"] == "Not found"


def test_the_rate_comes_from_the_rate_card(account):
    cards = account.every("rate_cards", include="effective_rate_card_version")
    effective = {each["effective_rate_card_version_id"]: each["id"] for each in cards}
    prices = account.every("rate_card_roles", include="role,rate_card_version")
    price = next(each for each in prices if each["rate_card_version_id"] in effective)
    card = int(effective[price["rate_card_version_id"]])
    project = account.project("Priced", rate_card_id=card)
    assert account.listed("workspaces", only=project)[0]["rate_card_id"] == card
    role = int(price["role_id"])
    assert logged(account, project, role_id=role)["rate_in_cents"] == price["rate"] > 0
    assert logged(account, project, role_id=role, billable=False)["rate_in_cents"] == 0
    assert logged(account, project, rate_in_cents=12345)["rate_in_cents"] == 12345


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"workspace_id": None}, "workspace_id"),
        ({"workspace_id": 1}, "workspace_id"),
        ({"date_performed": "soon"}, "date_performed"),
        ({"time_in_minutes": None}, "time_in_minutes"),
        ({"time_in_minutes": 0}, "time_in_minutes"),
        ({"time_in_minutes": 1.5}, "time_in_minutes"),
        ({"time_in_minutes": 1441}, "time_in_minutes"),
        ({"story_id": 1}, "story_id"),
        ({"user_id": 1}, "user_id"),
    ],
)
def test_entries_that_are_refused(account, project, fields, field):
    body = {"workspace_id": project, "date_performed": DAY, "time_in_minutes": 90} | fields
    error = account.refused(account.call("POST", "time_entries", json={"time_entry": body}), 422)
    assert (error["type"], error["field"]) == ("validation", field)


def test_the_period_lock(account, project):
    (lock,) = account.listed("line_item_locks")
    closed = account.tenant.closed_date.isoformat()
    assert closed < lock["locked_to"]
    body = {"workspace_id": project, "date_performed": closed, "time_in_minutes": 20}
    refused = account.call("POST", "time_entries", json={"time_entry": body})
    assert account.refused(refused, 422)["field"] == "date_performed"
    old = account.listed("time_entries", order="date_performed:asc", per_page=1)[0]
    assert account.refused(account.call("DELETE", f"time_entries/{old['id']}"), 422)["type"] == "validation"
    assert logged(account, project, date_performed=lock["locked_to"])["date_performed"] == lock["locked_to"]


def test_bulk_up_to_a_hundred(account, project):
    one = {"workspace_id": project, "date_performed": DAY, "time_in_minutes": 20}
    answer = account.call("POST", "time_entries", json={"time_entries": [one] * 100})
    assert answer.json()["count"] == 100
    assert account.call("POST", "time_entries", json={"time_entries": [one] * 101}).status_code == 422
    assert account.told("time_entries", workspace_id=project)["count"] == 100


def test_a_project_without_approvals_has_approved_time(account):
    project = account.project("No approvals", require_time_approvals=False)
    made = logged(account, project)
    assert made["approved"] is True
    account.call("PUT", f"workspaces/{project}", json={"workspace": {"require_time_approvals": True}})
    assert entry(account, made["id"])["approved"] is False


def submitted(account, *ids):
    return account.made(
        "timesheet_submissions",
        "timesheet_submission",
        include="user,workspace",
        line_item_ids=[int(each) for each in ids],
    )


def test_the_life_of_a_timesheet(account, project):
    one, two = (logged(account, project, rate_in_cents=10000)["id"] for _ in range(2))
    sheet = submitted(account, one, two)
    assert (sheet["status"], sheet["line_item_total_in_cents"]) == ("pending", 30000)
    assert (sheet["start_date"], sheet["end_date"], sheet["workspace_id"]) == ("2025-11-03", "2025-11-09", project)
    locked = account.call("PUT", f"time_entries/{one}", json={"time_entry": {"notes": "x"}})
    assert account.refused(locked, 422)["type"] == "validation"
    place = f"timesheet_submissions/{sheet['id']}"
    told = account.call("PUT", f"{place}/approve", json={"timesheet_submission": {"resolution_description": "Fine"}})
    assert told.json()["timesheet_submissions"][sheet["id"]]["status"] == "approved"
    assert told.json()["timesheet_submissions"][sheet["id"]]["current_resolution_description"] == "Fine"
    shown = entry(account, one, include="active_submission,recent_submission")
    assert (shown["approved"], shown["active_submission_id"]) == (True, sheet["id"])
    assert account.told("time_entries", workspace_id=project, approved="true")["count"] == 2
    assert account.refused(account.call("PUT", f"{place}/cancel"), 422)["field"] == "status"
    assert account.call("PUT", f"{place}/reject").json()["timesheet_submissions"][sheet["id"]]["status"] == "rejected"
    shown = entry(account, one, include="active_submission,recent_submission")
    assert (shown["approved"], shown["active_submission_id"], shown["recent_submission_id"]) == (
        False,
        None,
        sheet["id"],
    )
    assert account.call("PUT", f"time_entries/{one}", json={"time_entry": {"notes": "x"}}).status_code == 200
    again = submitted(account, one, two)
    assert account.call("PUT", f"timesheet_submissions/{again['id']}/cancel").status_code == 200
    lines = [each for each in account.running.practice.journal.entries if each.remote_id == sheet["id"]]
    assert [(each.kind, each.verb, each.body.get("status")) for each in lines] == [
        ("approval", "create", None),
        ("approval", "update", "approved"),
        ("approval", "update", "rejected"),
    ]


def test_many_timesheets_at_once(account, project):
    sheets = [submitted(account, logged(account, project)["id"])["id"] for _ in range(2)]
    answer = account.call("POST", "timesheet_approvals", json={"timesheet_approval": {"submission_ids": sheets}})
    assert {each["status"] for each in answer.json()["timesheet_submissions"].values()} == {"approved"}
    assert account.call("POST", "timesheet_rejections", json={}).status_code == 422


def test_timesheets_that_are_refused(account, project):
    other = account.project("Another one")
    mixed = [logged(account, project)["id"], logged(account, other)["id"]]
    for ids in ([], [1], mixed):
        answer = account.call("POST", "timesheet_submissions", json={"timesheet_submission": {"line_item_ids": ids}})
        assert account.refused(answer, 422)["field"] == "line_item_ids"


def test_expenses(account, project):
    body = {
        "workspace_id": project,
        "date": "2025/11/04",
        "category": "Travel",
        "amount_in_cents": 100,
        "billable": False,
    }
    made = account.made("expenses", "expense", **body)
    assert (made["date"], made["is_billable"], made["currency"]) == (DAY, False, "EUR")
    assert "billable" not in made
    report = account.made("expense_report_submissions", "expense_report_submission", line_item_ids=[made["id"]])
    assert (report["status"], report["line_item_total_in_cents"]) == ("pending", 100)
    account.call("PUT", f"expense_report_submissions/{report['id']}/approve")
    shown = account.listed("expenses", only=made["id"], optional_fields="approved", include="active_submission")[0]
    assert (shown["approved"], shown["active_submission_id"]) == (True, report["id"])
    blank = account.call("POST", "expenses", json={"expense": body | {"category": ""}})
    assert account.refused(blank, 422)["field"] == "category"


def test_without_financial_access(account, project):
    headers = {"Authorization": f"Bearer {account.tenant.limited_token}"}
    other = account.listed("users", per_page=1)[0]["id"]
    me = account.call("GET", "users/me", headers=headers).json()["results"][0]["id"]
    assert me != other
    body = {"workspace_id": project, "date_performed": DAY, "time_in_minutes": 20, "user_id": other, "rate_in_cents": 9}
    answer = account.call("POST", "time_entries?include=user", json={"time_entry": body}, headers=headers)
    (made,) = answer.json()["time_entries"].values()
    assert made["user_id"] == me  # the wish is ignored without a word
    assert "rate_in_cents" not in made
    assert account.listed("time_entries", only=made["id"])[0]["rate_in_cents"] == 0
    assert account.call("GET", "subscribed_events", headers=headers).status_code == 403


def test_invoices_and_payments(account, project):
    one, two = (logged(account, project, rate_in_cents=6000)["id"] for _ in range(2))
    invoice = account.made(
        "invoices", "invoice", workspace_ids=[project], time_entry_ids=[one, two], invoice_date="2025-11-30"
    )
    assert (invoice["status"], invoice["balance_in_cents"], invoice["draft"]) == ("new", 18000, False)
    assert entry(account, one, include="invoice")["invoice_id"] == invoice["id"]
    assert account.refused(account.call("DELETE", f"time_entries/{one}"), 422)["type"] == "validation"
    place = f"invoices/{invoice['id']}"
    account.call("PUT", place, json={"invoice": {"time_entry_ids": [two]}})  # the whole list is overwritten
    assert entry(account, one)["is_invoiced"] is False
    assert account.told(place)["invoices"][invoice["id"]]["balance_in_cents"] == 9000
    assert account.refused(account.call("DELETE", place), 422)["type"] == "validation"
    pay = {"invoice_id": invoice["id"], "workspace_id": project, "amount_in_cents": 9000, "message": "k"}
    too_much = account.call("POST", "external_payments", json={"external_payment": pay | {"amount_in_cents": 9001}})
    assert account.refused(too_much, 422)["field"] == "amount_in_cents"
    account.made("external_payments", "external_payment", **pay)
    paid = account.told(place)["invoices"][invoice["id"]]
    assert (paid["status"], paid["balance_in_cents"]) == ("accepted payment", 0)
    draft = account.made("invoices", "invoice", time_entry_ids=[one], draft=True)
    assert account.call("DELETE", f"invoices/{draft['id']}").status_code == 204
    assert entry(account, one)["is_invoiced"] is False
    last = account.made("invoices", "invoice", time_entry_ids=[one])
    cancelled = account.call("PUT", f"invoices/{last['id']}/cancel").json()["invoices"][last["id"]]
    assert (cancelled["status"], entry(account, one)["is_invoiced"]) == ("cancelled", False)


def test_locks_move_forward(fresh):
    friday = {"line_item_lock": {"locked_to": "2025-11-07"}}
    assert fresh.refused(fresh.call("POST", "line_item_locks", json=friday), 422)["field"] == "locked_to"
    fresh.made("line_item_locks", "line_item_lock", locked_to="2025-11-08")
    project = fresh.project("Locked")
    body = {"workspace_id": project, "date_performed": DAY, "time_in_minutes": 20}
    assert fresh.call("POST", "time_entries", json={"time_entry": body}).status_code == 422
