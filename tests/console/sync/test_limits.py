"""Far more creates than usual stop before the door and ask a person."""

from __future__ import annotations

import pytest

from console.records.intent import State
from console.sync.acts import NotPossible, dismiss, replay
from console.sync.limits import LIMIT, confirm, limit_of, usual
from local_db import audit, preferences
from tests.console.sync.firm import Firm, an_entry

LINES = "netsuite", "time_line"


def many(firm: Firm, count: int, first: int = 0) -> None:
    project = next(iter(firm.psa.shelves["project"]))
    for number in range(first, first + count):
        an_entry(firm, f"m{number}", f"kantata/project/{project}")


def remembered(firm: Firm) -> list[int]:
    found = firm.ask(preferences.settings)
    return next((each.value for each in found if (each.name, each.scope) == ("usual_run", "netsuite/time_line")), [])


def test_a_plan_over_the_limit_stops_and_asks(sold: Firm) -> None:
    many(sold, LIMIT)
    result = sold.run()
    assert [(each.kind, each.creates, each.limit) for each in result.stopped] == [("time_line", LIMIT + 1, LIMIT)]
    assert sold.erp.wrote("time_line") == []
    hold = sold.one_held("write_limit")
    assert (hold.target, hold.kind) == LINES
    assert str(LIMIT + 1) in hold.sentence
    assert sold.states("time_line") == {"planned": LIMIT + 1}


def test_a_person_confirms_a_higher_limit_and_all_of_it_goes(sold: Firm) -> None:
    many(sold, LIMIT)
    sold.run()
    sold.act(lambda db: confirm(db, *LINES, 60, "ann", "the backlog of October"))
    sold.run()
    assert sold.states("time_line") == {"done": LIMIT + 1}
    assert sold.held() == []
    last = sold.ask(audit.every)[-1]
    assert (last.actor, last.act, last.values) == (
        "ann",
        "raise write limit",
        {"limit": 60, "reason": "the backlog of October"},
    )


def test_a_limit_is_neither_replayed_nor_dismissed(sold: Firm) -> None:
    many(sold, LIMIT)
    sold.run()
    id = sold.one_held("write_limit").id
    with pytest.raises(NotPossible, match="mode netsuite time_line --limit"):
        sold.act(lambda db: replay(db, [id], "ann"))
    with pytest.raises(NotPossible, match="mode netsuite time_line --limit"):
        sold.act(lambda db: dismiss(db, id, "no", "ann"))


@pytest.mark.parametrize(("limit", "reason"), [(60, " "), (0, "why not")])
def test_a_limit_takes_a_number_and_a_reason(sold: Firm, limit: int, reason: str) -> None:
    with pytest.raises(NotPossible):
        sold.act(lambda db: confirm(db, *LINES, limit, "ann", reason))


def test_a_stop_ends_when_nothing_is_left_of_it(sold: Firm) -> None:
    many(sold, LIMIT)
    sold.run()
    for number in range(LIMIT):
        sold.psa.edit("time_entry", f"m{number}", approved=False)
    sold.psa.edit("time_entry", "t1", approved=False)
    sold.run()
    assert sold.held() == []
    assert sold.states("time_line") == {"withdrawn": LIMIT + 1}


def test_every_run_that_creates_is_remembered(sold: Firm) -> None:
    sold.run()
    assert remembered(sold) == [1]
    sold.run()
    many(sold, 3)
    sold.run()
    assert remembered(sold) == [1, 3]


def test_three_times_the_usual_run_is_no_surprise(sold: Firm) -> None:
    def note(db) -> None:  # type: ignore[no-untyped-def]
        from console.sync.session import now

        preferences.put(db, preferences.Setting("usual_run", "netsuite/time_line", [30, 20, 900], "tieout", "", now()))

    sold.act(note)
    assert sold.ask(lambda db: limit_of(db, *LINES)) == 90
    many(sold, LIMIT)
    sold.run()
    assert sold.states("time_line") == {"done": LIMIT + 1}


def test_the_usual_run_is_the_middle_one() -> None:
    assert [usual(each) for each in ([], [4], [1, 9, 2], [1, 2, 3, 4])] == [0, 4, 2, 2]


def test_what_was_stopped_is_not_sent_by_a_drain_of_its_own(sold: Firm) -> None:
    from console.sync.sending import drain

    many(sold, LIMIT)
    sold.run()
    assert sold.wait(drain(sold.session, "netsuite")).total == 0
    assert {row.state for row in sold.intents("time_line")} == {State.PLANNED}
