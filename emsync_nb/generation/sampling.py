"""Several takes drawn from the network at once, one field after the other, within what each allows.

A take is a generator: it yields the steps that the network is to hear and the choices that it is to make, and is sent
what was chosen. `perform` serves all takes in lockstep, so that four cost little more than one. The network answers in
torch; masks, softmax and the draw itself are numpy, with a seeded generator for each take.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from emsync_nb.generation.conditioning import EMOTION, OFFSET, WIDTH
from emsync_nb.generation.tokens import BAR_EVENT, COLUMNS, FIELDS, HEAD, IN_FORCE, NO_HEAD, WRITTEN
from emsync_nb.generation.transformer import KeyValueCache

if TYPE_CHECKING:
    from emsync_nb.generation.transformer import EventTransformer

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


#: guidance at which emotion is heard as it is asked for
GUIDANCE = 2.0


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How freely to draw."""

    #: per field of a note: kind and position, part, pitch, duration, velocity, density
    temperatures: tuple[float, ...] = (1.0, 1.0, 0.95, 0.95, 0.95, 0.9)
    #: the smallest set of values with this much probability is drawn from (Holtzman et al. 2020)
    nucleus: float = 0.95
    #: 1: follow emotion and hits as learned; more: exaggerate them (Ho & Salimans 2022)
    guidance: float = GUIDANCE
    #: how much the emotion asked for sways a bar's head, beside what the music before it suggests
    sway: float = 1.0
    #: how much the way to the next hit does
    anticipation: float = 3.0
    #: steps the network looks back on, and how many it keeps when it has to forget
    context: int = 512
    kept: int = 224

    def __post_init__(self) -> None:
        if len(self.temperatures) != len(FIELDS) or min(self.temperatures) <= 0:
            raise ValueError(f"temperatures must be {len(FIELDS)} positive numbers, got {self.temperatures}")
        if not 0 < self.nucleus <= 1:
            raise ValueError(f"nucleus must lie in (0, 1], got {self.nucleus}")
        if not 0 <= self.guidance <= 5:
            raise ValueError(f"guidance must lie in 0 … 5, got {self.guidance}")
        if not (0 <= self.sway <= 5 and 0 <= self.anticipation <= 5):
            raise ValueError(
                f"sway and anticipation must lie in 0 … 5, got {self.sway} and {self.anticipation}"
            )
        if not 64 <= self.kept < self.context:
            raise ValueError(f"kept must lie in 64 … context − 1, got {self.kept} of {self.context}")

    @property
    def strength(self) -> float:
        """How far from neutral emotion is to be heard: 1 with the guidance that is usual, more with more.

        An ear that only brought back what is asked for would undo the exaggeration.
        """
        return float(np.sqrt(self.guidance / GUIDANCE))


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A step for the network to take in."""

    #: (COLUMNS,) event, source, head in force
    step: IntArray
    #: (WIDTH,) what is asked for there
    condition: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A field for the network to choose; answered with the value."""

    field: int
    #: (size,) which values may be chosen, at least one
    allowed: BoolArray
    #: chosen by the last idea alone, not by what has been heard
    anew: bool = False
    #: (size,) what is added to the logits; None for nothing
    lift: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Idea:
    """What is asked for in a bar, to be thought of as if music began with it; sways the choices up to the next step.

    Heads mostly go on as the one before them, whatever is asked: a wish is heard more clearly where nothing was before.
    """

    #: (WIDTH,) what is asked for at the bar line
    condition: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Reminder:
    """(n, COLUMNS) steps that stand before all else from here on: music to come back to, or music that follows."""

    steps: IntArray


#: a take: what it yields is served, and a choice is answered
Wish = Heard | Choice | Reminder | Idea
Take = Generator[Wish, int | None, None]
_NOTHING = np.zeros((0, COLUMNS), dtype=np.int64)
_SILENCE = Heard(np.array([*BAR_EVENT, WRITTEN, *NO_HEAD]), np.zeros(WIDTH, dtype=np.float32))


class _Memory:
    """What one take has heard, as far back as it may be heard again."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._recent: list[Heard] = []
        self.reminder = _NOTHING

    def add(self, heard: Heard) -> None:
        self._recent.append(heard)
        if len(self._recent) > 2 * self._limit:
            del self._recent[: -self._limit]

    @property
    def length(self) -> int:
        """Steps that are remembered, the reminder included."""
        return len(self._recent) + len(self.reminder)

    def last(self, count: int) -> list[Heard]:
        """`count` steps: the reminder, then the head of the bar that the rest begins in, then the youngest."""
        front = [Heard(step, _SILENCE.condition) for step in self.reminder]
        kept = self._recent[max(0, len(self._recent) - (count - len(front))) :]
        head = _head_of(kept[0]) if kept else None
        if head is not None:
            kept = [Heard(head, kept[0].condition), *kept[1:]]
        return [_SILENCE] * (count - len(front) - len(kept)) + front + kept


def _head_of(heard: Heard) -> IntArray | None:
    """The head in force at a step as a step of its own; None where there is none."""
    head = heard.step[IN_FORCE]
    return None if head[0] == NO_HEAD[0] else np.concatenate(([HEAD], head, [WRITTEN], head))


class _Players:
    """The network playing all takes: their memories, their states, their dice."""

    def __init__(
        self, network: EventTransformer, settings: SamplingSettings, dice: Sequence[np.random.Generator]
    ) -> None:
        self._network, self._settings, self._dice = network, settings, list(dice)
        self._guided = settings.guidance != 1
        self._takes = len(dice)
        rows = self._takes * (2 if self._guided else 1)
        self._cache = KeyValueCache.allocate(network.settings, rows, settings.context)
        self._memories = [_Memory(settings.context) for _ in dice]
        #: (takes, 1 or 2, width): told, then untold of the emotion
        self.state = torch.zeros(self._takes, rows // self._takes, network.settings.width)
        #: (takes, 3, width): bars as if music began with them, told, untold, and told but of the way to the next hit
        self._ideas = torch.zeros(self._takes, 3, network.settings.width)
        self._has_idea = np.zeros(self._takes, dtype=bool)

    def stay(self, takes: Sequence[int]) -> None:
        """Go on with these alone, counted from 0 again in their order."""
        index, each = list(takes), self.state.shape[1]
        self._cache = self._cache.only([take * each + row for take in index for row in range(each)])
        self._memories = [self._memories[take] for take in index]
        self._dice = [self._dice[take] for take in index]
        self.state, self._ideas = self.state[index], self._ideas[index]
        self._has_idea, self._takes = self._has_idea[index], len(index)

    def remind(self, reminders: Mapping[int, IntArray]) -> None:
        """Put steps in front of what some takes have heard.

        The others need not hear again what they know, so long as what all have heard leaves room behind the reminder
        for enough of what a take has written.
        """
        for take, steps in reminders.items():
            self._memories[take].reminder = steps[: self._settings.kept // 2]
        count, enough = min(self._settings.kept, self._cache.used), self._settings.kept // 4
        room = min(count - len(self._memories[take].reminder) for take in reminders)
        if not count or len(reminders) == self._takes or room < enough:
            self._rehear()
            return
        for take in reminders:
            self._feed([self._memories[take].last(count)], take)

    def _rehear(self) -> None:
        """Forget all but the youngest steps, and hear these again."""
        count = min(self._settings.kept, max(memory.length for memory in self._memories))
        self._cache.forget()
        if count:
            self._feed([memory.last(count) for memory in self._memories])

    @torch.inference_mode()
    def think(self, takes: Sequence[int], ideas: Sequence[Idea]) -> None:
        """Take in what some takes are asked for in a bar, as if nothing had been heard."""
        told = torch.from_numpy(np.stack([idea.condition for idea in ideas]))
        untold = _untold(told)
        timeless = told.clone()
        timeless[:, OFFSET] = 0
        conditions = torch.stack([told, untold, timeless], 1).flatten(0, 1)[:, None]
        line = torch.from_numpy(_SILENCE.step).expand(len(conditions), 1, -1)
        states = self._network.states(line, conditions)
        self._ideas[list(takes)] = states.view(len(takes), 3, -1)
        self._has_idea[list(takes)] = True

    def hear(self, heard: Sequence[Heard]) -> None:
        """Take in one step of each take."""
        if self._cache.used == self._settings.context:
            self._rehear()
        self._has_idea[:] = False
        for memory, one in zip(self._memories, heard, strict=True):
            memory.add(one)
        self._feed([[one] for one in heard])

    @torch.inference_mode()
    def _feed(self, heard: Sequence[Sequence[Heard]], take: int | None = None) -> None:
        """Take in steps of all takes, or all that one take is to have heard."""
        steps = torch.from_numpy(
            np.stack([[one.step for one in row] for row in heard])
        )  # (takes, time, COLUMNS)
        told = torch.from_numpy(np.stack([[one.condition for one in row] for row in heard]))
        if self._guided:
            untold = _untold(told)
            steps, told = steps.repeat_interleave(2, 0), torch.stack([told, untold], 1).flatten(0, 1)
        rows = self.state.shape[1]
        cache = self._cache
        if take is not None:
            cache = cache.anew(take * rows, (take + 1) * rows, steps.shape[1])
        states = self._network.states(steps, told, cache)[:, -1].view(len(heard), rows, -1)
        self.state[slice(None) if take is None else slice(take, take + 1)] = states

    @torch.inference_mode()
    def choose(self, takes: Sequence[int], choices: Sequence[Choice]) -> list[int]:
        """One field of each of some takes, all the same field."""
        field = choices[0].field
        options = [choice.allowed.nonzero()[0] for choice in choices]
        open_ = [i for i, found in enumerate(options) if len(found) > 1]
        logits = (
            self._logits([takes[i] for i in open_], [choices[i] for i in open_])
            if open_
            else np.zeros((0, 0))
        )
        chosen = [int(found[0]) for found in options]
        for row, i in enumerate(open_):
            wanted, lift = logits[row][options[i]], choices[i].lift
            wanted = wanted if lift is None else wanted + lift[options[i]]
            scaled = wanted / self._settings.temperatures[field]
            chosen[i] = int(options[i][self._pick(scaled, self._dice[takes[i]])])
        if field + 1 < len(FIELDS):
            index = self._index(takes)
            known = self._network.chosen_embeddings[field](torch.tensor(chosen))[:, None]
            self.state[index] += known
            if self._has_idea.any():
                self._ideas[index] += known
        return chosen

    def _index(self, takes: Sequence[int]) -> slice | list[int]:
        """What picks some takes, in their order, out of all; picking all of them copies nothing."""
        return slice(None) if len(takes) == self._takes else list(takes)

    def _logits(self, takes: list[int], choices: Sequence[Choice]) -> NDArray[np.float64]:
        """(takes, size) of a field, guided, and swayed by ideas where there are some."""
        field, guidance = choices[0].field, self._settings.guidance
        logits = self._network.field_logits(self.state[self._index(takes)], field).numpy().astype(np.float64)
        found = _guided(logits, guidance) if self._guided else logits[:, 0]
        thought = np.flatnonzero(self._has_idea[takes])
        if len(thought):
            ideas = self._ideas[[takes[i] for i in thought]]
            logits = self._network.field_logits(ideas, field).numpy().astype(np.float64)
            anew = np.array([choice.anew for choice in choices])[thought, None]
            swayed = found[thought] + self._settings.sway * (logits[:, 2] - logits[:, 1])
            led_up = self._settings.anticipation * (logits[:, 0] - logits[:, 2])
            found[thought] = np.where(anew, _guided(logits, guidance), swayed) + led_up
        return np.asarray(found)

    def _pick(self, logits: NDArray[np.float64], dice: np.random.Generator) -> int:
        """Nucleus sampling over logits; the index drawn."""
        # as methods: numpy's functions take longer to begin than for so few numbers
        probabilities = np.exp(logits - logits.max())
        order = (-probabilities).argsort(kind="stable")
        mass = probabilities[order].cumsum()
        last = min(int(mass.searchsorted(self._settings.nucleus * mass[-1])), len(order) - 1)
        return int(order[min(last, int(mass.searchsorted(dice.random() * mass[last], side="right")))])


def _untold(told: torch.Tensor) -> torch.Tensor:
    """(…, WIDTH) conditions without those that guidance exaggerates: emotion and the way to the next hit."""
    untold = told.clone()
    untold[..., EMOTION] = 0
    untold[..., OFFSET] = 0
    return untold


def _guided(logits: NDArray[np.float64], guidance: float) -> NDArray[np.float64]:
    """(n, size) from (n, 2, size) told and untold: what is asked for, as learned at 1, exaggerated above."""
    return np.asarray(logits[:, 1] + guidance * (logits[:, 0] - logits[:, 1]))


def perform(
    network: EventTransformer,
    settings: SamplingSettings,
    takes: Sequence[Take],
    dice: Sequence[np.random.Generator],
    *,
    before_step: Callable[[], None] | None = None,
) -> None:
    """Serve all takes to their ends, each with its own dice; `before_step` is called before each step."""
    players, takes = _Players(network, settings, dice), list(takes)
    wishes = {index: wish for index, take in enumerate(takes) if (wish := next(take, None)) is not None}
    while wishes:
        if before_step is not None:
            before_step()
        _remind(players, takes, wishes)
        _think(players, takes, wishes)
        _choose(players, takes, wishes)
        if not any(isinstance(wish, Reminder) for wish in wishes.values()):
            heard = [wishes.get(index, _SILENCE) for index in range(len(takes))]
            players.hear([wish for wish in heard if isinstance(wish, Heard)])
            for index in list(wishes):
                _answer(takes, wishes, index, None)
        if len(wishes) < len(takes):  # who is done leaves, so that nobody plays to an empty seat
            staying = sorted(wishes)
            players.stay(staying)
            takes = [takes[index] for index in staying]
            wishes = {seat: wishes[index] for seat, index in enumerate(staying)}


def _answer(takes: Sequence[Take], wishes: dict[int, Wish], index: int, value: int | None) -> None:
    """Send an answer to a take and note its next wish; a take that is over wishes nothing."""
    try:
        wishes[index] = takes[index].send(value)
    except StopIteration:
        del wishes[index]


def _remind(players: _Players, takes: Sequence[Take], wishes: dict[int, Wish]) -> None:
    """Serve all reminders at once: hearing again is what costs."""
    found: dict[int, IntArray] = {}
    for index, wish in list(wishes.items()):
        while isinstance(wish, Reminder):
            found[index] = wish.steps
            _answer(takes, wishes, index, None)
            wish = wishes.get(index, _SILENCE)
    if found:
        players.remind(found)


def _think(players: _Players, takes: Sequence[Take], wishes: dict[int, Wish]) -> None:
    """Serve all ideas at once."""
    pairs = [(index, wish) for index, wish in wishes.items() if isinstance(wish, Idea)]
    if pairs:
        players.think([index for index, _ in pairs], [wish for _, wish in pairs])
        for index, _ in pairs:
            _answer(takes, wishes, index, None)


def _choose(players: _Players, takes: Sequence[Take], wishes: dict[int, Wish]) -> None:
    """Serve choices, field by field, until every take that made some has its event."""
    for field in range(len(FIELDS)):
        pairs = [(i, w) for i, w in wishes.items() if isinstance(w, Choice) and w.field == field]
        if pairs:
            values = players.choose([i for i, _ in pairs], [w for _, w in pairs])
            for (index, _), value in zip(pairs, values, strict=True):
                _answer(takes, wishes, index, value)
