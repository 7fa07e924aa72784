"""Texts as both databases keep them."""


def storable(text: str) -> str:
    """Return the text as both databases keep it: PostgreSQL's holds neither NUL nor half a surrogate pair."""
    return text.replace("\0", "\\0").encode("utf-8", "replace").decode()
