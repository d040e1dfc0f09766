"""Our own values coming back are told from others'."""

from hypothesis import given
from hypothesis import strategies as st

from app.control.echo import IN_FLIGHT, ParameterEcho
from engine.messages.commands import Origin


def test_values_we_sent_come_back_coalesced_and_late() -> None:
    echo = ParameterEcho(0.0, Origin.MIDI)
    for value in (0.1, 0.2, 0.3, 0.4):
        echo.sent(value)
    assert not echo.committed(0.2, Origin.MIDI)
    assert echo.value == 0.4
    assert not echo.committed(0.2, None)
    assert not echo.committed(0.4, Origin.MIDI)
    assert echo.value == 0.4


def test_another_hand_is_noticed() -> None:
    echo = ParameterEcho(0.0, Origin.MIDI)
    echo.sent(0.4)
    assert not echo.committed(0.4, Origin.MIDI)
    assert echo.committed(0.9, Origin.WINDOW)
    assert echo.value == 0.9
    assert not echo.committed(0.9, None)


def test_another_hand_is_noticed_though_it_set_the_value_back() -> None:
    echo = ParameterEcho(0.5, Origin.MIDI)
    echo.sent(0.7)
    assert echo.committed(0.5, Origin.WINDOW)
    assert echo.value == 0.5


def test_a_scene_called_from_a_pad_is_not_our_value() -> None:
    echo = ParameterEcho(0.0, Origin.MIDI)
    echo.sent(0.4)
    assert echo.committed(0.8, Origin.MIDI)
    assert echo.value == 0.8


def test_ours_after_theirs_counts_again() -> None:
    echo = ParameterEcho(0.0, Origin.MIDI)
    echo.sent(0.4)
    assert echo.committed(0.9, Origin.WINDOW)
    assert not echo.committed(0.4, Origin.MIDI)
    assert echo.value == 0.4


def test_a_stalled_engine_costs_no_memory() -> None:
    echo = ParameterEcho(0.0, Origin.MIDI)
    for step in range(3 * IN_FLIGHT):
        echo.sent(step / IN_FLIGHT)
    assert len(echo._in_flight) == IN_FLIGHT
    assert not echo.committed(3 - 1 / IN_FLIGHT, Origin.MIDI)


@given(st.lists(st.integers(0, 127), min_size=1), st.data())
def test_no_coalescing_makes_our_own_sweep_foreign(sweep: list[int], data: st.DataObject) -> None:
    echo = ParameterEcho(-1.0, Origin.MIDI)
    boundaries = data.draw(st.sets(st.integers(0, len(sweep) - 1)))
    for index, value in enumerate(sweep):
        echo.sent(value)
        if index in boundaries:
            assert not echo.committed(value, Origin.MIDI)
    assert not echo.committed(sweep[-1], Origin.MIDI)
    assert echo.value == sweep[-1]
