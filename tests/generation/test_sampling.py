"""Drawing events: only what is allowed, the same for the same seed, several takes at once, on and on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emsync_nb.generation.conditioning import EMOTION, OFFSET, WIDTH
from emsync_nb.generation.tokens import (
    BAR_EVENT,
    COLUMNS,
    HEAD,
    IN_FORCE,
    KIND,
    NO_HEAD,
    NOTE,
    RECALLED,
    SIZES,
    WRITTEN,
    as_steps,
)

torch = pytest.importorskip("torch")

from emsync_nb.generation.sampling import (  # noqa: E402 - after the check for torch
    Heard,
    Idea,
    Reminder,
    SamplingSettings,
    Take,
    perform,
)
from tests.generation.takes import (  # noqa: E402
    ANY,
    FIELD_COUNT,
    GREEDY,
    Event,
    Step,
    after,
    chosen,
    condition,
    drawing,
    kind_logits,
    line,
    played,
    playing,
    settings_of,
    state_after,
)

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

IntArray = NDArray[np.int64]


def state_when_drawing(
    network: EventTransformer, heard: Sequence[Heard | Reminder], patch: pytest.MonkeyPatch
) -> torch.Tensor:
    """The state from which an event is drawn when a take has heard these."""
    states, logits = [], type(network).field_logits

    def spy(self: EventTransformer, state: torch.Tensor, field: int) -> torch.Tensor:
        states.append(state[0, 0].clone())
        return logits(self, state, field)

    patch.setattr(type(network), "field_logits", spy)
    chosen(network, settings_of(guidance=1.0), after(heard))
    assert len(states) == FIELD_COUNT
    return states[0]


def alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool(torch.allclose(one, other, rtol=1e-4, atol=1e-3))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(*(st.sets(st.integers(0, size - 1), min_size=1, max_size=6) for size in SIZES)),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 1000),
    st.sampled_from([0.02, 1.0, 30.0]),
    st.sampled_from([GREEDY, 0.5, 1.0]),
    st.sampled_from([0.0, 1.0, 4.0]),
)
def test_nothing_is_drawn_that_is_not_allowed(
    network: EventTransformer,
    values: list[tuple[set[int], ...]],
    seed: int,
    temperature: float,
    nucleus: float,
    guidance: float,
) -> None:
    sampling = settings_of(temperatures=(temperature,) * FIELD_COUNT, nucleus=nucleus, guidance=guidance)
    found: list[list[Event]] = [[] for _ in values]
    takes = []
    for events, allowed in zip(found, values, strict=True):
        masks = [np.isin(np.arange(size), list(some)) for size, some in zip(SIZES, allowed, strict=True)]
        takes.append(playing(events, 3, masks))
    perform(network, sampling, takes, [np.random.default_rng([seed, i]) for i in range(len(values))])
    for events, allowed in zip(found, values, strict=True):
        assert len(events) == 3
        assert all(value in some for event in events for value, some in zip(event, allowed, strict=True))


def test_the_seed_decides(network: EventTransformer) -> None:
    first, again, other = (played(network, settings_of(), [seed], [20]) for seed in (5, 5, 6))
    assert first == again
    assert first != other


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_a_take_draws_the_same_alone_and_in_company(network: EventTransformer, guidance: float) -> None:
    """Past the end of others and over several times of forgetting; sums of 32 numbers round too little to matter."""
    sampling, counts = settings_of(guidance=guidance), [250, 7, 300, 130]
    together = played(network, sampling, [1, 2, 3, 1], counts)
    assert [len(events) for events in together] == counts
    for seed, count, events in zip([1, 2, 3, 1], counts, together, strict=True):
        assert played(network, sampling, [seed], [count]) == [events]
    assert together[0][:130] == together[3]


def test_takes_that_choose_at_different_times_are_all_served(network: EventTransformer) -> None:
    """Notes have five fields and heads six, and some steps are only heard."""

    def mixed(events: list[Event], order: Sequence[int]) -> Take:
        for fields in order:
            if fields:
                yield from drawing(events, ANY, fields)
            yield Heard(line(), condition(fields))

    orders = [[0, 5, 6, 1, 5], [6, 0, 0, 5], [], [1, 1, 1, 1, 1, 1, 6]]
    found: list[list[Event]] = [[] for _ in orders]
    takes = [mixed(events, order) for events, order in zip(found, orders, strict=True)]
    perform(network, settings_of(), takes, [np.random.default_rng(i) for i in range(4)])
    assert [[len(event) for event in events] for events in found] == [
        [n for n in order if n] for order in orders
    ]


@pytest.mark.parametrize(("guidance", "rows"), [(1.0, 1), (1.5, 2), (0.0, 2)])
def test_guidance_of_one_asks_the_network_once(
    network: EventTransformer, monkeypatch: pytest.MonkeyPatch, guidance: float, rows: int
) -> None:
    asked = []
    states = type(network).states

    def spy(self: EventTransformer, steps: torch.Tensor, *rest: object) -> torch.Tensor:
        asked.append(steps.shape)
        return states(self, steps, *rest)

    monkeypatch.setattr(type(network), "states", spy)
    played(network, settings_of(guidance=guidance), [0, 1, 2], [3, 3, 3])
    # three takes cost one question a step
    assert asked == [(3 * rows, 1, COLUMNS)] * 4


def without(wish: NDArray[np.float32], *groups: slice) -> NDArray[np.float32]:
    """A condition that leaves groups out."""
    left = wish.copy()
    for group in groups:
        left[group] = 0
    return left


@pytest.mark.parametrize("guidance", [0.0, 1.0, 3.0])
def test_guidance_weighs_the_told_against_the_untold(network: EventTransformer, guidance: float) -> None:
    differ = 0
    for seed in range(8):
        told = condition(seed)
        told[EMOTION] *= 100
        untold = without(told, EMOTION, OFFSET)
        base, asked = (kind_logits(network, [(line(), wish)]) for wish in (untold, told))
        best = int((base + guidance * (asked - base)).argmax())
        sampling = settings_of(nucleus=GREEDY, guidance=guidance)
        assert chosen(network, sampling, after([Heard(line(), told)]))[KIND] == best
        differ += int(base.argmax()) != int(asked.argmax())
    assert differ


def loud(seed: int) -> NDArray[np.float32]:
    """A wish whose emotion and whose way to the next hit are heard."""
    wish = condition(seed)
    wish[EMOTION] *= 30
    wish[OFFSET] *= 10
    return wish


@pytest.mark.parametrize(("sway", "anticipation"), [(0.0, 0.0), (4.0, 0.0), (0.0, 4.0), (1.0, 3.0)])
@pytest.mark.parametrize("anew", [False, True])
def test_ideas_sway_what_is_chosen(
    network: EventTransformer, sway: float, anticipation: float, anew: bool
) -> None:
    """By what emotion, then the way to a hit, change in a bar that music would begin with."""
    sampling = settings_of(nucleus=GREEDY, guidance=2.0, sway=sway, anticipation=anticipation)
    moved = 0
    for seed in range(8):
        here, wish = condition(seed + 50), loud(seed)
        told, untold = (kind_logits(network, [(line(), w)]) for w in (here, without(here, EMOTION, OFFSET)))
        before = untold + 2 * (told - untold)
        ideas = [wish, without(wish, OFFSET), without(wish, EMOTION, OFFSET)]
        asked, timeless, bare = (kind_logits(network, [(line(), idea)]) for idea in ideas)
        fresh = bare + 2 * (asked - bare)
        best = (fresh if anew else before + sway * (timeless - bare)) + anticipation * (asked - timeless)
        heard = [Heard(line(), here), Idea(wish)]
        assert chosen(network, sampling, after(heard, anew=anew))[KIND] == int(best.argmax())
        moved += int(best.argmax() != before.argmax())
    assert bool(moved) == bool(anew or sway or anticipation)


def test_an_idea_is_forgotten_with_the_next_step(network: EventTransformer) -> None:
    sampling = settings_of(nucleus=GREEDY, guidance=1.0, sway=5.0, anticipation=5.0)
    for seed in range(8):
        heard = [(line(), condition(seed)), (line(), condition(seed + 1))]
        first, second = (Heard(*step) for step in heard)
        best = int(kind_logits(network, heard).argmax())
        assert chosen(network, sampling, after([first, Idea(loud(seed)), second]))[KIND] == best


def test_the_nucleus_holds_half_of_the_mass(network: EventTransformer) -> None:
    wish = condition(3)
    sampling = settings_of(nucleus=0.5, guidance=1.0)
    logits = kind_logits(network, [(line(), wish)]) / 1.0
    likely = np.sort(np.exp(logits) / np.exp(logits).sum())[::-1]
    kept = int((np.cumsum(likely) < 0.5).sum()) + 1
    nucleus = set(np.argsort(-logits)[:kept].tolist())
    drawn = {chosen(network, sampling, after([Heard(line(), wish)]), seed)[KIND] for seed in range(150)}
    assert drawn <= nucleus
    assert len(drawn) >= min(2, kept)


def test_each_field_has_its_temperature(network: EventTransformer) -> None:
    """Cold fields take what is most likely, hot ones anything."""
    sampling = settings_of(temperatures=(1e-3, 1e3, 1e-3, 1e3, 1e-3, 1e3), guidance=1.0, nucleus=1.0)
    wish, one_note = condition(4), [np.arange(size) == 5 for size in SIZES]
    for field in range(FIELD_COUNT):
        masks = [*one_note[:field], ANY[field], *one_note[field + 1 :]]
        drawn = {
            chosen(network, sampling, after([Heard(line(), wish)], masks), seed)[field] for seed in range(30)
        }
        assert (len(drawn) == 1) == (field % 2 == 0), field


@pytest.fixture(scope="module")
def listener(make_network: Callable[..., EventTransformer]) -> EventTransformer:
    """A network that pays attention to all that it has heard, about equally."""
    network = make_network(3)
    with torch.no_grad():
        for block in network.blocks:
            block.query_key_norm.weight.fill_(0.5)
    return network


def random_steps(count: int, seed: int = 1) -> list[Heard]:
    """Bars of six notes with a head in force."""
    rng, heard = np.random.default_rng(seed), []
    head = np.array([HEAD, 44, 142, 35, 25, 6])
    for step in range(count):
        event, force = np.array([NOTE + step % 8, 3, rng.integers(30, 90), 9, 8, SIZES[-1] - 1]), head[1:]
        if step % 8 < 2:
            event, force = (np.array(BAR_EVENT), np.array(NO_HEAD)) if step % 8 == 0 else (head, head[1:])
        heard.append(Heard(np.concatenate([event, [WRITTEN], force]), condition(step)))
    return heard


def with_head(heard: Sequence[Heard]) -> list[Step]:
    """Steps as they are heard again: the first of them tells the head in force."""
    first, *rest = ((one.step, one.condition) for one in heard)
    force = first[0][IN_FORCE]
    if force[0] != NO_HEAD[0]:
        first = (np.concatenate([[HEAD], force, [WRITTEN], force]), first[1])
    return [first, *rest]


@pytest.mark.parametrize("total", [128, 129, 160, 192, 193, 230])
def test_a_full_memory_forgets_all_but_the_youngest(
    listener: EventTransformer, monkeypatch: pytest.MonkeyPatch, total: int
) -> None:
    heard = random_steps(total)
    # 128 are taken in; the next one comes after the youngest 64 alone, and 64 more fill the memory again
    forgotten = 0 if total <= 128 else -(-(total - 128) // 64) * 64
    wanted, more, fewer = (
        state_after(listener, with_head(heard[start:]))
        for start in (forgotten, max(0, forgotten - 1), forgotten + 1)
    )
    state = state_when_drawing(listener, heard, monkeypatch)
    assert alike(state, wanted)
    assert not alike(state, fewer)
    assert not forgotten or not alike(state, more)


def earlier_music(count: int) -> IntArray:
    events = np.stack([one.step[:FIELD_COUNT] for one in random_steps(count, 7)])
    return as_steps(events, RECALLED)


SILENT = np.zeros(WIDTH, dtype=np.float32)


@pytest.mark.parametrize(("before", "recalled"), [(0, 10), (5, 10), (60, 16), (93, 24), (93, 60)])
def test_a_reminder_stands_before_all_else(
    listener: EventTransformer, monkeypatch: pytest.MonkeyPatch, before: int, recalled: int
) -> None:
    """What was heard is heard again behind it, as far as there is room, then all that comes later."""
    heard, reminder = random_steps(before + 6), earlier_music(recalled)
    front = [(step, SILENT) for step in reminder[:32]]  # half of what is kept
    again = heard[:before][-(64 - len(front)) :]
    later = [(one.step, one.condition) for one in heard[before:]]
    expected = [*front, *(with_head(again) if again else []), *later]
    state = state_when_drawing(listener, [*heard[:before], Reminder(reminder), *heard[before:]], monkeypatch)
    assert alike(state, state_after(listener, expected))
    assert not alike(state, state_after(listener, expected[1:]))


def test_a_reminder_lasts_until_the_next_and_an_empty_one_ends_it(
    listener: EventTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, reminder = random_steps(140), earlier_music(20)
    # 20 + 108 fill the memory: then the reminder and the youngest 44 are heard again
    expected = [*((step, SILENT) for step in reminder), *with_head(heard[64:108])]
    expected += [(one.step, one.condition) for one in heard[108:]]
    state = state_when_drawing(listener, [Reminder(reminder), *heard], monkeypatch)
    assert alike(state, state_after(listener, expected))
    monkeypatch.undo()
    ended = [Reminder(reminder), *heard, Reminder(reminder[:0])]
    state = state_when_drawing(listener, ended, monkeypatch)
    assert alike(state, state_after(listener, with_head(heard[-64:])))


def test_who_is_reminded_does_not_stop_the_others(network: EventTransformer) -> None:
    """All hear again at once; each goes on with its own music, and every event is drawn."""

    def reminded(events: list[Event], every: int) -> Take:
        for bar in range(6):
            if every and bar % every == 0:
                yield Reminder(earlier_music(8 * (bar + 1)))
            yield from playing(events, 5)

    found: list[list[Event]] = [[], [], []]
    takes = [reminded(events, every) for events, every in zip(found, (0, 1, 2), strict=True)]
    perform(network, settings_of(), takes, [np.random.default_rng(i) for i in range(3)])
    assert [len(events) for events in found] == [30, 30, 30]


def test_who_is_reminded_hears_again_alone(
    listener: EventTransformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As much as is kept, the reminder in front; the others remember what they did."""
    heard, others, reminder = random_steps(106), random_steps(106, seed=2), earlier_music(20)
    states, logits = [], type(listener).field_logits

    def spy(self: EventTransformer, state: torch.Tensor, field: int) -> torch.Tensor:
        states.append(state[:, 0].clone())
        return logits(self, state, field)

    monkeypatch.setattr(type(listener), "field_logits", spy)
    takes = [after([*heard[:100], Reminder(reminder), *heard[100:]]), after(others)]
    found: list[list[Event]] = [[], []]
    dice = [np.random.default_rng(i) for i in range(2)]
    perform(listener, settings_of(guidance=1.0), [t(f) for t, f in zip(takes, found, strict=True)], dice)
    monkeypatch.undo()
    # 64 are kept: the reminder and the youngest 44
    expected = [*((step, SILENT) for step in reminder), *with_head(heard[56:100])]
    expected += [(one.step, one.condition) for one in heard[100:]]
    assert alike(states[0][0], state_after(listener, expected))
    assert alike(states[0][1], state_after(listener, [(one.step, one.condition) for one in others]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperatures": (1.0, 1.0)},
        {"temperatures": (1.0, 1.0, 0.0, 1.0, 1.0, 1.0)},
        {"nucleus": 0.0},
        {"nucleus": 1.1},
        {"guidance": -0.1},
        {"guidance": 6.0},
        {"sway": 5.5},
        {"anticipation": -1.0},
        {"kept": 63},
        {"kept": 768},
        {"kept": 256, "context": 256},
    ],
)
def test_senseless_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SamplingSettings(**wrong)  # type: ignore[arg-type]
