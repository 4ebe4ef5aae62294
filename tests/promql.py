"""What a PromQL expression selects: enough of the language to see whether what it names is there.

https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    | (?P<variable>\$\{?\w+(?::\w+)?\}?)
    | (?P<duration>\d+(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)
    | (?P<number>0x[0-9a-fA-F]+|\d*\.?\d+(?:[eE][+-]?\d+)?)
    | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){}\[\],:@])
    )""",
    re.VERBOSE,
)

FUNCTIONS = re.compile(
    "abs|absent|avg_over_time|ceil|changes|clamp_max|clamp_min|count_over_time|delta|deriv|floor|histogram_quantile|idelta|increase|irate|"
    "label_join|label_replace|last_over_time|max_over_time|min_over_time|rate|resets|round|scalar|sort|sort_desc|sum_over_time|time|vector"
)
AGGREGATIONS = re.compile("sum|avg|min|max|count|topk|bottomk|quantile|stddev|stdvar|group|count_values")
GROUPINGS = re.compile("by|without|on|ignoring|group_left|group_right")
WORDS = re.compile("and|or|unless|bool|offset|inf|nan")


class NotPromQL(Exception):
    """This is not written in the part of the language that is known here."""


@dataclass(frozen=True)
class Matcher:
    """`label operator "value"`."""

    label: str
    operator: str
    value: str

    def takes(self, value: str) -> bool:
        """Whether a label's value passes; a missing label is an empty one."""
        same = re.fullmatch(self.value, value) is not None if "~" in self.operator else value == self.value
        return same is not self.operator.startswith("!")


@dataclass(frozen=True)
class Selector:
    """One metric, with what its labels must be."""

    metric: str
    matchers: tuple[Matcher, ...] = ()


@dataclass(frozen=True)
class Expression:
    """What an expression speaks of."""

    selectors: tuple[Selector, ...]
    labels: frozenset[str]
    """by which series are grouped or joined"""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def tokens(expression: str) -> Iterator[Token]:
    """The words and signs of an expression; raises `NotPromQL`."""
    at, expression = 0, expression.rstrip()
    while at < len(expression):
        found = TOKEN.match(expression, at)
        if found is None or found.lastgroup is None:
            raise NotPromQL(f"{expression[at : at + 20]!r} in {expression!r}")
        yield Token(found.lastgroup, found[found.lastgroup])
        at = found.end()


def parse(expression: str) -> Expression:
    """Read an expression; raises `NotPromQL`, also for a function that does not exist and for signs that don't match."""
    every = list(tokens(expression))
    balanced(every, expression)
    selectors, labels, at = list[Selector](), set[str](), 0
    while at < len(every):
        token, following = every[at], every[at + 1].text if at + 1 < len(every) else ""
        at += 1
        if token.kind == "name" and GROUPINGS.fullmatch(token.text):
            if following == "(":
                end = position(every, at, ")")
                labels |= {one.text for one in every[at + 1 : end] if one.kind == "name"}
                at = end + 1
        elif token.kind == "name" and following == "(":
            if not FUNCTIONS.fullmatch(token.text) and not AGGREGATIONS.fullmatch(token.text):
                raise NotPromQL(f"no function {token.text} in {expression!r}")
        elif token.kind == "name" and not WORDS.fullmatch(token.text) and not AGGREGATIONS.fullmatch(token.text):
            matchers: tuple[Matcher, ...] = ()
            if following == "{":
                end = position(every, at, "}")
                matchers, at = tuple(matched(every[at + 1 : end], expression)), end + 1
            selectors.append(Selector(token.text, matchers))
        elif token.text == "{":
            raise NotPromQL(f"a selector without a name in {expression!r}")
    return Expression(tuple(selectors), frozenset(labels))


def balanced(every: list[Token], expression: str) -> None:
    """Raise `NotPromQL` if a bracket is left open, or closed twice."""
    still_open: list[str] = []
    for token in every:
        if token.kind == "sign" and token.text in "([{":
            still_open.append(token.text)
        closes = token.kind == "sign" and token.text in ")]}"
        if closes and (not still_open or still_open.pop() + token.text not in {"()", "[]", "{}"}):
            raise NotPromQL(f"{token.text} closes nothing in {expression!r}")
    if still_open:
        raise NotPromQL(f"{still_open[-1]} is left open in {expression!r}")


def position(every: list[Token], start: int, sign: str) -> int:
    """Where the next such sign is."""
    return next(at for at in range(start, len(every)) if every[at].text == sign)


def matched(inside: list[Token], expression: str) -> Iterator[Matcher]:
    """The matchers between the braces."""
    found = [token for token in inside if token.text != ","]
    if len(found) % 3:
        raise NotPromQL(f"half a matcher in {expression!r}")
    for label, operator, value in zip(*[iter(found)] * 3, strict=True):
        if label.kind != "name" or operator.text not in {"=", "!=", "=~", "!~"} or value.kind != "text":
            raise NotPromQL(f"{label.text}{operator.text}{value.text} in {expression!r}")
        yield Matcher(label.text, operator.text, value.text[1:-1])
