"""The whole loop of a composer's work on a film, with figures of what holds.

Run from a checkout: python examples/whole_loop.py film.mp4 --out loop --json loop.json

A session is made and analysed, directed in words, composed; a take is accepted, some of it locked, the rest written
anew; the take is edited as a DAW would edit it, and comes back; all is undone and done again. Then what a user never
sees: how long a plan takes to be fitted again, what is left when the process is killed, how many of sixty directions
are understood.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import mido

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the checkout, for its measures

from emsync_nb.directing import understand
from emsync_nb.session import Session, Take
from emsync_nb.session.documents import curve_document, digest, state_document
from emsync_nb.session.locking import locked_notes
from tests.benchmarks.fit_500 import hour, milliseconds
from tests.directing.sixty import SCENE, SIXTY, faults
from tests.session.kills import survive_kills

DIRECTION = "start uneasy, turn hopeful at 0:05, big finish"
#: what is done to the take in place of a DAW: notes of its first track deleted, and transposed, and a track added
DELETED, TRANSPOSED, ADDED = 3, 2, 4


def main() -> int:
    """Go round once and write down what was found; 1 where something was lost."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    folder = options.out / f"{options.video.stem}.emsync"
    with Session.create(options.video, folder) as session:
        first = _whole(session)
        facts = _composed(session)
        facts["roundtrip"] = _edited(session, options.out / "from-the-daw.mid")
        _back_and_forth(session, first)
    facts |= _measured(options.kills)
    options.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1))
    return int(facts["locked_notes_unchanged"] < 1 or facts["kills_survived"] < facts["kills"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The whole loop on one film.")
    parser.add_argument("video", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder of the session")
    parser.add_argument("--json", type=Path, required=True, help="file of the figures")
    parser.add_argument("--kills", type=int, default=20)
    return parser.parse_args()


def _composed(session: Session) -> dict[str, Any]:
    """Direct, compose, accept, lock, and write the rest anew."""
    session.analyze()
    proposal = session.direct(DIRECTION)
    for line in proposal.lines():
        print(" ", line)
    session.apply(proposal)
    first, _ = session.generate(takes=2, seed=7)
    session.accept(first)
    names = [track.name for track in session.music(first).tracks]
    session.lock(track=names[0])
    session.lock(bars=(1, 2))
    takes = session.regenerate(takes=2, seed=20)
    for difference in session.compare(first, takes[0]):
        print(" ", difference.describe())
    return {"locked_notes_unchanged": _unchanged(session, first, takes)}


def _unchanged(session: Session, before: Take, after: list[Take]) -> float:
    """Share of the locked notes that all takes have as they were, to the tick and the velocity."""
    wanted = set(locked_notes(session.music(before), session.state.locks))
    kept = set.intersection(
        *(
            {(track.name, note) for track in session.music(take).tracks for note in track.notes}
            for take in after
        )
    )
    return len(wanted & kept) / len(wanted)


def _edited(session: Session, path: Path) -> dict[str, int]:
    """Change the accepted take with another library, and take it back."""
    accepted = session.state.take(session.state.accepted or "")
    file = mido.MidiFile(session.folder / accepted.file)
    track = next(track for track in file.tracks if any(message.type == "note_on" for message in track))
    pitches = [m.note for m in track if m.type == "note_on" and m.velocity]
    gone = {len(pitches) - 1 - index for index in range(min(DELETED, len(pitches)))}
    _change(track, gone, set(range(TRANSPOSED)) - gone)
    extra = mido.MidiTrack([mido.MetaMessage("track_name", name="Whistle")])
    for step in range(ADDED):
        extra.append(mido.Message("note_on", channel=12, note=84 + step, velocity=70, time=0))
        extra.append(mido.Message("note_off", channel=12, note=84 + step, time=480))
    file.tracks.append(extra)
    file.save(path)
    merged = session.import_music(path)
    for line in merged.lines():
        print(" ", line)
    return {name: getattr(merged, name) for name in ("kept", "edited", "added", "removed")}


def _change(track: mido.MidiTrack, gone: set[int], higher: set[int]) -> None:
    """Silence some notes of a track, counted in order of their beginnings, and raise others by a tone."""
    number, sounding = -1, dict[int, int]()
    for place, message in enumerate(track):
        if message.type == "note_on" and message.velocity:
            number += 1
            sounding[message.note] = number
        elif message.type not in ("note_on", "note_off"):
            continue
        index = sounding[message.note]
        if index in gone:  # a text takes its place, so that time goes on
            track[place] = mido.MetaMessage("text", text="-", time=message.time)
        elif index in higher:
            track[place] = message.copy(note=message.note + 2)


def _back_and_forth(session: Session, first: dict[str, Any]) -> None:
    """Undo everything, which leads back to the first state, and redo everything, which leads to the last."""
    steps = len(session.history()) - 1
    last = _whole(session)
    for _ in range(steps):
        session.undo()
    if _whole(session) != first:
        raise SystemExit("undoing everything did not come back to the first state")
    for _ in range(steps):
        session.redo()
    if _whole(session) != last:
        raise SystemExit("doing everything again did not come back to the last state")


def _whole(session: Session) -> dict[str, Any]:
    """All of the state: plan, curve, takes, locks, what is muted and soloed."""
    spotting = session.state.spotting
    curve = None if spotting is None else digest(curve_document(spotting.film.curve))
    return state_document(session.state, curve)


def _measured(kills: int) -> dict[str, Any]:
    found = survive_kills(kills)
    understood = sum(not faults(entry, understand(entry["text"], SCENE)) for entry in SIXTY)
    return {
        "fit_ms_500_boundaries": round(milliseconds(hour())[0], 1),
        "kills": found.tried,
        "kills_survived": found.survived,
        "directions_understood": f"{understood} of {len(SIXTY)}",
    }


if __name__ == "__main__":
    sys.exit(main())
