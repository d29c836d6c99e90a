"""The doors and what goes wrong on purpose: concurrency, storms, dead tokens, half roles, drift, asynchronous jobs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from console.sandbox.netsuite.service import Service


def code(answer: requests.Response) -> str:
    return str(answer.json()["o:errorDetails"][0]["o:errorCode"])


def fault(account, spec: str) -> None:
    answer = requests.post(f"{account.tenant.base_url}/-/faults", json={"spec": spec}, timeout=10)
    assert answer.status_code == 200, answer.text


def test_too_many_queries_at_once_are_blocked(fresh, monkeypatch):
    monkeypatch.setattr("console.sandbox.netsuite.service.QUERY_SECONDS", 0.4)
    text = {"q": "SELECT id FROM currency"}
    url, headers = f"{fresh.base}/query/v1/suiteql", {"Prefer": "transient"}

    def ask(_: int) -> int:
        return requests.post(url, json=text, headers=headers, auth=fresh.auth(), timeout=20).status_code

    with ThreadPoolExecutor(24) as pool:
        statuses = list(pool.map(ask, range(24)))
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 15
    assert ask(0) == 200


def test_a_storm_comes_in_the_vendors_form_and_passes(fresh):
    fault(fresh, "netsuite:rate_storm:timebill:@1+2")
    for _ in range(2):
        answer = fresh.call("GET", "timeBill/50001")
        assert (answer.status_code, code(answer)) == (429, "CONCURRENCY_LIMIT_EXCEEDED")
        assert answer.json()["title"] == "Bad Request"
        assert "Retry-After" not in answer.headers
    assert fresh.call("GET", "timeBill/50001").status_code == 200


def test_a_token_dies_and_a_new_one_lives(fresh):
    told = fresh.sign_in("authorization_code")
    office = fresh.tenant._doors.office
    tokens = [office._tokens(time.time())["access_token"] for _ in range(2)]
    fault(fresh, "netsuite:token_expiry:*:@1")
    assert told["client_id"]

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{fresh.base}/record/v1/currency/1", headers=headers, timeout=10).status_code

    assert [status(tokens[0]), status(tokens[0]), status(tokens[1])] == [401, 401, 200]


def test_a_role_that_sees_half_is_told_nothing_of_the_rest(fresh):
    whole = int(fresh.one("SELECT COUNT(*) AS n FROM job")["n"])
    fault(fresh, "netsuite:half_role:job")
    seen = fresh.rows("SELECT id FROM job")
    assert 0 < len(seen) < whole
    assert all(int(row["id"]) % 2 == 0 for row in seen)
    assert fresh.call("GET", "job").json()["totalResults"] == len(seen)
    hidden = next(each for each in fresh.tenant.books.store.all("job") if each.id % 2)
    assert fresh.call("GET", f"job/{hidden.id}").status_code == 404
    answer = fresh.call("PUT", f"job/eid:{hidden.external_id}", json={"companyName": "Again"})
    assert "already exists" in answer.json()["o:errorDetails"][0]["detail"]
    assert len(fresh.rows("SELECT id FROM customer")) == len(list(fresh.tenant.books.store.all("customer")))


def test_a_drifted_schema_renames_and_adds(fresh):
    fault(fresh, "netsuite:drift:timebill")
    told = fresh.call("GET", "timeBill/50001").json()
    assert "memoText" in told
    assert "memo" not in told
    assert "custrecord_release_note" in told
    answer = fresh.query("SELECT memo FROM timebill")
    assert "Field 'memo' not found." in answer.json()["o:errorDetails"][0]["detail"]
    assert fresh.rows("SELECT memotext FROM timebill WHERE id = 50001")


def test_an_answer_can_be_lost_after_the_commit(fresh):
    body = fresh.time_body()
    fault(fresh, "netsuite:lost_answer:timebill:@1")
    try:
        fresh.call("PUT", "timeBill/eid:TO-lost", json=body)
    except requests.ConnectionError:
        lost = True
    assert lost
    assert fresh.call("GET", "timeBill/eid:TO-lost").status_code == 200
    assert fresh.call("PUT", "timeBill/eid:TO-lost", json=body).status_code == 204
    assert len(fresh.rows("SELECT id FROM timebill WHERE externalid = 'TO-lost'")) == 1


def finished(account, path: str) -> dict[str, Any]:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        told = account.session.get(f"{account.tenant.base_url}{path}", timeout=10).json()
        if told["completed"]:
            return dict(told)
    raise AssertionError("the job never ended")


def test_an_asynchronous_write_is_carried_out_once_per_key(account):
    headers = {"Prefer": "respond-async", "X-NetSuite-Idempotency-Key": "cac827ea-3543-4cda-add2-bae634326c27"}
    body = account.time_body(externalId="TO-async")
    first = account.call("POST", "timeBill", json=body, headers=headers)
    assert (first.status_code, first.headers["Preference-Applied"]) == (202, "respond-async")
    again = account.call("POST", "timeBill", json=body, headers=headers)
    assert (again.status_code, code(again), again.json()["title"]) == (400, "IDEMPOTENCY_ERROR", "Conflict")
    assert again.headers["Location"] == first.headers["Location"]
    told = finished(account, first.headers["Location"])
    assert told["progress"] == "succeeded"
    task = account.session.get(f"{told['task']['links'][0]['href']}/1", timeout=10).json()
    result = account.session.get(next(e["href"] for e in task["links"] if e["rel"] == "related"), timeout=10)
    assert (result.status_code, "Location" in result.headers) == (204, True)
    assert account.call("GET", "timeBill/eid:TO-async").status_code == 200


def test_the_key_means_nothing_to_a_synchronous_call(account):
    headers = {"X-NetSuite-Idempotency-Key": "0c0a5d2c-7f38-4a3e-9a5b-8d1f6f9f1b11"}
    made = [account.call("POST", "timeBill", json=account.time_body(), headers=headers) for _ in range(2)]
    assert made[0].headers["Location"] != made[1].headers["Location"]


def test_a_batch_has_an_outcome_per_item(account):
    good, bad = account.time_body(externalId="TO-b1"), account.time_body(externalId="TO-b2", tranDate="2020-01-01")
    assert account.call("PUT", "timeBill", json={"items": [good]}).status_code == 400
    answer = account.call("PUT", "timeBill", json={"items": [good, bad]}, headers={"Prefer": "respond-async"})
    told = finished(account, answer.headers["Location"])
    assert told["progress"] == "failed"
    tasks = account.session.get(told["task"]["links"][0]["href"], timeout=10).json()["items"]
    assert [each["progress"] for each in tasks] == ["succeeded", "failed"]
    results = [account.session.get(f"{each['links'][-1]['href']}/result", timeout=10) for each in tasks]
    assert [each.status_code for each in results] == [204, 400]
    assert account.session.get(f"{account.base}/async/v1/job/999", timeout=10).status_code == 404


def test_head_asks_without_a_body_and_strange_paths_are_not_found(account):
    answer = account.call("HEAD", "currency/1")
    assert (answer.status_code, answer.content) == (200, b"")
    for path in ("query/v1/dataset", "nothing", "async/v1/task/1"):
        assert account.session.get(f"{account.base}/{path}", timeout=10).status_code == 404
    assert isinstance(account.tenant.app(), Service)


def test_two_accounts_are_two_tenants(serving):
    with serving("netsuite", "netsuite:eu") as running:
        first, second = running.practice.tenants.values()
        assert first.tenant_id != second.tenant_id
        names = [{each.values["companyName"] for each in tenant.books.store.all("job")} for tenant in (first, second)]
        assert all(names)
        assert not names[0] & names[1]


def test_tls_with_the_sandboxes_own_authority(opened, tmp_path):
    with opened(tls=tmp_path) as account:
        account.session.verify = str(tmp_path / "ca.pem")
        assert account.tenant.base_url.startswith("https://")
        assert account.call("GET", "currency/1").status_code == 200
