from collections.abc import Mapping
from typing import Any

import pytest

from console.platforms.kantata.connector import Kantata
from console.records.delivery import Project
from console.records.intent import Verb
from console.wire.faults import ChangedMeanwhile, Fault, Refused, SignInAgain, Unexpected
from console.wire.surface import Remote, Want, Written
from tests.console.platforms.kantata.account import Account, Refusal, firm, play

PROJECT = {
    "name": "Rollout",
    "customer": {"$link": ["customer", "crm/customer/1"]},
    "legal_entity": "Northlight GmbH",
    "currency": "EUR",
    "billing_type": "fixed_fee",
    "starts_on": "2026-03-01",
    "ends_on": "",
    "budget": {"amount": "44250.50", "currency": "EUR"},
    "rate_card": {"$link": ["rate_card", "k1/rate_card/61"]},
}


def want(kind: str, key: str, body: Mapping[str, Any], verb: Verb = Verb.CREATE, **more: Any) -> Want:
    return Want(kind, verb, key, f"attempt-{key}", body, **more)


def project(key: str = "TOproject-1", verb: Verb = Verb.CREATE, **more: Any) -> Want:
    return want("project", key, PROJECT, verb, links={"customer": "20", "rate_card": "61"}, **more)


def task(number: int, name: str = "Design") -> Want:
    body = {"project": {"$link": ["project", "x"]}, "name": name, "billable": True, "estimate_minutes": 600}
    return want("task", f"TOtask-{number}", body, links={"project": "30"})


def test_a_project_is_made_with_our_reference_inside() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> Written:
        return await connector.write(project())

    written = play(account, act)
    sent = next(body for method, path, _params, body in account.asked if (method, path) == ("POST", "workspaces"))
    assert sent["workspace"] == {
        "creator_role": "maven",
        "title": "Rollout",
        "currency": "EUR",
        "primary_workspace_group_id": 20,
        "workspace_group_ids": [20],
        "start_date": "2026-03-01",
        "price": "44250.50",
        "rate_card_id": 61,
        "external_reference": {
            "service_name": "Tieout",
            "service_model": "project",
            "service_model_ref": "TOproject-1",
            "status": "successful",
        },
    }
    assert written.created and written.trace_id.startswith("req-")
    assert written.stored is not None and written.stored.key == "TOproject-1"
    assert isinstance(written.stored.record, Project) and written.stored.record.name == "Rollout"


def test_a_create_looks_first() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> tuple[Written, Written]:
        return await connector.write(project()), await connector.write(project())

    first, second = play(account, act)
    assert second.created is False
    assert second.remote_id == first.remote_id
    assert len(account.requests("POST", "workspaces")) == 1


def test_a_lost_answer_is_found_by_its_key_and_never_sent_again() -> None:
    account = Account()
    firm(account)
    account.lose_answers = 1

    async def act(connector: Kantata) -> Remote | None:
        with pytest.raises(Unexpected) as caught:
            await connector.write(project())
        assert caught.value.sent
        found = await connector.find("project", "TOproject-1")
        assert found is None or isinstance(found, Remote)
        return found

    found = play(account, act)
    assert found is not None and found.key == "TOproject-1"
    assert len(account.requests("POST", "workspaces")) == 1


def test_many_tasks_are_made_in_one_call_after_one_look() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> list[Written | Fault]:
        await connector.write(task(3))
        return list(await connector.write_many([task(number) for number in range(100)]))

    answers = play(account, act)
    assert [each.key for each in answers if isinstance(each, Written)] == [f"TOtask-{n}" for n in range(100)]
    assert [each.created for each in answers if isinstance(each, Written)].count(False) == 1
    assert len(account.requests("POST", "stories")) == 2
    bulk = account.asked[-1][3]["stories"]
    assert len(bulk) == 99
    assert bulk[0]["story_type"] == "task" and bulk[0]["workspace_id"] == 30
    looks = [params for params in account.requests("GET", "stories") if "external_reference_service_name" in params]
    assert len(looks) == 2


def test_a_refused_bulk_is_asked_one_by_one() -> None:
    account = Account()
    firm(account)
    account.bulk_refused = True

    async def act(connector: Kantata) -> list[Written | Fault]:
        return list(await connector.write_many([task(1), task(2, name=""), task(3)]))

    first, nameless, third = play(account, act)
    assert isinstance(first, Written) and isinstance(third, Written)
    assert isinstance(nameless, Refused) and nameless.problem is not None
    assert nameless.problem.field == "title" and nameless.problem.code == "refused_by_platform"


def test_a_bulk_whose_answer_is_lost_stays_unknown() -> None:
    account = Account()
    firm(account)
    account.lose_answers = 1

    async def act(connector: Kantata) -> None:
        answers = await connector.write_many([task(1), task(2)])
        assert all(isinstance(each, Unexpected) and each.sent for each in answers)
        found = await connector.find_many("task", ["TOtask-1", "TOtask-2", "TOtask-9"])
        assert isinstance(found["TOtask-1"], Remote) and isinstance(found["TOtask-2"], Remote)
        assert found["TOtask-9"] is None

    play(account, act)


def test_an_update_sends_what_may_still_change() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> Written:
        return await connector.write(project(verb=Verb.UPDATE, remote_id="30"))

    written = play(account, act)
    sent = account.asked[-1][3]["workspace"]
    assert written.created is False
    assert sent == {
        "title": "Rollout",
        "primary_workspace_group_id": 20,
        "start_date": "2026-03-01",
        "price": "44250.50",
        "rate_card_id": 61,
    }


def test_an_update_of_a_changed_record_is_not_sent() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> None:
        with pytest.raises(ChangedMeanwhile):
            await connector.write(project(verb=Verb.UPDATE, remote_id="30", version="long ago"))
        version = account.rows["workspaces"]["30"]["updated_at"]
        await connector.write(project(verb=Verb.UPDATE, remote_id="30", version=version))

    play(account, act)
    assert len(account.requests("PUT", "workspaces/30")) == 1


def test_what_is_gone_is_not_made_again() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> None:
        for wish in (project(verb=Verb.UPDATE, remote_id="404"), project("TOnever", verb=Verb.CLOSE)):
            with pytest.raises(ChangedMeanwhile) as caught:
                await connector.write(wish)
            assert caught.value.problem is not None and caught.value.problem.code == "gone_at_target"

    play(account, act)
    assert account.requests("POST", "workspaces") == []


def test_closing_archives_and_keeps_what_others_wrote() -> None:
    account = Account()
    firm(account)
    account.refer("workspaces", "30", "Relay", "job", "55")

    async def act(connector: Kantata) -> Written:
        return await connector.write(project(verb=Verb.CLOSE, remote_id="30"))

    written = play(account, act)
    assert account.asked[-1][3] == {"workspace": {"archived": True}}
    assert written.stored is not None and written.stored.record is not None
    assert written.stored.record.external_key == "55" and written.stored.key == ""


def test_milestones_go_out_in_the_smallest_coin() -> None:
    account = Account()
    firm(account)
    body = {
        "project": {"$link": ["project", "x"]},
        "title": "Go live",
        "amount": {"amount": "2500.50", "currency": "USD"},
        "due_on": "2026-04-01",
    }

    async def act(connector: Kantata) -> Written:
        return await connector.write(want("milestone", "TOm-1", body, links={"project": "30"}))

    play(account, act)
    sent = account.asked[-1][3]["billing_milestone"]
    assert sent["amount_in_cents"] == 250050
    assert sent["date_to_invoice"] == "2026-04-01" and sent["workspace_id"] == 30


@pytest.mark.parametrize(
    ("status", "kind", "sent"),
    [(403, Refused, True), (401, SignInAgain, True), (503, Unexpected, True), (504, Unexpected, True)],
)
def test_refusals_of_a_write_promise_what_they_can(status: int, kind: type[Fault], sent: bool) -> None:
    account = Account()
    firm(account)

    def refuse(method: str, path: str, params: dict[str, str]) -> None:
        if method == "POST":
            raise Refusal(status, {"type": "system", "message": "No"})

    account.before_answer = refuse

    async def act(connector: Kantata) -> Fault:
        with pytest.raises(kind) as caught:
            await connector.write(project())
        return caught.value

    assert play(account, act).sent is sent


def test_a_field_without_a_place_is_refused_before_anything_is_sent() -> None:
    account = Account()
    firm(account)

    async def act(connector: Kantata) -> None:
        with pytest.raises(Refused) as caught:
            await connector.write(want("task", "TOt", {"name": "x", "colour": "blue"}, links={"project": "30"}))
        assert not caught.value.sent

    play(account, act)
    assert account.requests("POST", "stories") == []


def test_custom_fields_are_sent_by_their_number() -> None:
    account = Account()
    firm(account)
    account.add("custom_fields", "90", name="Entity")
    override = {"project": {"fields": {"legal_entity": {"path": "custom_fields.Entity"}}}}

    async def act(connector: Kantata) -> Written:
        return await connector.write(project())

    play(account, act, mapping=override)
    sent = next(body for method, path, _params, body in account.asked if (method, path) == ("POST", "workspaces"))
    assert sent["workspace"]["custom_fields"] == [{"custom_field_id": 90, "value": "Northlight GmbH"}]


def test_a_look_that_fails_promises_that_nothing_was_sent() -> None:
    account = Account()
    firm(account)
    account.refusals = [Refusal(504, {"type": "system", "message": "Timeout"}) for _try in range(4)]

    async def act(connector: Kantata) -> None:
        with pytest.raises(Unexpected) as caught:
            await connector.write(project())
        assert not caught.value.sent

    play(account, act)
    assert account.requests("POST", "workspaces") == []
