"""Pages and records that are broken, too large, too deep, endless or half: at most that record is held."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from console.cli.speaking import say_json
from local_db.coverage import CoverageState
from tests.faults.conftest import Alter, Desk, between, connected, verb
from tests.loopback import HANG_UP, Asked, Reply, told
from tests.sandbox import Sandbox

HEAVY = ("time_entries", "timesheet_submissions", "stories")


class Spoiler:
    """Spoils the pages of one collection while `spoil` is set; collections that are long are empty unless meant."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self.spoil: Alter | None = None

    def __call__(self, asked: Asked, reply: Reply) -> Reply:
        name = asked.path.removesuffix(".json").rsplit("/", 1)[-1]
        if name == self.collection:
            return self.spoil(asked, reply) if self.spoil and not reply.status >= 400 else reply
        return told({"count": 0, "results": [], name: {}}) if name in HEAVY else reply


Reading = Callable[[str, Alter], Spoiler]


@pytest.fixture
def reading(practice: Sandbox, desk: Desk) -> Iterator[Reading]:
    """Connect Kantata through somebody who spoils one collection."""
    opened = []

    def connect(collection: str, spoil: Alter) -> Spoiler:
        spoiler = Spoiler(collection)
        manager = between(practice, "kantata", spoiler)
        opened.append(manager)
        url = manager.__enter__().url
        assert connected(desk.path, "kantata", url, practice.sign_in("kantata")).code == 0
        spoiler.spoil = spoil
        return spoiler

    yield connect
    for each in opened:
        each.__exit__(None, None, None)


def _row(change: Callable[[dict[str, Any]], None], collection: str = "workspace_groups") -> Alter:
    """Changes the first row of a page."""

    def alter(asked: Asked, reply: Reply) -> Reply:
        page = json.loads(reply.body)
        if page["results"]:
            change(page[collection][page["results"][0]["id"]])
        return told(page) if not _loose(page) else Reply(200, json.dumps(page).encode(), reply.headers)

    return alter


def _loose(page: Any) -> bool:
    return "NaN" in json.dumps(page)


def _alone_held(desk: Desk, kind: str, number: int, *reason: str) -> None:
    """Exactly one record is held, in words, and every other one of its kind is there."""
    assert desk("sync").refused("could not be read and are held: 1.", "queue list")
    held = desk.holds("unreadable_record")
    assert len(held) == 1
    for word in reason:
        assert word in held[0].sentence, held[0].sentence
    assert held[0].remedy
    assert desk.count(kind) == number - 1
    assert desk("queue", "list", "--problem", "unreadable_record").code == 0
    known = desk.coverage("kantata", kind)
    assert known is not None and known.state == CoverageState.COMPLETE


def _customers(practice: Sandbox) -> int:
    return len(_listed(practice, "workspace_groups"))


def _listed(practice: Sandbox, collection: str) -> list[Any]:
    way = practice.sign_in("kantata")
    answer = httpx.get(
        f"{practice.base_url('kantata')}/api/v1/{collection}?per_page=200",
        headers={"authorization": f"Bearer {way['access_token']}"},
        trust_env=False,
    )
    return list(answer.json()["results"])


def _deep(row: dict[str, Any]) -> None:
    nest: Any = "bottom"
    for _level in range(200):
        nest = {"in": nest}
    row["notes"] = nest


def _large(row: dict[str, Any]) -> None:
    row["notes"] = "x" * 10_500_000


def _of_another_form(row: dict[str, Any]) -> None:
    row["name"] = {"first": "a", "last": ["b"]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [(_deep, "nested"), (_large, "10 MB"), (_of_another_form, "name")],
    ids=["200 levels deep", "10 MB", "another form"],
)
def test_one_record_is_held_and_the_rest_is_read(
    practice: Sandbox, desk: Desk, reading: Reading, change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    spoiler = reading("workspace_groups", _row(change))
    _alone_held(desk, "customer", _customers(practice), reason)
    spoiler.spoil = None
    assert desk("sync", "--record", desk.holds("unreadable_record")[0].subject).code == 0
    assert desk.count("customer") == _customers(practice)
    assert desk.holds("unreadable_record") == []


@pytest.mark.parametrize("number", [b"NaN", b"1e999", b'"12,5"'])
def test_money_that_is_no_number(practice: Sandbox, desk: Desk, reading: Reading, number: bytes) -> None:
    def alter(asked: Asked, reply: Reply) -> Reply:
        return Reply(200, re.sub(rb'("amount_in_cents":)\d+', rb"\g<1>" + number, reply.body, count=1), reply.headers)

    reading("expenses", alter)
    _alone_held(desk, "expense", len(_listed(practice, "expenses")), "amount")


def test_a_record_without_id(practice: Sandbox, desk: Desk, reading: Reading) -> None:
    def alter(asked: Asked, reply: Reply) -> Reply:
        page = json.loads(reply.body)
        if page["results"]:
            name = page["results"][0]["id"]
            page["workspace_groups"][name].pop("id")
            page["workspace_groups"][""] = page["workspace_groups"].pop(name)
            page["results"][0]["id"] = ""
        return told(page)

    reading("workspace_groups", alter)
    desk("sync").refused("could not be read and are held: 1.")
    assert len(desk.holds("unreadable_record")) == 1
    assert desk.count("customer") == _customers(practice) - 1


COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, and what turns the direction of a line."""
NAMES = [
    "שלום בע״מ",
    "\u202etfel ot thgir\u202c",
    "<script>alert('1')</script><b>Bold & Sons</b>",
    "Bell\x07 \x1b[31mRed\x1b[0m \x1b]0;title\x07 \x9b2J tab\there\r\nline",
    "nul\x00nul",
    "'; DROP TABLE customer; --",
    "{braces} %s {0}",
    "\U0001f9fe e\u0301 \u200b\ufeff",
    "名" * 3000,
]


def test_names_are_kept_as_they_are_and_shown_safely(practice: Sandbox, desk: Desk, reading: Reading) -> None:
    def alter(asked: Asked, reply: Reply) -> Reply:
        page = json.loads(reply.body)
        for name, result in zip(NAMES, page["results"], strict=False):
            page["workspace_groups"][result["id"]]["name"] = name
        return told(page)

    reading("workspace_groups", alter)
    assert desk("sync").code == 0
    kept = desk.names("customer")
    assert {each.replace("\0", "\N{REPLACEMENT CHARACTER}") for each in NAMES} <= set(kept)
    assert [each for each in NAMES if each in kept] == [each for each in NAMES if "\0" not in each]
    assert len(kept) == _customers(practice)


@pytest.mark.parametrize("name", NAMES)
def test_json_says_the_same_name_and_commands_no_terminal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"name": name})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"name": name}
    assert not COMMANDS.search(shown.rstrip("\n"))


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_name_holds_no_terminal_obeys_it(desk: Desk, name: str) -> None:
    refused = verb("trace", name.replace("\0", "") or "x", "--workspace", str(desk.path))
    assert refused.code == 1
    shown = desk("connections", "--workspace", name.replace("\0", "")[:100])
    for text in (refused.err, shown.err):
        assert not COMMANDS.search(text), repr(text)


@pytest.mark.parametrize(
    "body",
    [
        b'{"count": 3, "results": [{"key": "workspace_groups", "id"',
        b"",
        b"[]",
        b'{"count": 1}',
        b'{"count": "many", "results": 7, "workspace_groups": []}',
        b'{"count": 1, "results": ["a", 1, null], "workspace_groups": {"a": 1}}',
    ],
    ids=["cut", "empty", "list", "bare", "numbers", "odd rows"],
)
def test_a_page_that_cannot_be_understood(desk: Desk, reading: Reading, body: bytes) -> None:
    reading("workspace_groups", lambda asked, reply: Reply(200, body, {"content-type": "application/json"}))
    said = desk("sync").refused()
    assert "customer" in said or "unreadable_record" in said
    covered = {each["kind"]: each["state"] for each in desk("connections", "--json").json[0]["coverage"]}
    assert covered.pop("customer") in ("reading", "complete")
    assert set(covered.values()) == {"complete"}


def test_a_page_that_comes_again_and_again(desk: Desk, reading: Reading) -> None:
    first: list[Reply] = []

    def again(asked: Asked, reply: Reply) -> Reply:
        page = json.loads(reply.body)
        if not first:
            first.append(told({**page, "count": 10_000, "meta": {"count": 10_000, "page_count": 50}}))
        return first[0]

    reading("workspace_groups", again)
    desk("sync").refused("customer", "same page")
    known = desk.coverage("kantata", "customer")
    assert known is not None and known.state == CoverageState.READING and known.complete_until is None


def test_a_page_token_that_repeats(practice: Sandbox, desk: Desk) -> None:
    place = "/services/data/v62.0/query/0r8xx0000000001-2000"

    def endless(asked: Asked, reply: Reply) -> Reply:
        query = asked.query.get("q", "")
        if asked.path != place and ("COUNT()" in query or " FROM Account " not in query):
            return reply
        page = json.loads(reply.body) if reply.status == 200 else {"totalSize": 9000, "records": []}
        return told({**page, "totalSize": 9000, "done": False, "nextRecordsUrl": place})

    def alter(asked: Asked, reply: Reply) -> Reply:
        return endless(asked, reply) if spoilt else reply

    spoilt: list[bool] = []
    with between(practice, "salesforce", alter) as stand_in:
        way = practice.sign_in("salesforce", "access_token") | {"instance_url": stand_in.url}
        assert connected(desk.path, "salesforce", stand_in.url, way).code == 0
        spoilt.append(True)
        desk("sync").refused("same page of customer twice", "Nothing was lost")
        asked = sum(each.path == place for each in stand_in.asked)
    assert asked <= 2


def test_half_a_read_goes_on_where_it_broke(desk: Desk, reading: Reading) -> None:
    pages: list[Asked] = []

    def dies(asked: Asked, reply: Reply) -> Reply:
        pages.append(asked)
        return HANG_UP if len(pages) > 6 else reply

    def lives(asked: Asked, reply: Reply) -> Reply:
        pages.append(asked)
        return reply

    spoiler = reading("time_entries", dies)
    desk("sync").refused("time_entry", "broke before its answer was complete")
    known, read = desk.coverage("kantata", "time_entry"), desk.count("time_entry")
    assert known is not None
    assert (known.state, known.complete_until) == (CoverageState.READING, None)
    assert known.cursor and read >= 400
    pages.clear()
    spoiler.spoil = lives
    assert desk("sync").code == 0
    again = [each for each in pages if "only" not in each.query]
    finished = desk.coverage("kantata", "time_entry")
    assert finished is not None and finished.state == CoverageState.COMPLETE
    total = desk.count("time_entry")
    assert total > read
    assert len(again) <= (total - read) // 200 + 4, "what was read is not read again"
    assert finished.rows == total
