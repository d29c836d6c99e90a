"""Lists over a socket: the envelope, pages, includes, filters, order."""

from datetime import datetime, timedelta

import pytest


def titles(account, **params):
    return [each["title"] for each in account.listed("workspaces", **params)]


def reference(ref, service="Tieout", model="project"):
    return {"service_name": service, "service_model": model, "service_model_ref": ref}


def test_the_envelope(account):
    told = account.told("time_entries.json", per_page=3)
    assert set(told) == {"count", "results", "time_entries", "meta"}
    assert len(told["results"]) == 3
    assert {each["key"] for each in told["results"]} == {"time_entries"}
    assert told["meta"] == {
        "count": told["count"],
        "page_count": -(-told["count"] // 3),
        "page_number": 1,
        "page_size": 3,
    }
    for place, entry in told["time_entries"].items():
        assert isinstance(entry["id"], str)
        assert place == entry["id"]
        assert not [name for name in entry if name.endswith("_id")]
        assert entry["created_at"][-6:] in ("-04:00", "-05:00")


def test_foreign_keys_come_with_include(account):
    told = account.told("time_entries", include="workspace,story,user,role,external_references,nothing", per_page=5)
    assert {"workspaces", "stories", "users", "roles", "external_references"} <= set(told)
    for entry in told["time_entries"].values():
        assert told["workspaces"][entry["workspace_id"]]["currency"] == entry["currency"]
        assert told["users"][entry["user_id"]]["full_name"]
        assert told["roles"][entry["role_id"]]["name"]
        assert told["stories"][entry["story_id"]]["title"]
        assert entry["external_reference_ids"] == []
        assert "invoice_id" not in entry
    assert "role_id" not in next(iter(told["users"].values()))


def test_optional_fields(account):
    project = account.project("Optional", target_margin=30)
    assert "target_margin" not in account.listed("workspaces", only=project)[0]
    assert account.listed("workspaces", only=project, optional_fields="target_margin")[0]["target_margin"] == 30.0


def test_pages_cover_everything_once(account):
    every = account.every("time_entries", order="updated_at:asc")
    assert len(every) == account.told("time_entries")["count"] > 1000
    assert len({each["id"] for each in every}) == len(every)
    stamps = [datetime.fromisoformat(each["updated_at"]) for each in every]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    ("params", "size", "number"),
    [
        ({}, 20, 1),
        ({"per_page": 5000}, 200, 1),
        ({"per_page": 7, "page": 3}, 7, 3),
        ({"limit": 15, "offset": 30, "page": 9, "per_page": 2}, 15, 3),
        ({"per_page": "many"}, 20, 1),
    ],
)
def test_page_sizes(account, params, size, number):
    told = account.told("time_entries", **params)
    assert (told["meta"]["page_size"], told["meta"]["page_number"]) == (size, number)
    assert len(told["results"]) == size


def test_only_drops_what_is_missing_and_a_single_get_does_not(account):
    project = account.project("Only")
    told = account.told("workspaces", only=f"{project},99", search="nothing like it")
    assert [each["id"] for each in told["results"]] == [project]
    assert account.refused(account.call("GET", "workspaces/99"), 404) == {"type": "system", "message": "Not found"}


def test_archived_projects_hide(account):
    project = account.project("To be archived")
    closed = account.call("PUT", f"workspaces/{project}", json={"workspace": {"archived": True}})
    assert closed.json()["workspaces"][project]["archived"] is True
    assert account.refused(account.call("GET", f"workspaces/{project}"), 404)["type"] == "system"
    assert account.told("workspaces", only=project)["count"] == 0
    assert account.told(f"workspaces/{project}", include_archived="true")["count"] == 1


def test_order_and_search(account):
    for title in ("Zebra crossing", "Alpha crossing", "Middle crossing"):
        account.project(title)
    found = titles(account, search="CROSSING", order="title:desc")
    assert found == titles(account, search="crossing", order="title:asc")  # by relevance, whatever the order
    assert len(found) == 3
    assert titles(account, order="title:asc", per_page=200) == sorted(titles(account, order="title:desc", per_page=200))
    assert titles(account)[0] == "Middle crossing"  # the last change comes first
    refused = account.call("GET", "time_off_entries", params={"search": "x"})
    assert account.refused(refused, 400)["type"] == "system"


def test_external_references_find_their_objects(account):
    first = account.project("Keyed one", external_reference=reference("TOkey-1"))
    second = account.project("Keyed two", external_reference=reference("700"))
    foreign = account.project("Foreign", external_reference=reference("TOkey-1", service="relay"))

    def found(**params):
        asked = {f"external_reference_{name}": value for name, value in params.items()}
        return {each["id"] for each in account.listed("workspaces", **asked)}

    assert found(service_name="Tieout", service_model_refs="TOkey-1,700,none") == {first, second}
    assert found(service_model_refs="TOkey-1") == {first, foreign}
    assert found(service_name="Tieout", service_model="project", service_model_ref="700") == {second}
    assert found(service_name="Tieout", service_model_ref="TOkey-1") == set()  # typed as an integer
    assert found(service_name="nobody") == set()
    too_many = {"external_reference_service_model_refs": ",".join(map(str, range(201)))}
    assert account.call("GET", "workspaces", params=too_many).status_code == 400
    assert first in {each["id"] for each in account.listed("workspaces", has_external_references="true", per_page=200)}


def test_changes_since(account):
    project = account.project("Changed later")
    before = account.listed("workspaces", only=project)[0]["updated_at"]
    later = (datetime.fromisoformat(before) + timedelta(days=1)).isoformat()
    assert project in {each["id"] for each in account.listed("workspaces", updated_after=before, per_page=200)}
    assert project in {each["id"] for each in account.listed("workspaces", created_after=before, per_page=200)}
    assert account.listed("workspaces", updated_after=later) == []
    assert project not in {each["id"] for each in account.every("workspaces", updated_before=before)}
    assert account.call("GET", "workspaces", params={"updated_after": "yesterday"}).status_code == 400


def test_time_filters(account):
    entries = account.every("time_entries", include="workspace,user")
    one = entries[0]
    same = account.every("time_entries", workspace_id=one["workspace_id"])
    assert len(same) == sum(1 for each in entries if each["workspace_id"] == one["workspace_id"])
    billable = account.told("time_entries", billable="false")["count"]
    assert billable == sum(1 for each in entries if not each["billable"]) > 0
    day = one["date_performed"]
    between = account.every("time_entries", date_performed_between=f"{day}:{day}")
    assert len(between) == sum(1 for each in entries if each["date_performed"] == day)
    assert account.call("GET", "time_entries", params={"date_performed_between": "x"}).status_code == 400
    approved = sum(1 for each in entries if each["approved"])
    assert account.told("time_entries", approved="false")["count"] == approved < len(entries)


def test_a_list_is_fresh_after_a_change(account):
    project = account.project("Fresh list")
    assert account.told("stories", workspace_id=project)["count"] == 0
    account.made("stories", "story", title="New", story_type="task", workspace_id=project)
    assert account.told("stories", workspace_id=project)["count"] == 1
