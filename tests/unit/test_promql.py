import pytest

from tests.promql import Expression, Matcher, NotPromQL, Selector, parse


@pytest.mark.parametrize(
    ("expression", "selectors", "labels"),
    [
        ("up", [Selector("up")], set()),
        ('up{job="bridge"} == 0', [Selector("up", (Matcher("job", "=", "bridge"),))], set()),
        (
            'sum by (direction, cause) (increase(dead_total{cause!="blocked"}[15m])) > 0',
            [Selector("dead_total", (Matcher("cause", "!=", "blocked"),))],
            {"direction", "cause"},
        ),
        (
            "max by (destination) (oldest) > 300 and on (destination) gate_open == 1",
            [Selector("oldest"), Selector("gate_open")],
            {"destination"},
        ),
        (
            'histogram_quantile(0.99, sum by (le) (rate(seconds_bucket{instance=~"$instance",way!~"a|b"}[$__rate_interval])))',
            [
                Selector(
                    "seconds_bucket", (Matcher("instance", "=~", "$instance"), Matcher("way", "!~", "a|b")),
                )
            ],
            {"le"},
        ),
        ("a * on (x) group_left (y) b offset 5m or vector(0)", [Selector("a"), Selector("b")], {"x", "y"}),
        ("sum(a) / 1e3", [Selector("a")], set()),
    ],
)  # fmt: skip
def test_what_an_expression_selects_is_found(expression: str, selectors: list[Selector], labels: set[str]) -> None:
    assert parse(expression) == Expression(tuple(selectors), frozenset(labels))


@pytest.mark.parametrize(
    "expression",
    [
        "sum(a",
        "sum a)",
        "rate(a[5m)]",
        'a{b="c"',
        "a{b=c}",
        'a{b "c"}',
        "a{b=}",
        '{b="c"}',
        "tare(a[5m])",
        "a ? b",
        'a{b="c}',
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(NotPromQL):
        parse(expression)


@pytest.mark.parametrize(
    ("matcher", "takes", "refuses"),
    [
        (Matcher("a", "=", "b"), {"b"}, {"", "bb"}),
        (Matcher("a", "!=", "b"), {"", "bb"}, {"b"}),
        (Matcher("a", "=~", "b+"), {"b", "bb"}, {"", "abb"}),
        (Matcher("a", "!~", "b+"), {"", "abb"}, {"b", "bb"}),
    ],
)
def test_a_matcher_takes_what_prometheus_would_take(matcher: Matcher, takes: set[str], refuses: set[str]) -> None:
    assert all(matcher.takes(value) for value in takes)
    assert not any(matcher.takes(value) for value in refuses)
