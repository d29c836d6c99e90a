"""Instants, days, JSON and money lie the same way on both databases and come back exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Float, LargeBinary, MetaData, Table, create_engine, func, select

from console.records.intent import Linked, Verb
from console.records.money import Money
from local_db import columns, rows
from local_db.columns import canonical, digest, dump, instant, load, stamp
from local_db.store import Store

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    verb: Verb
    price: Money | None
    on: date | None
    at: datetime | None
    facts: dict[str, Any] = field(default_factory=dict)
    some: bool = True
    share: float = 0.5
    raw: bytes = b""
    id: int = 0


SHAPE = rows.Shape(Thing, without=("id",))


@given(AMOUNTS, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_comes_back_exactly(amount: Decimal, currency: str) -> None:
    thing = Thing("x", Verb.CREATE, Money(amount, currency), None, None)
    back = SHAPE.value((*SHAPE.row(thing), 7))
    assert back.price == thing.price and back.id == 7


@given(st.lists(AMOUNTS, max_size=20))
def test_money_sums_exactly_in_the_database(amounts: list[Decimal]) -> None:
    engine = create_engine("sqlite://")
    table = Table("t", MetaData(), columns.serial(), *columns.money("price"))
    with engine.begin() as db:
        table.create(db)
        db.execute(
            table.insert(),
            [{"price_micros": int(each * 10**6), "price_currency": "EUR"} for each in amounts]
            or [{"price_micros": 0, "price_currency": "EUR"}],
        )
        total = db.execute(select(func.sum(table.c.price_micros))).scalar_one()
    engine.dispose()
    assert Decimal(total) == sum(amounts) * 10**6


@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=9))])),
    st.datetimes(timezones=st.just(UTC)),
)
def test_instants_sort_as_text(one: datetime, other: datetime) -> None:
    if one.year < 2 or one.year > 9998:
        return
    assert instant(stamp(one)) == one and len(stamp(one)) == 27
    assert (stamp(one) < stamp(other)) == (one < other)


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001


def test_json_knows_our_values() -> None:
    said = {
        "rate": Money(Decimal("1.50"), "EUR"),
        "task": Linked("task", "kan/task/1"),
        "hours": Decimal("0.10"),
        "on": date(2026, 1, 2),
    }
    assert load(dump(said)) == {
        "rate": {"amount": "1.50", "currency": "EUR"},
        "task": {"$link": ["task", "kan/task/1"]},
        "hours": "0.10",
        "on": "2026-01-02",
    }
    with pytest.raises(TypeError):
        dump({"what": object()})


@given(st.dictionaries(st.text(max_size=5), st.integers(-9, 9)))
def test_equal_values_have_one_digest(value: dict[str, int]) -> None:
    turned = dict(reversed(list(value.items())))
    assert digest(canonical(value)) == digest(canonical(turned)) != digest(canonical([value]))


THINGS = [
    Thing(
        "ünïcödé \u202eright to left <b>",
        Verb.CLOSE,
        Money(Decimal("-0.000001"), "EUR"),
        date(2026, 2, 28),
        datetime(2026, 11, 20, 9, 12, 33, 123456, UTC),
        {"a": [1, {"b": None}], "nul": "\0"},
        False,
        0.25,
        b"\x00\xff",
    ),
    Thing("", Verb.CREATE, None, None, None),
]


def test_every_sort_of_value_passes_both_databases(store: Store) -> None:
    table = Table(
        "thing",
        MetaData(),
        columns.serial(),
        columns.text("name"),
        columns.text("verb"),
        *columns.money("price"),
        Column("on", columns.Day),
        Column("at", columns.Instant),
        Column("facts", columns.Json),
        Column("some", Boolean),
        Column("share", Float),
        Column("raw", LargeBinary),
    )
    with store.writing() as db:
        table.create(db)
        rows.insert(db, table, SHAPE, THINGS)
        id = rows.insert_one(db, table, SHAPE, THINGS[0])
        rows.append(db, table, SHAPE.columns, [SHAPE.row(THINGS[0])] * 50)
        back = SHAPE.of(db.execute(select(*SHAPE.selected(table)).order_by(table.c.id)))
        assert id == 3 and len(back) == 53
        assert [SHAPE.row(each) for each in back[:3]] == [SHAPE.row(each) for each in (*THINGS, THINGS[0])]
        assert {SHAPE.row(each) for each in back[3:]} == {SHAPE.row(THINGS[0])}
        typed = db.execute(select(table.c.at, table.c.on, table.c.facts).where(table.c.id == 1)).one()
        assert tuple(typed) == (THINGS[0].at, THINGS[0].on, THINGS[0].facts)
        chosen = (rows.among(db, table.c.name, [THINGS[0].name, "?"]), rows.among(db, table.c.id, [1, 2]))
        assert db.execute(select(table.c.id).where(*chosen)).scalars().all() == [1]


def test_rows_come_in_chunks() -> None:
    assert list(rows.chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(rows.chunks([], 2)) == []
