import httpx
import orjson
import pytest

from console.platforms.kantata.envelope import id_of, opened
from console.wire.answer import Answer
from console.wire.faults import Unexpected


def answer(body: object) -> Answer:
    return Answer(200, httpx.Headers({"x-request-id": "req-1"}), orjson.dumps(body))


def test_rows_follow_results_and_leave_rows_beside_them_out() -> None:
    body = {
        "count": 2,
        "results": [{"key": "stories", "id": "8"}, {"key": "stories", "id": 7}],
        "stories": {"7": {"id": "7"}, "8": {"id": 8}, "9": {"id": "9", "title": "a subtask beside them"}},
        "workspaces": {"1": {"id": "1"}},
    }
    page = opened(answer(body), "stories")
    assert [id_of(row["id"]) for row in page.rows] == ["8", "7"]
    assert page.total == 2
    assert page.trace_id == "req-1"
    assert page.beside["workspaces"] == {"1": {"id": "1"}}


def test_total_is_also_found_in_meta_and_unknown_without() -> None:
    assert opened(answer({"results": [], "meta": {"count": 5}}), "users").total == 5
    assert opened(answer({"results": []}), "users").total == -1


def test_collections_may_come_as_lists_and_without_results() -> None:
    page = opened(answer({"users": [{"id": 3}, {"id": "4"}]}), "users")
    assert [id_of(row["id"]) for row in page.rows] == ["3", "4"]


def test_a_row_without_id_takes_the_one_results_name() -> None:
    page = opened(answer({"results": [{"key": "users", "id": "3"}], "users": {"3": {"full_name": "A"}}}), "users")
    assert page.rows == [{"id": "3", "full_name": "A"}]


def test_a_result_whose_row_is_missing_stays_as_a_bare_id() -> None:
    page = opened(answer({"results": [{"key": "users", "id": "3"}, {"key": "users"}], "users": {}}), "users")
    assert page.rows == [{"id": "3"}, {}]


@pytest.mark.parametrize("body", [{}, {"error": "x"}, []])
def test_something_else_than_an_envelope_is_a_fault(body: object) -> None:
    with pytest.raises(Unexpected):
        opened(answer(body), "users")


@pytest.mark.parametrize(("value", "text"), [("7", "7"), (7, "7"), (None, ""), (True, ""), (["7"], "")])
def test_ids_are_texts(value: object, text: str) -> None:
    assert id_of(value) == text
