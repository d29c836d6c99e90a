"""Pure decisions about records: each answers with a value or with a Problem, and touches nothing."""
