"""SuiteQL over a socket: pages, text values, the account's days, Oracle's words, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest


def refusal(account, text: str) -> str:
    answer = account.query(text)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid search query.")
    told = answer.json()["o:errorDetails"][0]
    assert told["o:errorCode"] == "USER_ERROR"
    return told["detail"]


def test_a_page_is_text_in_lower_case_without_nulls(account):
    answer = account.query("SELECT ID, CompanyName, Parent, isInactive FROM Customer ORDER BY id", limit=5).json()
    assert (answer["count"], answer["hasMore"], answer["offset"]) == (5, True, 0)
    for row in answer["items"]:
        assert row["links"] == []
        assert (
            {"id", "companyname", "isinactive"} <= row.keys() <= {"links", "id", "companyname", "parent", "isinactive"}
        )
        assert all(isinstance(value, str) for name, value in row.items() if name != "links")
    assert {row["isinactive"] for row in answer["items"]} <= {"T", "F"}
    assert {link["rel"] for link in answer["links"]} == {"self", "next", "last"}


def test_following_pages_gives_every_row_once(account):
    found, offset = [], 0
    while True:
        page = account.query("SELECT id FROM timebill ORDER BY id", limit=500, offset=offset).json()
        found += [int(row["id"]) for row in page["items"]]
        if not page["hasMore"]:
            break
        offset += 500
    assert found == sorted(set(found))
    assert len(found) == page["totalResults"] == int(account.one("SELECT COUNT(*) AS n FROM timebill")["n"])


@pytest.mark.parametrize("query", [{"limit": 1001}, {"limit": 100, "offset": 150}, {"limit": 1000, "offset": 100_000}])
def test_pages_that_are_refused(account, query):
    answer = account.query("SELECT id FROM timebill", **query)
    assert (answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]) == (400, "INVALID_PARAMETER")


def test_the_prefer_header_is_required(account):
    answer = account.session.post(f"{account.base}/query/v1/suiteql", json={"q": "SELECT id FROM job"}, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["o:errorDetails"][0]["o:errorHeader"] == "Prefer"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT foo FROM customer", "Search error occurred: Field 'foo' not found."),
        ("SELECT c.foo FROM customer c", "Search error occurred: Field 'foo' not found."),
        ("SELECT id FROM nosuch", "Search error occurred: Record 'nosuch' was not found."),
        ("SELECT id FROM customer LIMIT 5", "Search error occurred: Invalid or unsupported search"),
        ("SELECT nosuch(id) FROM customer", "Search error occurred: Unknown function 'nosuch'."),
        ("SELECT id FROM customer WHERE", "Search error occurred: Invalid or unsupported search"),
        ("SELECT id FROM timebill WHERE trandate > '2026-01-31'", "literal does not match format string"),
        ("SELECT TO_DATE('31/31/2026', 'DD/MM/YYYY') FROM job", "not a valid month"),
        ("DELETE FROM customer", "Invalid or unsupported search"),
        ("SELECT 1; DROP TABLE customer", "Invalid or unsupported search"),
        ("SELECT * FROM sqlite_master", "Invalid or unsupported search"),
        ("SELECT load_extension('x')", "Search error occurred"),
        ("SELECT subsidiary FROM transaction", "Field 'subsidiary' not found."),
    ],
)
def test_queries_that_are_refused(account, text, words):
    assert words in refusal(account, text)


def test_days_are_told_as_the_account_shows_them(account):
    body = account.time_body(tranDate="2026-11-04")
    account.call("PUT", "timeBill/eid:TO-day", json=body)
    row = account.one(
        "SELECT trandate, lastmodifieddate, TO_CHAR(trandate, 'YYYY-MM-DD') AS iso, trandate + 1 AS next, "
        "TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS stamp, hours FROM timebill WHERE externalid = 'TO-day'"
    )
    assert (row["trandate"], row["iso"], row["next"]) == ("11/04/2026", "2026-11-04", "11/05/2026")
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", row["lastmodifieddate"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["stamp"])
    assert round(float(row["hours"]) * 60) == 20
    for condition in (
        "trandate = '11/04/2026'",
        "trandate BETWEEN '11/04/2026' AND '11/04/2026'",
        "trandate >= TO_DATE('2026-11-04', 'YYYY-MM-DD') AND trandate < DATE '2026-11-05'",
        f"lastmodifieddate >= TO_TIMESTAMP('{row['stamp']}', 'YYYY-MM-DD HH24:MI:SS')",
        "lastmodifieddate > SYSDATE - 1",
    ):
        assert account.rows(f"SELECT id FROM timebill WHERE externalid = 'TO-day' AND {condition}"), condition
    later = f"lastmodifieddate > TO_TIMESTAMP('{row['stamp']}', 'YYYY-MM-DD HH24:MI:SS')"
    assert not account.rows(f"SELECT id FROM timebill WHERE externalid = 'TO-day' AND {later}")


def test_oracles_words(account):
    first, second, third = (row["id"] for row in account.rows("SELECT id FROM job ORDER BY id FETCH FIRST 3 ROWS ONLY"))
    same = [{"id": first}, {"id": second}]
    assert account.rows("SELECT TOP 2 id FROM job ORDER BY id") == same
    assert account.rows("SELECT id FROM job WHERE ROWNUM <= 2") == same
    assert account.rows("SELECT id FROM job WHERE ROWNUM <= 2 ORDER BY id DESC") == same[::-1]
    assert account.rows("SELECT id FROM (SELECT id, ROWNUM AS rn FROM job ORDER BY id) WHERE rn = 3") == [{"id": third}]
    assert account.rows("SELECT id FROM job ORDER BY id OFFSET 2 ROWS FETCH NEXT 1 ROWS ONLY") == [{"id": third}]
    told = account.one(
        "SELECT NVL(externalid, 'none') AS a, DECODE(isinactive, 'F', 'yes', 'no') AS b, BUILTIN.DF(subsidiary) AS c, "
        "TRUNC(SYSDATE) - TRUNC(SYSDATE) AS d, COUNT(*) FROM job WHERE id = " + first + " GROUP BY id"
    )
    assert told["b"] == "yes"
    assert told["c"] == account.one("SELECT name FROM subsidiary WHERE id = 1")["name"]
    assert (told["d"], told["expr1"]) == ("0", "1")
    assert account.one("SELECT ADD_MONTHS(TO_DATE('2026-01-31', 'YYYY-MM-DD'), 1) AS d FROM job")["d"] == "02/28/2026"


def test_invoices_with_their_lines_and_what_these_bill(account):
    invoice = account.one(
        "SELECT t.id, t.tranid, t.status, t.foreigntotal, t.foreignamountunpaid, BUILTIN.CF(t.status) "
        "FROM transaction t JOIN transactionline l ON l.transaction = t.id "
        "WHERE t.type = 'CustInvc' AND l.timebill IS NOT NULL ORDER BY t.id"
    )
    assert invoice["expr1"] == f"CustInvc:{invoice['status']}"
    lines = account.rows(
        "SELECT id, mainline, taxline, netamount, quantity, createdfrom, timebill, charge FROM transactionline "
        f"WHERE transaction = {invoice['id']} ORDER BY id"
    )
    assert lines[0]["mainline"] == "T"
    assert sum(round(float(line["netamount"]) * 100) for line in lines) == 0
    billed = [line for line in lines if line["mainline"] == "F" and line["taxline"] == "F"]
    assert all(float(line["netamount"]) < 0 and float(line["quantity"]) < 0 for line in billed)
    assert all(line["createdfrom"] == line.get("timebill", line.get("charge")) for line in billed)
    links = account.rows(
        f"SELECT previousdoc, previoustype, nextline FROM previoustransactionlinelink WHERE nextdoc = {invoice['id']}"
    )
    assert {link["previousdoc"] for link in links} == {line["createdfrom"] for line in billed}
    joined = account.rows(
        "SELECT b.id, l.foreignamount FROM timebill b JOIN transactionline l ON l.timebill = b.id "
        f"WHERE l.transaction = {invoice['id']}"
    )
    assert {row["id"] for row in joined} == {line["timebill"] for line in billed if "timebill" in line}
    assert account.rows("SELECT id FROM transaction WHERE status = 'CustInvc:A'") == account.rows(
        "SELECT id FROM transaction WHERE type = 'CustInvc' AND status = 'A'"
    )


def test_a_query_sees_what_was_written_a_moment_ago(account):
    text = "SELECT COUNT(*) AS n FROM charge"
    before = int(account.one(text)["n"])
    body = {"billTo": account.time_body()["customer"], "chargeDate": "2026-11-03", "amount": 10}
    account.call("PUT", "charge/eid:TO-seen", json=body)
    assert int(account.one(text)["n"]) == before + 1
    assert account.one("SELECT amount FROM charge WHERE externalid = 'TO-seen'") == {"amount": "10"}


@pytest.mark.shared
def test_a_recorded_answer_and_ours_have_the_same_shape(account, shared: Path):
    recorded = json.loads((shared / "platforms/netsuite/fixtures/rest/customer_search.json").read_text())
    ours = account.query("SELECT companyname, email, id FROM customer ORDER BY id").json()
    assert ours.keys() == recorded.keys()
    assert {name: type(value) for name, value in ours.items()} == {
        name: type(value) for name, value in recorded.items()
    }
    assert {"links", "companyname", "id"} <= ours["items"][0].keys()
