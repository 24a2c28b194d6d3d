"""How the plots in docs/ look: legible on white and on black, and without a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GREY: Final = "#808080"
"""Legible on white and on black, as the other colours are."""


def begin() -> None:
    """Have what is drawn from now on look so."""
    mpl.rcParams.update(
        {
            "svg.fonttype": "none",  # text stays text: small, and in the reader's font
            "svg.hashsalt": "rheo",
            "font.family": "sans-serif",
            "font.size": 11,
            "text.color": GREY,
            "axes.edgecolor": GREY,
            "axes.labelcolor": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
        }
    )


def save(figure: Figure, picture: Path, *plots: Axes) -> None:
    """Write a figure, whose plots are open above and to the right; the same figure gives the same bytes."""
    for axes in plots:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.savefig(picture, transparent=True, bbox_inches="tight", metadata={"Date": None})
