"""Reading: pages, places, halves, deletions, and organisations that hide or lack things."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from console.wire.faults import Refused, TryLater, Unexpected
from console.wire.surface import Remote, Unsure
from tests.console.platforms.salesforce.stand_in import (
    ROOT,
    account,
    account_id,
    described,
    fault_of,
    page,
    read,
    refusal,
    remotes,
    salesforce,
    speak,
    statement,
)
from tests.loopback import Asked, Reply, told

MORE = f"{ROOT}/query/0r8000000000001-2"


def paged(asked: Asked) -> Reply | None:
    """Four accounts on two pages."""
    if asked.path == MORE:
        return page([account(3), account(4)], 4)
    if (
        asked.path.endswith("/query")
        and "ORDER BY SystemModstamp, Id" in statement(asked)
        and "WHERE" not in statement(asked)
    ):
        return page([account(1), account(2)], 4, MORE)
    return None


def test_pages_are_followed_and_each_cursor_covers_its_batch() -> None:
    with salesforce(paged, [account(number) for number in (1, 2, 3, 4)]) as there:
        batches = speak(there, read)
        rest = speak(there, lambda connector: read(connector, batches[0].cursor))
    assert [[remote.remote_id for remote in batch.records] for batch in batches] == [
        [account_id(1), account_id(2)],
        [account_id(3), account_id(4)],
    ]
    assert [batch.last for batch in batches] == [False, True] and batches[0].expected == 4
    assert {remote.remote_id for remote in remotes(rest)} >= {account_id(3), account_id(4)}


def test_a_page_that_points_to_itself_is_a_fault() -> None:
    def looping(asked: Asked) -> Reply | None:
        return page([account(1)], 4, MORE) if "/query" in asked.path and "COUNT" not in statement(asked) else None

    with salesforce(looping) as there:
        fault = speak(there, lambda connector: fault_of(read(connector)))
    assert isinstance(fault, Unexpected) and "twice" in fault.sentence and fault.remedy


def test_a_forgotten_place_is_found_again_behind_the_last_record() -> None:
    def forgetting(asked: Asked) -> Reply | None:
        if asked.path == MORE:
            return refusal("INVALID_QUERY_LOCATOR")
        return paged(asked)

    with salesforce(forgetting, [account(number) for number in (1, 2, 3, 4)]) as there:
        batches = speak(there, read)
    assert [remote.remote_id for remote in remotes(batches)] == [account_id(number) for number in (1, 2, 3, 4)]
    again = [statement(asked) for asked in there.asked if "WHERE" in statement(asked)]
    assert "SystemModstamp >= 2024-01-01T00:02:00.000Z" in again[0]


def test_half_a_read_does_not_end_it() -> None:
    def half(asked: Asked) -> Reply | None:
        if "COUNT" in statement(asked):
            return told({"totalSize": 5, "done": True, "records": []})
        return page([account(1)], 5) if asked.path.endswith("/query") else None

    with salesforce(half) as there:
        fault = speak(there, lambda connector: fault_of(read(connector)))
    assert isinstance(fault, Unexpected) and "announced 5" in fault.sentence


def test_only_the_record_that_cannot_be_understood_is_held() -> None:
    rows = b"""{"totalSize": 4, "done": true, "records": [
        {"Id": "0061", "Name": "Good", "SystemModstamp": "2024-01-01T00:00:00.000+0000", "CurrencyIsoCode": "EUR"},
        {"Id": "0062", "Name": "NaN", "Amount": NaN, "CurrencyIsoCode": "EUR"},
        {"Id": "0063", "Name": "Date", "CloseDate": "soon"},
        {"Name": "No id"}]}"""

    def bad(asked: Asked) -> Reply | None:
        if asked.path.endswith("/query") and "COUNT" not in statement(asked):
            return Reply(200, rows, {"content-type": "application/json"})
        return told({"totalSize": 4, "done": True, "records": []}) if "COUNT" in statement(asked) else None

    with salesforce(bad) as there:
        found = remotes(speak(there, lambda connector: read(connector, kind="deal")))
    assert [(remote.remote_id, remote.record is None) for remote in found] == [
        ("0061", False),
        ("0062", True),
        ("0063", True),
        ("", True),
    ]
    assert "amount" in found[1].fault and "closed_on" in found[2].fault and "4" in found[3].fault


def test_nothing_comes_twice_and_late_commits_are_not_missed() -> None:
    now = datetime.now(UTC)

    def stamp(minutes: float) -> str:
        return f"{now - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.000+0000"

    rows = [account(1, stamp(60)), account(2, stamp(1))]

    def dated(asked: Asked) -> Reply | None:
        if "Tieout_Key__c" not in statement(asked):
            return None
        since = statement(asked)
        shown = [row for row in rows if "WHERE" not in since or row["SystemModstamp"] > stamp(7)]
        answer = page([dict(row) for row in sorted(shown, key=lambda row: row["SystemModstamp"])])
        return Reply(answer.status, answer.body, {**answer.headers, "date": format_datetime(now, usegmt=True)})

    with salesforce(dated, rows) as there:
        first = speak(there, read)
        rows.append(account(3, stamp(2)))
        second = speak(there, lambda connector: read(connector, first[-1].cursor))
        third = speak(there, lambda connector: read(connector, second[-1].cursor))
    assert [len(remotes(batches)) for batches in (first, second, third)] == [2, 1, 0]
    assert remotes(second)[0].remote_id == account_id(3)


@pytest.mark.parametrize(
    "message",
    ["No such column 'ERP_Number__c' on entity 'Account'", "No such column 'ERP_Number__c' on sobject of type Account"],
)
def test_a_column_that_is_hidden_after_all_is_left_out(message: str) -> None:
    def hiding(asked: Asked) -> Reply | None:
        if "/describe" in asked.path:
            return refusal("NOT_FOUND", status=404)
        return refusal("INVALID_FIELD", message) if "ERP_Number__c" in statement(asked) else None

    with salesforce(hiding) as there:
        found = remotes(speak(there, read))
    assert len(found) == 2 and all(remote.record is not None for remote in found)


def test_fields_the_organisation_lacks_read_as_empty() -> None:
    def bare(asked: Asked) -> Reply | None:
        return described("Account", ("Id", "Name", "SystemModstamp")) if asked.path.endswith("describe") else None

    with salesforce(bare) as there:
        found = remotes(speak(there, read))
    query = next(statement(asked) for asked in there.asked if "ORDER BY" in statement(asked))
    assert query == "SELECT Id, SystemModstamp, Name FROM Account ORDER BY SystemModstamp, Id" and len(found) == 2


def test_a_query_that_is_refused_stays_refused() -> None:
    def refusing(asked: Asked) -> Reply | None:
        return refusal("INVALID_TYPE", "sObject type 'Account' is not supported.") if statement(asked) else None

    with salesforce(refusing) as there:
        fault = speak(there, lambda connector: fault_of(read(connector)))
    assert isinstance(fault, Refused) and fault.problem is not None


def test_deletions_come_with_the_last_batch_unless_the_record_is_alive() -> None:
    def deleting(asked: Asked) -> Reply | None:
        if "/deleted" in asked.path:
            ids = [{"id": account_id(number), "deletedDate": "2024-01-01T00:00:00.000+0000"} for number in (2, 9)]
            return told({"deletedRecords": ids, "earliestDateAvailable": "2000-01-01T00:00:00.000+0000"})
        return None

    with salesforce(deleting) as there:
        first = speak(there, read)
        second = speak(there, lambda connector: read(connector, first[-1].cursor))
    assert list(first[-1].deleted) == [] and list(second[-1].deleted) == [account_id(9)]


def test_the_recycle_bin_tells_when_the_list_of_deletions_does_not_reach_back() -> None:
    def short(asked: Asked) -> Reply | None:
        if "/deleted" in asked.path:
            return told({"deletedRecords": [], "earliestDateAvailable": "2999-01-01T00:00:00.000+0000"})
        if "IsDeleted = true" in statement(asked):
            return page([{"Id": account_id(7)}])
        return None

    with salesforce(short) as there:
        first = speak(there, read)
        second = speak(there, lambda connector: read(connector, first[-1].cursor))
    assert list(second[-1].deleted) == [account_id(7)]


def test_what_no_query_shows_is_gone_only_when_salesforce_says_so() -> None:
    def deleting(asked: Asked) -> Reply | None:
        if "/deleted" in asked.path:
            return told(
                {"deletedRecords": [{"id": account_id(8)}], "earliestDateAvailable": "2000-01-01T00:00:00.000+0000"}
            )
        if asked.path.endswith("/queryAll"):
            return page([account(1, IsDeleted=False), account(2, IsDeleted=True)])
        return None

    ids = [account_id(number) for number in (1, 2, 8, 9)]
    with salesforce(deleting) as there:
        states = speak(there, lambda connector: connector.reread("customer", ids))
    assert isinstance(states[ids[0]], Remote) and "IsDeleted" not in states[ids[0]].payload
    assert states[ids[1]] is None and states[ids[2]] is None and isinstance(states[ids[3]], Unsure)


def test_short_ids_name_the_same_records() -> None:
    long = "001A0000006Vm9rIAC"

    def shown(asked: Asked) -> Reply | None:
        return page([{**account(1), "Id": long}]) if asked.path.endswith("/queryAll") else None

    with salesforce(shown) as there:
        states = speak(there, lambda connector: connector.reread("customer", [long[:15]]))
    assert isinstance(states[long[:15]], Remote)


def test_our_key_is_looked_up_and_quoted() -> None:
    def keyed(asked: Asked) -> Reply | None:
        if "O\\'Brien" in statement(asked):
            return page([account(1, Tieout_Key__c="O'Brien")])
        return page([]) if "WHERE Tieout_Key__c" in statement(asked) else None

    with salesforce(keyed) as there:
        found = speak(there, lambda connector: connector.find("customer", "O'Brien"))
        absent = speak(there, lambda connector: connector.find("customer", "nobody"))
    assert isinstance(found, Remote) and found.key == "O'Brien" and absent is None


def test_a_key_on_two_records_proves_nothing() -> None:
    def doubled(asked: Asked) -> Reply | None:
        twice = [account(1, Tieout_Key__c="k"), account(2, Tieout_Key__c="k")]
        return page(twice) if "WHERE Tieout_Key__c" in statement(asked) else None

    with salesforce(doubled) as there:
        assert isinstance(speak(there, lambda connector: connector.find("customer", "k")), Unsure)


@pytest.mark.parametrize(("rights", "proof"), [(True, True), (False, False)])
def test_absence_is_proven_only_to_who_sees_everything(rights: bool, proof: bool) -> None:
    def asking(asked: Asked) -> Reply | None:
        if asked.path.endswith("userinfo"):
            return told({"user_id": "005x", "organization_id": "00Dx", "preferred_username": "tieout@example.com"})
        if "ObjectPermissions" in statement(asked):
            return page([{"PermissionsViewAllRecords": rights}])
        return page([]) if "WHERE Tieout_Key__c" in statement(asked) else None

    with salesforce(asking) as there:
        found = speak(there, lambda connector: connector.find("customer", "nobody"))
    assert (found is None) is proof and (proof or isinstance(found, Unsure))


def test_the_days_allowance_is_heard_and_held() -> None:
    def nearly_spent(asked: Asked) -> Reply | None:
        if "/describe" in asked.path:
            answer = described("Account")
            return Reply(200, answer.body, {**answer.headers, "Sforce-Limit-Info": "api-usage=950/1000"})
        return None

    with salesforce(nearly_spent) as there:
        fault = speak(there, lambda connector: fault_of(read(connector)))
    assert isinstance(fault, TryLater) and not fault.sent and "950 of 1000" in fault.sentence
    assert len(there.asked) == 1


def test_a_burst_is_waited_out_but_a_spent_day_is_not() -> None:
    limit = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]

    def burst(asked: Asked) -> Reply | None:
        if len(there.asked) <= 2:
            return told(limit, 403, Sforce_Limit_Info="api-usage=10/1000")
        return None

    with salesforce(burst) as there:
        assert len(remotes(speak(there, read))) == 2
    with salesforce(lambda asked: told(limit, 403)) as there:
        fault = speak(there, lambda connector: fault_of(read(connector)))
    assert isinstance(fault, TryLater) and fault.wait >= 60 and len(there.asked) == 1
