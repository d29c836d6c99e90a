"""Queries are explicit, safe, and go on without what an account lacks."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.platforms.netsuite.suiteql import NoTable, Query, among, last_id, quoted
from console.wire.faults import Refused, SignInAgain, Unexpected
from tests.console.platforms.netsuite.account import Account, error, furnished, with_connector

PEOPLE = Query("employee", ("id", "firstname", "lastmodifieddate"))


def test_a_query_names_its_columns_and_formats_its_dates() -> None:
    text = Query("timebill", ("id", "trandate", "lastmodifieddate"), ("id > 7",)).text()
    assert text == (
        "SELECT id, TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate, "
        "TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate "
        "FROM timebill WHERE id > 7 ORDER BY id"
    )


def test_a_lacking_column_takes_its_conditions_along() -> None:
    query = Query("accountingperiod", ("id", "closed"), ("isyear = 'F'", "id > 7"))
    assert query.text({"closed", "isyear"}) == "SELECT id FROM accountingperiod WHERE id > 7 ORDER BY id"


@pytest.mark.parametrize("value", ["O'Hara", "'; DROP TABLE customer --", "x"])
def test_a_text_cannot_leave_its_quotes(value: str) -> None:
    assert quoted(value).replace("''", "")[1:-1].count("'") == 0


def test_external_ids_are_texts_and_ids_are_numbers() -> None:
    assert among("externalid", ["12", "a"]) == "externalid IN ('12', 'a')"
    assert among("id", ["12", "x"]) == "id IN (12, 'x')"


def test_rows_out_of_order_are_no_page() -> None:
    assert last_id([{"id": "3"}, {"id": "11"}], "x") == 11
    with pytest.raises(Unexpected):
        last_id([{"id": "11"}, {"id": "3"}], "x")
    with pytest.raises(Unexpected):
        last_id([{}], "x")


def test_all_rows_come_page_by_page() -> None:
    account = furnished()
    account.page = 2
    for number in range(100, 107):
        account.put("employee", number, firstname="P")
    rows = with_connector(account, lambda ns: ns.reader.suiteql.all(PEOPLE))
    assert [row["id"] for row in rows] == ["21", *(str(each) for each in range(100, 107))]


def test_an_unknown_column_is_left_out_once() -> None:
    account = furnished()
    account.hidden_columns = {"firstname"}
    with_connector(account, lambda ns: asyncio.gather(ns.reader.suiteql.page(PEOPLE), ns.reader.suiteql.page(PEOPLE)))
    asked = len(account.queries)
    assert 3 <= asked <= 4
    assert "firstname" not in account.queries[-1]


def test_an_account_without_date_formats_is_asked_plainly() -> None:
    account = furnished()

    async def no_formats(request: Request) -> Response | None:
        if b"TO_CHAR" in await request.body():
            return error(400, "USER_ERROR", "Search error occurred: Invalid or unsupported search")
        return None

    account.before = no_formats
    page = with_connector(account, lambda ns: ns.reader.suiteql.page(PEOPLE))
    assert page.rows[0]["lastmodifieddate"].startswith("2026-03-01")


def test_a_table_that_is_not_offered_says_so() -> None:
    with pytest.raises(NoTable):
        with_connector(furnished(), lambda ns: ns.reader.suiteql.page(Query("absent", ("id",))))


def test_a_table_that_only_helps_is_asked_once() -> None:
    account = furnished()
    query = Query("absent", ("id",))

    async def twice(ns: object) -> list[object]:
        return [await ns.reader.suiteql.helpful(query), await ns.reader.suiteql.helpful(query)]  # type: ignore[attr-defined]

    assert with_connector(account, twice) == [None, None]
    assert len(account.queries) == 1


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ({"items": [{"id": 5, "NAME": "x"}]}, -1),
        ({"items": [{"ID": "5"}], "hasMore": False, "totalResults": "7"}, 7),
    ],
)
def test_an_answer_may_leave_things_out(body: dict[str, object], total: int) -> None:
    page = with_connector(_answering(JSONResponse(body)), lambda ns: ns.reader.suiteql.page(PEOPLE))
    assert str(page.rows[0]["id"]) == "5"
    assert (page.more, page.total) == (False, total)


@pytest.mark.parametrize("body", [{}, {"items": None}, [], {"items": [], "hasMore": True}])
def test_an_answer_without_rows_is_no_answer(body: object) -> None:
    with pytest.raises(Unexpected):
        with_connector(_answering(JSONResponse(body)), lambda ns: ns.reader.suiteql.page(PEOPLE))


def test_half_a_refusal_is_asked_for_again() -> None:
    account = furnished()
    account.hidden_columns = {"firstname"}
    whole = error(
        400, "USER_ERROR", "Search error occurred: Invalid or unsupported search", title="Invalid search query."
    )
    cut = iter([whole.body[:60]])

    async def broken_once(request: Request) -> Response | None:
        half = next(cut, None)
        return Response(half, 400, media_type="application/json") if half else None

    account.before = broken_once
    page = with_connector(account, lambda ns: ns.reader.suiteql.page(PEOPLE))
    assert page.rows[0]["lastmodifieddate"].startswith("2026-03-01 ")
    assert "TO_CHAR" in account.queries[-1]


def test_a_refusal_that_names_nothing_is_raised() -> None:
    with pytest.raises(Refused, match="Tuesdays"):
        with_connector(
            _answering(error(400, "USER_ERROR", "Only on Tuesdays.")), lambda ns: ns.reader.suiteql.page(PEOPLE)
        )


def test_a_wrong_credential_is_asked_for_again() -> None:
    with pytest.raises(SignInAgain):
        with_connector(_answering(error(401, "INVALID_LOGIN", "No.")), lambda ns: ns.check())


def _answering(response: Response) -> Account:
    async def always(request: Request) -> Response | None:
        return response

    account = furnished()
    account.before = always
    return account
