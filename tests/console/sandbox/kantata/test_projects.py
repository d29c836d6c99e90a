"""Projects, tasks, teams and milestones over a socket."""

import pytest

JPY = {"currency": "JPY", "price": "44250"}


def entries(account, remote_id):
    return [each for each in account.running.practice.journal.entries if each.remote_id == remote_id]


def test_a_project_and_its_money(account):
    project = account.made("workspaces", "workspace", title="Yen", creator_role="maven", **JPY)
    assert (project["price"], project["price_in_cents"]) == ("¥44,250", 44250)
    assert (project["currency"], project["currency_symbol"], project["currency_base_unit"]) == ("JPY", "¥", 1)
    dollars = account.made("workspaces", "workspace", title="Dollars", creator_role="buyer", price="$1,200.50")
    assert (dollars["price_in_cents"], dollars["currency_base_unit"]) == (120050, 100)
    unpriced = account.made("workspaces", "workspace", title="Unpriced", creator_role="maven")
    assert (unpriced["price"], unpriced["price_in_cents"]) == ("TBD", None)
    assert unpriced["status"] == {"color": "green", "key": 300, "message": "Active"}


def test_a_form_body_does_the_same(account):
    answer = account.call(
        "POST", "workspaces.json", data={"workspace[title]": "Form", "workspace[creator_role]": "maven"}
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    project = answer.json()["results"][0]["id"]
    changed = account.call(
        "PUT", f"workspaces/{project}.json", data={"workspace[archived]": "false", "workspace[title]": "Formed"}
    )
    assert changed.json()["workspaces"][project]["title"] == "Formed"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"creator_role": "maven"}, "title"),
        ({"title": "x"}, "creator_role"),
        ({"title": "x", "creator_role": "boss"}, "creator_role"),
        ({"title": "x", "creator_role": "maven", "currency": "XXX"}, "currency"),
        ({"title": "x", "creator_role": "maven", "rate_card_id": 1}, "rate_card_id"),
        ({"title": "x", "creator_role": "maven", "start_date": "soon"}, "start_date"),
        ({"title": "x", "creator_role": "maven", "start_date": "2025-02-01", "due_date": "2025-01-01"}, "due_date"),
        ({"title": "x", "creator_role": "maven", "workspace_group_ids": [1]}, "workspace_group_ids"),
        ({"title": "x", "creator_role": "maven", "external_reference": {"service_name": "x"}}, "service_model"),
    ],
)
def test_projects_that_are_refused(account, fields, field):
    error = account.refused(account.call("POST", "workspaces", json={"workspace": fields}), 422)
    assert (error["type"], error["field"]) == ("validation", field)


def test_a_body_without_its_object(account):
    assert account.refused(account.call("POST", "workspaces", json={"project": {}}), 400)["type"] == "system"
    assert account.call("POST", "nothings", json={}).status_code == 404


def test_the_client_of_a_project(account):
    group = account.made("workspace_groups", "workspace_group", name="Client one", company=True)["id"]
    project = account.project("With client", primary_workspace_group_id=int(group))
    shown = account.listed("workspaces", only=project, include="workspace_groups,primary_workspace_group")[0]
    assert (shown["primary_workspace_group_id"], shown["workspace_group_ids"]) == (group, [group])
    taken = account.call("POST", "workspace_groups", json={"workspace_group": {"name": "client ONE"}})
    assert account.refused(taken, 422)["field"] == "name"
    other = account.project("Joined later")
    account.call("PUT", f"workspace_groups/{group}", json={"workspace_group": {"add_workspace_ids": [other]}})
    clients = account.told(f"workspace_groups/{group}", include="workspaces")
    assert set(clients["workspace_groups"][group]["workspace_ids"]) == {project, other}


def test_tasks_in_bulk_with_references(account):
    project = account.project("Tasks")
    bodies = [
        {
            "title": f"T{n}",
            "story_type": "task",
            "workspace_id": int(project),
            "time_estimate_in_minutes": n * 60,
            "external_reference": {"service_name": "Tieout", "service_model": "task", "service_model_ref": f"t-{n}"},
        }
        for n in range(100)
    ]
    answer = account.call("POST", "stories", params={"include": "external_references"}, json={"stories": bodies})
    told = answer.json()
    assert told["count"] == 100
    assert [told["stories"][each["id"]]["title"] for each in told["results"]] == [f"T{n}" for n in range(100)]
    first = told["stories"][told["results"][0]["id"]]
    reference = told["external_references"][first["external_reference_ids"][0]]
    assert (reference["service_model_ref"], reference["subject_type"]) == ("t-0", "Story")
    assert [(each.kind, each.verb, each.key) for each in entries(account, first["id"])] == [("task", "create", "t-0")]
    more = account.call("POST", "stories", json={"stories": bodies + bodies[:1]})
    assert account.refused(more, 422)["type"] == "validation"
    assert account.told("stories", workspace_id=project)["count"] == 100


def test_bulk_is_all_or_none(account):
    project = account.project("All or none")
    good = {"title": "Good", "story_type": "task", "workspace_id": project}
    answer = account.call("POST", "stories", json={"stories": [good, good | {"story_type": "epic"}]})
    assert account.refused(answer, 422)["field"] == "story_type"
    assert account.told("stories", workspace_id=project)["count"] == 0


def test_a_tree_of_tasks(account):
    project, other = account.project("Tree"), account.project("Other tree")
    story = {"story_type": "task", "workspace_id": project}
    root = account.made("stories", "story", title="Root", **story)["id"]
    child = account.made("stories", "story", include="parent,root", title="Child", parent_id=root, **story)
    assert (child["parent_id"], child["root_id"]) == (root, root)
    shown = account.told(f"stories/{root}", include="sub_stories")
    assert shown["stories"][root]["sub_story_ids"] == [child["id"]]
    assert set(shown["stories"]) == {root, child["id"]}
    assert [each["id"] for each in shown["results"]] == [root]
    lost = account.call(
        "POST", "stories", json={"story": story | {"title": "x", "workspace_id": other, "parent_id": root}}
    )
    assert account.refused(lost, 422)["field"] == "parent_id"


def test_teams_and_bookings(account):
    project = account.project("Team")
    role = account.listed("roles")[0]["id"]
    unnamed = account.made("workspace_resources", "workspace_resource", workspace_id=project, role_id=role)
    assert unnamed["full_name"] is None
    booked = account.made(
        "workspace_allocations",
        "workspace_allocation",
        include="workspace_resource",
        resource_id=unnamed["id"],
        start_date="2025-12-01",
        end_date="2025-12-31",
        minutes=4800,
    )
    assert booked["workspace_resource_id"] == unnamed["id"]
    wrong = {"resource_id": unnamed["id"], "start_date": "2025-12-02", "end_date": "2025-12-01", "minutes": 1}
    refused = account.call("POST", "workspace_allocations", json={"workspace_allocation": wrong})
    assert account.refused(refused, 422)["field"] == "end_date"
    blank = account.call("POST", "workspace_allocations", json={"workspace_allocation": {"minutes": 1}})
    assert account.refused(blank, 422)["field"] in ("start_date", "resource_id")


def test_milestones(account):
    project = account.project("Milestones", currency="EUR")
    made = account.made(
        "billing_milestones",
        "billing_milestone",
        title="Half way",
        workspace_id=project,
        amount_in_cents=500000,
        date_to_invoice="2025-12-31",
        external_reference={"service_name": "Tieout", "service_model": "milestone", "service_model_ref": "m-1"},
    )
    assert (made["amount_in_cents"], made["currency"], made["currency_base_unit"]) == (500000, "EUR", 100)
    changed = account.call(
        "PUT", f"billing_milestones/{made['id']}", json={"billing_milestone": {"amount_in_cents": 1}}
    )
    assert changed.json()["billing_milestones"][made["id"]]["amount_in_cents"] == 1
    assert [(each.verb, each.key) for each in entries(account, made["id"])] == [("create", "m-1"), ("update", "m-1")]
    gone = account.call("DELETE", f"billing_milestones/{made['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert account.call("GET", f"billing_milestones/{made['id']}").status_code == 404
    assert account.told("external_references", service_model_ref="m-1")["count"] == 0


def test_custom_fields(account):
    field = account.made("custom_fields", "custom_field", name="Region", value_type="string")["id"]
    project = account.project("Custom", custom_fields=[{"custom_field_id": int(field), "value": "North"}])
    (value,) = account.listed("custom_field_values", subject_type="workspace", subject_id=project)
    assert (value["value"], value["custom_field_id"], value["custom_field_name"]) == ("North", field, "Region")
    taken = {"subject_type": "workspace", "subject_id": int(project), "custom_field_id": field, "value": "South"}
    again = account.call("POST", "custom_field_values", json={"custom_field_value": taken})
    assert account.refused(again, 422)["field"] == "custom_field_id"
    changed = account.call("PUT", f"custom_field_values/{value['id']}", json={"custom_field_value": {"value": "South"}})
    assert changed.json()["custom_field_values"][value["id"]]["display_value"] == "South"
    shown = account.told(f"workspaces/{project}", include="custom_field_values")
    assert shown["workspaces"][project]["custom_field_value_ids"] == [value["id"]]


def test_references_on_their_own(account):
    project = account.project("Referenced")
    body = {"subject_type": "Workspace", "subject_id": project, "service_name": "Tieout", "service_model": "project"}
    made = account.made("external_references", "external_reference", **body, service_model_ref="r-1")
    again = account.call(
        "POST", "external_references", json={"external_reference": body | {"service_model_ref": "r-2"}}
    )
    assert account.refused(again, 422)["field"] == "service_name"
    put = account.call(
        "POST",
        "external_references/create_or_update",
        json={
            "external_reference": body | {"service_model_ref": "r-3", "external_status": "Paid", "status": "successful"}
        },
    )
    assert put.json()["external_references"][made["id"]]["service_model_ref"] == "r-3"
    assert account.told("workspaces", external_reference_service_model_refs="r-1")["count"] == 0
    assert account.told("workspaces", external_reference_external_status="Paid")["count"] == 1
    nobody = body | {"subject_id": 1, "service_model_ref": "x"}
    lost = account.call("POST", "external_references/create_or_update", json={"external_reference": nobody})
    assert account.refused(lost, 422)["field"] == "subject_id"


def test_the_journal_tells_what_a_project_is(account):
    project = account.project(
        "Told", external_reference={"service_name": "Tieout", "service_model": "p", "service_model_ref": "k"}
    )
    account.call("PUT", f"workspaces/{project}", json={"workspace": {"archived": True}})
    told = entries(account, project)
    assert [(each.kind, each.verb, each.key, each.facts) for each in told] == [
        ("project", "create", "k", {"name": "Told"}),
        ("project", "close", "k", {"name": "Told"}),
    ]


def test_a_rate_card_and_its_next_version(account):
    group = account.made("rate_card_sets", "rate_card_set", title="Practice prices")["id"]
    first = account.made(
        "rate_card_set_versions", "rate_card_set_version", rate_card_set_id=group, effective_date="2025-01-01"
    )
    card = account.made("rate_cards", "rate_card", rate_card_set_id=group, currency="GBP")["id"]
    (version,) = account.listed("rate_card_versions", rate_card_id=card)
    account.call("PUT", f"rate_card_versions/{version['id']}", json={"rate_card_version": {"default_rate": 9000}})
    role = account.listed("roles")[0]["id"]
    account.made("rate_card_roles", "rate_card_role", rate_card_version_id=version["id"], role_id=role, rate=12000)
    account.made(
        "rate_card_set_versions",
        "rate_card_set_version",
        rate_card_set_id=group,
        effective_date="2026-01-01",
        clone_id=first["id"],
    )
    versions = account.listed("rate_card_versions", rate_card_id=card, include="rate_card_roles")
    assert [each["default_rate"] for each in versions] == [9000, 9000]
    assert [len(each["rate_card_role_ids"]) for each in versions] == [1, 1]
    project = account.project("Priced by ours", rate_card_id=int(card), currency="GBP")
    entry = {"workspace_id": project, "date_performed": "2025-11-04", "time_in_minutes": 60, "role_id": role}
    assert account.made("time_entries", "time_entry", **entry)["rate_in_cents"] == 12000
