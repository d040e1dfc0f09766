"""Frame rates as people write them, and as controllers send them."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import OutputError
from engine.messages.rates import USUAL_RATES, parse_rate, rate_of, rate_text

WRITTEN = {
    "30": Fraction(30),
    "30.0": Fraction(30),
    "30/1": Fraction(30),
    "25": Fraction(25),
    "50,0": Fraction(50),
    "60": Fraction(60),
    "29.97": Fraction(30000, 1001),
    " 29,97 ": Fraction(30000, 1001),
    "30000/1001": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
    "59.940": Fraction(60000, 1001),
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "119.88": Fraction(120000, 1001),
    "12.5": Fraction(25, 2),
    "2997/100": Fraction(2997, 100),  # whoever writes a fraction means it
    "1.003": Fraction("1.003").limit_denominator(1001),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_rate_is_what_people_mean(text: str) -> None:
    assert parse_rate(text) == WRITTEN[text]


@pytest.mark.parametrize(
    "text",
    ["", "fast", "30/0", "30/", "1/2/3", "1e2", "nan", "-30", "+30", ".5", "1" * 5000, "1/" + "1" * 5000, "\u0663"],
)
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(OutputError, match=r"This is not a frame rate.* Write for example 30, 29\.97 or 30000/1001\."):
        parse_rate(text)


@pytest.mark.parametrize("text", ["0", "0.99", "241", "999999999", "240.5", "999999999/999999998"])
def test_what_cannot_be_sent_is_said(text: str) -> None:
    with pytest.raises(OutputError, match=r"The output rate cannot be .* Choose a rate from 1 to 240"):
        parse_rate(text)


@given(number=st.floats(width=32))
def test_a_number_is_a_rate_near_it_or_refused(number: float) -> None:
    if 1 <= number <= 240:
        rate = rate_of(number)
        assert 1 <= rate <= 240 and abs(rate - Fraction(number)) < Fraction(1, 50)
    else:
        with pytest.raises(OutputError):
            rate_of(number)


@pytest.mark.parametrize("rate", USUAL_RATES)
def test_the_usual_rates_come_through_every_way(rate: Fraction) -> None:
    (single,) = struct.unpack("<f", struct.pack("<f", float(rate)))
    (short,) = struct.unpack("<f", struct.pack("<f", float(rate_text(rate))))
    assert rate_of(single) == rate_of(short) == rate_of(float(rate)) == rate
    assert parse_rate(rate_text(rate)) == parse_rate(f"{rate.numerator}/{rate.denominator}") == rate
    assert [rate_text(one) for one in USUAL_RATES] == ["25", "29.97", "30", "50", "59.94", "60"]
