"""The front of the account: tokens, limits, the change feed, the faults, and the vendor's own material."""

import json
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import yaml
from requests_oauthlib import OAuth2Session

from console.sandbox.kantata.catalogue import KINDS


def test_a_token_that_is_not_alive(account):
    for value in (f"Bearer {account.tenant.expired_token}", "Bearer x", "Basic x", ""):
        answer = account.call("GET", "workspaces", headers={"Authorization": value})
        assert account.refused(answer, 401) == {"type": "oauth", "message": "Invalid OAuth 2 Request"}
        assert answer.headers["x-request-id"]


def test_every_answer_has_an_id_of_its_own(account):
    ids = {account.call("GET", path).headers["X-Request-Id"] for path in ("roles", "roles", "nothing", "roles/1")}
    assert len(ids) == 4


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_code_flow_with_an_independent_client(account, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    app = account.sign_in("authorization_code")
    client = OAuth2Session(app["client_id"], redirect_uri=app["redirect_uri"])
    address, state = client.authorization_url(app["authorize_url"])
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith(app["redirect_uri"])
    assert f"state={state}" in back
    told = client.fetch_token(
        app["token_url"], authorization_response=back, client_secret=app["client_secret"], include_client_id=True
    )
    assert set(told) == {"access_token", "token_type"}
    assert client.get(f"{account.base_url}/api/v1/roles.json", timeout=10).status_code == 200
    again = {"grant_type": "authorization_code", "code": parse_qs(urlsplit(back).query)["code"][0]}
    app_words = {name: app[name] for name in ("client_id", "client_secret", "redirect_uri")}
    spent = requests.post(app["token_url"], json=again | app_words, timeout=10)
    assert spent.status_code == 400
    assert set(spent.json()) == {"error", "error_description"}
    requests.post(f"{account.base_url}/oauth/revoke", data={"token": told["access_token"]}, timeout=10)
    assert client.get(f"{account.base_url}/api/v1/roles.json", timeout=10).status_code == 401


def test_redirects_are_matched_to_the_letter(account):
    app = account.sign_in("authorization_code")
    asked = {"response_type": "code", "client_id": app["client_id"]}
    for other in (app["redirect_uri"].replace("127.0.0.1", "localhost"), app["redirect_uri"] + "2"):
        params = asked | {"redirect_uri": other}
        answer = requests.get(app["authorize_url"], params=params, allow_redirects=False, timeout=10)
        assert answer.status_code == 401


def test_some_addresses_have_a_limit_of_their_own(fresh):
    fresh.tenant.site.limits["workspaces"].a_minute = 2
    assert [fresh.call("GET", "workspaces").status_code for _ in range(4)] == [200, 200, 429, 429]
    answer = fresh.call("POST", "workspaces", json={})
    assert fresh.refused(answer, 429)["type"] == "system"
    assert not {"retry-after", "x-ratelimit-remaining"} & {name.lower() for name in answer.headers}
    assert fresh.call("GET", "stories").status_code == 200


def test_the_change_feed(fresh):
    project = fresh.project("Fed")
    for n in range(30):
        fresh.made("stories", "story", title=f"S{n}", story_type="task", workspace_id=project)
    story = fresh.listed("stories", workspace_id=project, per_page=1)[0]["id"]
    fresh.call("DELETE", f"stories/{story}")
    told = fresh.told("subscribed_events", per_page=200, include="subject", optional_fields="current_payload")
    ids = [each["id"] for each in told["results"]]
    assert max(Counter(ids).values()) == 2  # some come twice
    assert [int(each) for each in ids] != sorted(int(each) for each in ids)  # and in no order
    kinds = Counter(each["event_type"] for each in told["subscribed_events"].values())
    assert kinds == {"workspace:created": 1, "story:created": 30, "story:deleted": 1}
    gone = next(each for each in told["subscribed_events"].values() if each["event_type"] == "story:deleted")
    assert (gone["subject_id"], gone["subject_ref"]) == (story, {"key": "stories", "id": story})
    assert json.loads(gone["current_payload"])["id"] == story
    assert story not in told["stories"]
    assert fresh.told("subscribed_events", event_types="workspace:created")["count"] == 1
    types = fresh.call("GET", "subscribed_events/event_types").json()["event_types"]
    assert {"workspace:created", "time_entry:deleted", "timesheet:updated", "expense_report:created"} <= set(types)


def test_a_storm_of_limits(opened):
    with opened(faults=("kantata:rate_storm:stories:@2+2",)) as account:
        assert [account.call("GET", "stories").status_code for _ in range(5)] == [200, 429, 429, 200, 200]


def test_a_token_that_is_revoked_meanwhile(opened):
    with opened(faults=("kantata:token_expiry:*:@2",)) as account:
        assert [account.call("GET", "roles").status_code for _ in range(3)] == [200, 401, 401]


def test_an_answer_that_is_lost_leaves_what_it_stored(opened):
    with opened(faults=("kantata:lost_answer:workspaces:@1",)) as account:
        with pytest.raises(requests.ConnectionError):
            account.project("Answer lost")
        (line,) = account.running.practice.journal.entries
        assert (line.kind, line.verb, line.facts) == ("project", "create", {"name": "Answer lost"})
        (found,) = account.listed("workspaces", search="Answer lost")
        assert found["id"] == line.remote_id


def test_a_role_that_sees_half(opened):
    with opened() as whole, opened(faults=("kantata:half_role:time_entries",)) as half:
        every, seen = whole.told("time_entries"), half.told("time_entries")
        assert 0 < seen["count"] < every["count"]
        assert "rate_in_cents" in next(iter(every["time_entries"].values()))
        assert "rate_in_cents" not in next(iter(seen["time_entries"].values()))
        shown = {each["id"] for each in half.every("time_entries")}
        hidden = next(each for each in half.tenant.account["time_entries"].rows if each not in shown)
        assert half.call("GET", f"time_entries/{hidden}").status_code == 404
        assert half.told("time_entries", only=hidden)["count"] == 0


def test_a_schema_that_drifts(opened):
    with opened(faults=("kantata:drift:time_entries",)) as account:
        entry = account.listed("time_entries", per_page=1)[0]
        assert "notes" not in entry
        assert entry["work_notes"] is None
        assert "description" in account.listed("workspaces", per_page=1)[0]


def interactions(shared: Path):
    for file in sorted((shared / "platforms/kantata/fixtures").glob("*.yml")):
        yield from yaml.safe_load(file.read_text())["http_interactions"]


@pytest.mark.shared
def test_recorded_requests_are_understood(account, shared: Path):
    """Every recorded GET is answered in the recorded envelope; unknown objects are refused as recorded."""
    asked = 0
    for each in interactions(shared):
        request, response = each["request"], each["response"]
        place = urlsplit(request["uri"])
        if request["method"] != "get" or response["status"]["code"] == 401:
            continue
        asked += 1
        recorded = json.loads(response["body"]["string"])
        answer = account.call("GET", place.path.removeprefix("/api/v1/"), params=place.query)
        if place.path.removesuffix(".json").rsplit("/", 1)[-1].isdigit():
            assert answer.status_code == 404
            continue
        mine = answer.json()
        assert set(recorded) - set(mine) <= {"errors"}, request["uri"]
        assert {type(value) for value in mine["results"]} <= {dict}
    assert asked > 20


@pytest.mark.shared
def test_recorded_objects_are_a_part_of_ours(account, shared: Path):
    include = {
        "time_entries": "story,workspace,user",
        "workspaces": "creator,primary_counterpart,participants",
        "expenses": "",
    }
    project = account.project("Recorded")
    made = {"workspaces": project}
    day = {"workspace_id": project, "date_performed": "2025-11-04", "time_in_minutes": 34}
    made["time_entries"] = account.made("time_entries", "time_entry", **day)["id"]
    spent = {"workspace_id": project, "date": "2025-11-04", "category": "Travel", "amount_in_cents": 100}
    made["expenses"] = account.made("expenses", "expense", **spent)["id"]
    seen = set()
    for each in interactions(shared):
        body = each["response"]["body"]["string"]
        recorded = json.loads(body) if body else {}
        for plural in include:
            for known in recorded.get(plural, {}).values():
                told = account.told(plural, only=made[plural], include=include[plural])
                mine = told[plural][made[plural]]
                always = {"user_id", "workspace_id", "story_id", "creator_id"}
                extra = {"primary_counterpart_id", "participant_ids"}
                assert set(known) - set(mine) <= always | extra, plural
                same = [name for name in known if name in mine and known[name] is not None and mine[name] is not None]
                assert all(type(mine[name]) is type(known[name]) for name in same), plural
                seen.add(plural)
    assert seen == set(include)


@pytest.mark.shared
def test_our_words_are_the_vendors(shared: Path):
    spec = json.loads((shared / "platforms/kantata/spec/resources.json").read_text())
    both = [kind for kind in KINDS.values() if kind.plural in spec]
    assert len(both) > 25
    for kind in both:
        theirs = spec[kind.plural]
        for name, link in theirs.get("associations", {}).items():
            if name in kind.links_by_name:
                mine = kind.links_by_name[name]
                assert (mine.key, mine.to) == (link["foreign_key"], link["collection"]), (kind.plural, name)
        lists = ("create_attributes", "update_attributes", "create_or_update_attributes")
        writable = {name for each in lists for name in theirs.get(each, ())}
        ours = {each.sent_as for each in (*kind.attrs, *kind.links) if each.create or each.update}
        assert ours - writable <= UNLISTED.get(kind.plural, set()), kind.plural


UNLISTED = {"custom_fields": {"subject_type"}, "expenses": {"taxable"}}
"""Words that the vendor's reference has and its gem does not."""
