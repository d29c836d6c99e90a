"""The only home of SQL: the workspace's tables, and questions and acts on them by subject."""
