"""Each test gets an empty PostgreSQL database of its own."""

import pytest
import sqlalchemy


@pytest.mark.parametrize("turn", ["first", "second"])
def test_database_is_fresh(postgres_url: str, turn: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE mine (n int)"))
        connection.execute(sqlalchemy.text("INSERT INTO mine VALUES (1)"))
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM mine")).scalar_one() == 1
    engine.dispose()
