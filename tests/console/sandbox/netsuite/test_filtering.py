"""The `q` parameter: operators by field kind, values in the account's form, and filters that make no sense."""

from __future__ import annotations

import pytest


def found(account, text: str, kind: str = "customer") -> set[int]:
    answer = account.call("GET", kind, params={"q": text})
    assert answer.status_code == 200, answer.text
    return {int(each["id"]) for each in answer.json()["items"]}


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ('companyName START_WITH "Q"', "UPPER(companyname) LIKE 'Q%'"),
        ('companyName START_WITH_NOT "Q"', "UPPER(companyname) NOT LIKE 'Q%'"),
        ('companyName CONTAIN "gmbh"', "UPPER(companyname) LIKE '%GMBH%'"),
        ('companyName END_WITH "Ltd" AND isInactive IS false', "companyname LIKE '%Ltd'"),
        ("isInactive IS true", "isinactive = 'T'"),
        ("subsidiary ANY_OF [1, 2]", "subsidiary IN (1, 2)"),
        ("subsidiary EQUAL 1 OR subsidiary EQUAL 3", "subsidiary IN (1, 3)"),
        ("subsidiary EQUAL 1 AND (currency EQUAL 1 OR currency EQUAL 2)", "subsidiary = 1 AND currency IN (1, 2)"),
        ("parent EMPTY", "parent IS NULL"),
        ("parent EMPTY_NOT", "parent IS NOT NULL"),
        ("id BETWEEN [1120, 1130]", "id BETWEEN 1120 AND 1130"),
        ("id BETWEEN_NOT [1120, 1130]", "id NOT BETWEEN 1120 AND 1130"),
        ("id GREATER_OR_EQUAL 1150", "id >= 1150"),
        ('externalId IS "relay-company-7000"', "externalid = 'relay-company-7000'"),
        ('lastModifiedDate AFTER "1/1/2025"', "lastmodifieddate >= TO_DATE('2025-01-02', 'YYYY-MM-DD')"),
        ('dateCreated ON_OR_BEFORE "6/30/25"', "createddate < TO_DATE('2025-07-01', 'YYYY-MM-DD')"),
    ],
)
def test_a_filter_finds_what_the_same_query_finds(account, text, same):
    assert found(account, text) == {int(row["id"]) for row in account.rows(f"SELECT id FROM customer WHERE {same}")}


def test_days_of_a_record(account):
    rows = account.rows("SELECT id FROM timebill WHERE trandate = '11/12/2024'")
    assert found(account, 'tranDate ON "11/12/2024"', "timeBill") == {int(row["id"]) for row in rows}


@pytest.mark.parametrize(
    "text",
    [
        "nosuch IS 1",
        "companyName GREATER 5",
        'companyName START_WITH "open',
        "companyName",
        "companyName IS",
        "(companyName EMPTY",
        "companyName EMPTY companyName",
        'lastModifiedDate AFTER "2025-01-01"',
        'lastModifiedDate AFTER "13/45/2025"',
        "id EQUAL many",
        "id BETWEEN [1]",
    ],
)
def test_filters_that_make_no_sense(account, text):
    answer = account.call("GET", "customer", params={"q": text})
    detail = answer.json()["o:errorDetails"][0]
    assert (answer.status_code, detail["o:errorCode"], detail["o:errorQueryParam"]) == (400, "INVALID_PARAMETER", "q")
