"""SOQL over a socket: what is selected, filtered, ordered, counted, and how it is refused."""

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture(scope="module")
def place(org):
    """An account with three deals of its own."""
    account = org.create("Account", Name="Orrin & Daughters", BillingCity="Leeds", CurrencyIsoCode="GBP")
    stages = (("A first", 100, "Closed Won", "2025-01-31"), ("b second", 300.5, "Prospecting", "2025-06-30"))
    for name, amount, stage, day in stages:
        org.create("Opportunity", Name=name, AccountId=account, Amount=amount, StageName=stage, CloseDate=day)
    org.create("Opportunity", Name="C's third", AccountId=account, StageName="Closed Lost", CloseDate="2025-12-31")
    return account


def names(org, place, rest):
    return [each["Name"] for each in org.rows(f"SELECT Name FROM Opportunity WHERE AccountId = '{place}' {rest}")]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("AND IsWon = true", ["A first"]),
        ("AND IsClosed = false", ["b second"]),
        ("AND Amount > 100", ["b second"]),
        ("AND Amount >= 100 ORDER BY Amount DESC", ["b second", "A first"]),
        ("AND Amount = null", ["C's third"]),
        ("AND Amount != null ORDER BY Name", ["A first", "b second"]),
        ("AND Name = 'a FIRST'", ["A first"]),
        ("AND Name = 'C\\'s third'", ["C's third"]),
        ("AND Name LIKE '%SECOND'", ["b second"]),
        ("AND Name LIKE '_ first'", ["A first"]),
        ("AND Name IN ('A first', 'nobody')", ["A first"]),
        ("AND Name NOT IN ('A first') ORDER BY Name", ["b second", "C's third"]),
        ("AND (Name = 'A first' OR Amount = 300.5) ORDER BY Name", ["A first", "b second"]),
        ("AND NOT IsWon = true ORDER BY Name", ["b second", "C's third"]),
        ("AND CloseDate < 2025-06-30", ["A first"]),
        ("AND CloseDate <= 2025-06-30 ORDER BY CloseDate DESC", ["b second", "A first"]),
        ("AND CreatedDate = TODAY ORDER BY Name LIMIT 1", ["A first"]),
        ("AND CreatedDate = LAST_N_DAYS:2 ORDER BY Name LIMIT 1 OFFSET 1", ["b second"]),
        ("AND Account.BillingCity = 'Leeds' ORDER BY Name LIMIT 1", ["A first"]),
        ("ORDER BY Amount", ["C's third", "A first", "b second"]),
        ("ORDER BY Amount NULLS LAST", ["A first", "b second", "C's third"]),
        ("ORDER BY IsClosed, Name DESC", ["b second", "C's third", "A first"]),
    ],
)
def test_conditions_and_order(org, place, condition, found):
    assert names(org, place, condition) == found


def test_parents_nest_and_children_are_results_of_their_own(org, place):
    (account,) = org.rows(
        "SELECT Id, Name, Owner.Name, Parent.Name, (SELECT Name FROM Opportunities WHERE IsWon = true), "
        f"(SELECT Id FROM Contacts) FROM Account WHERE Id = '{place}'"
    )
    assert account["attributes"] == {"type": "Account", "url": f"/services/data/v62.0/sobjects/Account/{place}"}
    assert account["Owner"]["Name"] == "Integration User"
    assert account["Owner"]["attributes"]["type"] == "User"
    assert account["Parent"] is None
    assert account["Contacts"] is None
    assert account["Opportunities"]["totalSize"] == 1
    assert account["Opportunities"]["done"] is True
    assert account["Opportunities"]["records"][0]["Name"] == "A first"


def test_counts_and_groups(org, place):
    bare = org.query(f"SELECT COUNT() FROM Opportunity WHERE AccountId = '{place}'").json()
    assert bare == {"totalSize": 3, "done": True, "records": []}
    groups = org.rows(
        "SELECT IsClosed, COUNT(Id) n, SUM(Amount) FROM Opportunity "
        f"WHERE AccountId = '{place}' GROUP BY IsClosed ORDER BY COUNT(Id) DESC"
    )
    assert [(each["IsClosed"], each["n"], each["expr0"]) for each in groups] == [(True, 2, 100.0), (False, 1, 300.5)]
    assert groups[0]["attributes"] == {"type": "AggregateResult"}


def test_semi_joins_and_aliases(org, place):
    won = "SELECT AccountId FROM Opportunity WHERE IsWon = true AND CloseDate = 2025-01-31"
    found = org.rows(f"SELECT a.Id FROM Account a WHERE a.Id IN ({won}) AND a.Name LIKE 'Orrin%'")
    assert [each["Id"] for each in found] == [place]


def test_fifteen_characters_find_the_record(org, place):
    assert org.rows(f"SELECT Id FROM Account WHERE Id = '{place[:15]}'")[0]["Id"] == place


def test_a_cursor_on_the_stamp_covers_every_change(org):
    before = datetime.now(UTC) - timedelta(seconds=1)
    made = [org.create("Account", Name=f"Cursor {n}") for n in range(5)]
    org.call("PATCH", f"sobjects/Account/{made[0]}", json={"Phone": "1"})
    seen = org.rows(
        f"SELECT Id, SystemModstamp FROM Account WHERE SystemModstamp >= {before:%Y-%m-%dT%H:%M:%SZ} "
        "ORDER BY SystemModstamp, Id"
    )
    ids = [each["Id"] for each in seen]
    assert ids[-5:] == [*made[1:], made[0]]
    stamps = [each["SystemModstamp"] for each in seen]
    assert stamps == sorted(stamps)
    assert all(each.endswith("+0000") and each[-9] == "." for each in stamps)


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nothing FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nothing = 1", "INVALID_FIELD"),
        ("SELECT Nobody.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2025-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT (SELECT Id FROM Nothings) FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Acount", "INVALID_TYPE"),
        ("SELECT Id FORM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'open", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Phone = 'b' OR Fax = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DROP", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_refusals(org, soql, code):
    assert org.refused(org.query(soql), 400) == code


def test_all_fields_with_a_limit(org, place):
    (row,) = org.rows(f"SELECT FIELDS(ALL) FROM Account WHERE Id = '{place}' LIMIT 200")
    assert row["BillingCity"] == "Leeds"
    assert "Tieout_Key__c" in row
    (custom,) = org.rows(f"SELECT FIELDS(CUSTOM) FROM Account WHERE Id = '{place}' LIMIT 1")
    assert "BillingCity" not in custom


def test_pages_lead_to_the_end(org):
    for start in (0, 200):
        rows = [{"attributes": {"type": "Contact"}, "LastName": f"Page {start + n:03}"} for n in range(200)]
        assert all(each["success"] for each in org.call("POST", "composite/sobjects", json={"records": rows}).json())
    soql = "SELECT LastName FROM Contact WHERE LastName LIKE 'Page %' ORDER BY LastName"
    page = org.query(soql, headers={"Sforce-Query-Options": "batchSize=200"}).json()
    assert page["totalSize"] == 400
    assert page["done"] is False
    assert page["nextRecordsUrl"].startswith("/services/data/v62.0/query/01g")
    assert page["nextRecordsUrl"].endswith("-200")
    last = org.session.get(org.base_url + page["nextRecordsUrl"], timeout=10).json()
    assert last["done"] is True
    assert "nextRecordsUrl" not in last
    got = [each["LastName"] for each in page["records"] + last["records"]]
    assert got == [f"Page {n:03}" for n in range(400)]


def test_a_dead_cursor(org):
    assert org.refused(org.call("GET", "query/01gNEVER-2000"), 400) == "INVALID_QUERY_LOCATOR"
    assert org.refused(org.call("GET", "query"), 400) == "MALFORMED_QUERY"
