"""The truth, in SQL: the only room with sqlalchemy."""
