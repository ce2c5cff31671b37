import math

import pytest

from compiler.evaluate.numbers import INT64_MAX, UINT64_MAX, arithmetic, compare, format_number, negate


@pytest.mark.parametrize(
    ("operator", "left", "right", "result"),
    [
        ("+", INT64_MAX, 1, -INT64_MAX - 1),
        ("+", UINT64_MAX, 2, 1),
        ("+", UINT64_MAX, UINT64_MAX, UINT64_MAX - 1),
        ("*", 1 << 62, 4, 0),
        ("/", -7, 2, -3),
        ("/", -INT64_MAX - 1, -1, -INT64_MAX - 1),
        ("%", -7, 3, -1),
        ("%", 7, -3, 1),
        ("^", 2, 64, 0),
        ("^", 2, -1, 2),
        ("^", 0, 0, 1),
        ("^", 3, 10**18, arithmetic("^", 3, 10**18)),
        ("/", 1, 4.0, 0.25),
        ("^", 10.0, 400, math.inf),
        ("^", 0.0, -1, math.inf),
        ("^", -10.0, 401, -math.inf),
    ],
)
def test_arithmetic(operator: str, left: float, right: float, result: float) -> None:
    found = arithmetic(operator, left, right)
    assert found == result
    assert type(found) is type(result)


def test_root_of_a_negative_number_is_no_number() -> None:
    assert math.isnan(arithmetic("^", -8.0, 0.5))


@pytest.mark.parametrize(("operator", "divisor"), [("/", 0), ("/", 0.0), ("%", 0), ("%", -0.0)])
def test_division_by_zero(operator: str, divisor: float) -> None:
    with pytest.raises(ZeroDivisionError):
        arithmetic(operator, 1, divisor)


def test_comparison_reads_uint64_beside_int64_as_int64() -> None:
    assert not compare(">", UINT64_MAX, 1)
    assert compare("==", UINT64_MAX, -1)
    assert compare(">", UINT64_MAX, UINT64_MAX - 1)
    assert compare(">", UINT64_MAX, 1.0)
    assert negate(UINT64_MAX) == 1


@pytest.mark.parametrize(
    ("number", "text"),
    [(5, "5"), (1.5, "1.5"), (2.0, "2"), (1e21, "1000000000000000000000"), (1e-7, "0.0000001"), (-math.inf, "-Inf")],
)
def test_text_has_no_exponent(number: float, text: str) -> None:
    assert format_number(number) == text
