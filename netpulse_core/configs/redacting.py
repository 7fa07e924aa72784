"""Secrets taken out of texts and data by how they look: one place for all that is kept, shown or given away."""

import hmac
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

from netpulse_core.configs import secretforms
from netpulse_core.configs.secretforms import HINTS, Form, is_secret

MASK = "********"

SHORTEST = 4
"""Characters of a secret below which it is masked only where it is announced: elsewhere it would be any word."""

HANDFUL = 32_768
"""Characters that are looked at without a break."""
MARGIN = 512
"""Characters within which a secret stands beside its name."""
_GAP = re.compile(r"[\s,]")

type Told = Callable[[str, str], object]
type Mark = Callable[[str], str]
"""Returns what stands in the place of a secret."""


class Marks:
    """Marks under a site's key: equal for equal secrets, and nothing to guess by for who has not the key."""

    def __init__(self, key: bytes | None = None) -> None:
        """Take the site's key; without one the marks are those of this object alone."""
        self._key = hmac.digest(key or secrets.token_bytes(32), b"redacted", "sha256")

    def __call__(self, secret: str) -> str:
        """Return the mark of a secret."""
        digest = hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), "sha256")
        return f"{MASK}-{digest.hex()[:10]}"


def bare(secret: str) -> str:
    """Return a mark that says nothing, for what goes to strangers."""
    return MASK


def sanitized(text: str, mark: Mark, told: Told | None = None) -> str:
    """Return a text in which what is announced as a secret is marked; `told` hears what each was, and the secret.

    Most texts hold none: they cost a search for a dozen words, and no expression.
    """
    small = _small(text)
    hinted = _hinted(small)
    if not hinted:
        return text
    blocks = [form for form in secretforms.BLOCKS if form.hints[0] in small]
    if blocks:
        text = _sanitized(text, blocks, mark, told)
        hinted = _hinted(_small(text))
    alike: dict[frozenset[str], list[tuple[int, int]]] = {}
    for span, hints in hinted.items():
        alike.setdefault(frozenset(hints), []).append(span)
    said: dict[tuple[int, int], str] = {}
    for same, spans in alike.items():
        forms = _of(same)
        for some in _batches(spans):
            said |= zip(some, _lines([text[begin:end] for begin, end in some], forms, mark, told), strict=True)
    whole: list[str] = []
    last = 0
    for (begin, end), line in sorted(said.items()):
        whole += text[last:begin], line
        last = end
    return "".join((*whole, text[last:]))


def _small(text: str) -> str:
    """Return a text of the same length in small letters, as far as hints have any."""
    small = text.lower()
    return small if len(small) == len(text) else re.sub("[A-Z]+", lambda found: found[0].lower(), text)


def _hinted(small: str) -> dict[tuple[int, int], set[str]]:
    """Return where lines begin and end that have hints, and which."""
    found: dict[tuple[int, int], set[str]] = {}
    for hint in HINTS:
        at = small.find(hint)
        while at >= 0:
            end = small.find("\n", at)
            end = len(small) if end < 0 else end
            found.setdefault((small.rfind("\n", 0, at) + 1, end), set()).add(hint)
            at = small.find(hint, end)
    return found


def _batches(spans: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield lines by the handful: an expression at work keeps every other thread waiting."""
    some: list[tuple[int, int]] = []
    size = 0
    for begin, end in spans:
        some.append((begin, end))
        size += end - begin
        if size >= HANDFUL:
            yield some
            some, size = [], 0
    if some:
        yield some


def _lines(lines: Sequence[str], forms: Sequence[Form], mark: Mark, told: Told | None) -> Iterator[str]:
    # A text that was escaped, as by an error, shows its line ends as a backslash and a letter.
    asked = [line.replace("\\n", "\n\\n\n").replace("\\r", "\n\\r\n") for line in lines]
    text = "\n".join(asked)
    answers = iter("".join(_sanitized(part, forms, mark, told) for part in _parts(text)).split("\n"))
    for one in asked:
        yield "".join(next(answers) for _ in range(one.count("\n") + 1))


def _parts(text: str) -> Iterator[str]:
    """Yield the parts of a text that is long without a line's end, cut where no secret is announced."""
    begin = 0
    while len(text) - begin > 2 * HANDFUL:
        end = begin + HANDFUL
        for found in _GAP.finditer(text, end - MARGIN, end):
            if not any(hint in text[found.start() - MARGIN : found.start()].lower() for hint in HINTS):
                end = found.end()
                break
        yield text[begin:end]
        begin = end
    yield text[begin:]


def announced(text: str) -> set[str]:
    """Return the secrets that a text announces."""
    found: set[str] = set()
    sanitized(text, bare, lambda _, secret: found.add(secret))
    return found


def everywhere(text: str, known: set[str], mark: Mark) -> str:
    """Return a text with these secrets marked wherever they stand as a word."""
    words = [re.escape(one) for one in sorted(known, key=len, reverse=True)]  # one may be the beginning of another
    return re.sub(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", lambda found: mark(found[0]), text) if words else text


def redacted(text: str, redact: Callable[[str], str], mark: Mark) -> str:
    """Return a configuration in which no secret is: `redact` marks what is known and announced, and then all of it."""
    known = {one for one in announced(text) if len(one) >= SHORTEST and not one.isdecimal()}
    return everywhere(redact(text), known, mark)


@cache
def _of(hints: frozenset[str]) -> tuple[Form, ...]:
    return tuple(form for form in secretforms.LINES if not hints.isdisjoint(form.hints))


def _sanitized(text: str, forms: Sequence[Form], mark: Mark, told: Told | None) -> str:
    from netutils.config.clean import sanitize_config  # noqa: PLC0415  loaded where there is a secret to look for

    filters: Any = [{"regex": form.pattern, "replace": partial(_marked, form.what, mark, told)} for form in forms]
    return sanitize_config(text, filters)


def _marked(what: str, mark: Mark, told: Told | None, found: re.Match[str]) -> str:
    whole = found["secret"]
    quote = whole[0] if len(whole) > 1 and whole[0] in "\"'" and whole[-1] == whole[0] else ""
    secret = whole[1:-1] if quote else whole.rstrip(",")
    if not is_secret(secret, what):
        return found[0]
    if told is not None:
        told(what, secret)
    begin, end = found.start("secret") - found.start(), found.end("secret") - found.start()
    rest = "" if quote else whole[len(secret) :]
    return f"{found[0][:begin]}{quote}{mark(secret)}{quote}{rest}{found[0][end:]}"
