"""Gauges as Prometheus reads them: the text exposition format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping

TYPE = "text/plain; version=0.0.4; charset=utf-8"

Sample = tuple[Mapping[str, str], float]
"""Labels and a value."""


def family(name: str, sentence: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yield the lines of one gauge; without samples it is there all the same, and says what it would be."""
    yield f"# HELP {name} {sentence}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        said = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        yield f"{name}{{{said}}} {value!r}" if said else f"{name} {value!r}"


def document(lines: Iterable[str]) -> str:
    """Return lines as one answer."""
    return "".join(f"{line}\n" for line in lines)


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
