"""Why our reader and music21 differ on some files, as looked into by hand: file name to reason."""

from __future__ import annotations

_WHOLE_REST = (
    "music21's fault: it makes a whole-bar rest as long as the meter although the bar is split in two and the file"
    " gives the rest half of that; from there on the singer is late"
)
_DRIFT = (
    "music21's fault: a part that writes too little into a bar goes on before the other parts, and they stay apart"
    " to the end; ours gives all parts the same bars"
)

#: in the order of the pages
PAPER_REASONS: dict[str, str] = {
    "Brahms__Johannes__4_Ges_nge__Op.46__1_Die_Kr_nze.mxl": _WHOLE_REST,
    "Faisst__Clara_Mathilda__4_Lieder__Op.1__1_Altdeutsches_Lied.mxl": _WHOLE_REST,
    "Debussy__Claude__Cinq_Po_mes_de_Baudelaire__4_Recueillement.mxl": (
        "the file's fault: it gives 3/4 to the singer and 9/8 of the wrong length to the piano in the same four bars"
        " (3 quarters against 5.5 to 6.5); ours keeps the parts together, music21 lets them drift apart"
    ),
    "opus74no1/movement2.mxl": _DRIFT,
    "k80/movement4.mxl": _DRIFT,
    "monteverdi/madrigal.4.1.mxl": (
        "music21's fault: the file writes resting bars twice (two whole rests after each other in 4/4); music21 makes"
        " those bars twice as long in the parts that rest, and the voices sing apart"
    ),
}

_BRACKETS = (
    "music21's fault: the brackets of the endings stand in the first part only; music21 plays each part by its own"
    " signs, and the others play the first ending twice"
)
_BEYOND = (
    "music21's fault, first: a repeat without a sign where it begins goes back to the last repeat sign, or to the"
    " beginning of its movement; music21 goes back beyond it, and nothing after that can agree"
)
_FIRST_AGAIN = (
    "music21's fault, first: in the second ending it plays other notes, those of the first where we looked; what"
    " follows was not traced further"
)
#: as played
PLAYED_REASONS: dict[str, str] = {
    **PAPER_REASONS,
    "Hensel__Fanny__6_Lieder__Op.1__2_Wanderlied.mxl": (
        "music21's fault: when it plays repeats, a staff whose notes wander to the other staff gets a shorter bar"
    ),
    "Kinkel__Johanna__6_Gedichte__Op.8__4_Abendfeier.mxl": (
        "music21's fault: it plays the first ending before the second one again, and takes no D.S. al Fine from there"
    ),
    "Puget__Lo_sa_____La_dot_d_Auvergne.mxl": (
        "music21's fault: a repeat without a sign where it begins goes back to the last repeat sign; music21 goes back"
        " beyond it and repeats what was repeated"
    ),
    "Grandval__Cl_mence_de__6_Nouvelles_m_lodies__1_Les_clochettes.mxl": (
        "open to both: the second ending has a repeat sign and music follows the brackets; ours plays the refrain a"
        " third time and goes on there"
    ),
    "Paradis__Maria_Theresia_von__12_Lieder__1786__9_Vaterlandslied.mxl": (
        "music21's fault: D.C. al Fine stands in the first part only, and music21 sends only the singer back"
    ),
    "sq7070319.mxl": 'music21\'s fault: it does not take "Scherzo D.C. senza replica" for a da capo',
    "sq8556926.mxl": _BEYOND,
    "sq12772795.mxl": _BEYOND,
    "sq8075304.mxl": _BEYOND,
    "sq8807040.mxl": _FIRST_AGAIN,
    "sq10414906.mxl": _FIRST_AGAIN,
    "sq8454356.mxl": _BEYOND,
    "Beethoven_Op.21_3.mxl": "music21 plays the repeats again after the da capo; usual practice, and ours, does not",
    "Beethoven_Op.21_4.mxl": _BRACKETS,
    "Brahms_Op.90_1.mxl": _BRACKETS,
    "trecento/PMFC_06_Piero_1-All_onbra d_un perlato.xml": _BEYOND,
    "k80/movement3.mxl": _BEYOND,
    "opus59no2/movement3.mxl": _FIRST_AGAIN,
}
