from console.platforms.kantata.rates import rates_of


def version(number: str, start: str | None, **more: object) -> dict[str, object]:
    return {"id": number, "rate_card_id": "61", "currency": "EUR", "effective_date": start, **more}


def test_versions_follow_each_other_whatever_their_order() -> None:
    rows = rates_of(
        [
            version("72", "2026-06-01", default_rate=12000),
            version("71", "2025-01-01", default_rate=11000),
            version("73", None, default_rate=10000),
        ],
        {},
    )
    assert [(row["id"], row["starts_on"], row["ends_on"]) for row in rows] == [
        ("version-73", None, "2024-12-31"),
        ("version-71", "2025-01-01", "2026-05-31"),
        ("version-72", "2026-06-01", None),
    ]


def test_whole_numbers_are_cents_and_texts_with_a_point_are_not() -> None:
    rows = rates_of(
        [version("71", None, roles=[{"id": "1", "role_id": "5", "rate": 15050}, {"id": "2", "rate": "150.50"}])],
        {"2": "6"},
    )
    assert [(row["role_id"], row["hourly"]) for row in rows] == [("5", "150.50"), ("6", "150.50")]


def test_a_new_end_is_a_new_version_of_the_rate() -> None:
    (alone,) = rates_of([version("71", "2025-01-01", default_rate=11000)], {})
    ended, _next = rates_of(
        [version("71", "2025-01-01", default_rate=11000), version("72", "2026-01-01", default_rate=1)], {}
    )
    assert alone["id"] == ended["id"]
    assert alone["version"] != ended["version"]


def test_a_rate_that_is_no_number_is_left_for_the_reader_to_refuse() -> None:
    (row,) = rates_of([version("71", None, default_rate="TBD")], {})
    assert row["hourly"] == "TBD"
