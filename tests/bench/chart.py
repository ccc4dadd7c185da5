# SPDX-License-Identifier: Apache-2.0
"""Ratios as a picture: one line for each row, a mark for each side, on a logarithmic scale."""

import html
import math

import report

# Readable on white and on black.
COLORS = {
    "mmap-io 1.1.0": "#3b82f6",
    "mmap-io 1.1.0 default": "#0d9488",
    "mmap-io 1.0.0": "#a855f7",
    "memmap2": "#d97706",
    "c": "#dc2626",
}
INK = "#808080"

LEFT, RIGHT, TOP, STEP, WIDTH = 470, 30, 64, 20, 1100
LEAST, MOST = 0.01, 100_000


def _x(ratio):
    share = math.log(min(max(ratio, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _text(x, y, text, anchor="start", fill=INK):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">'
            f"{html.escape(text)}</text>")


def _scale(bottom):
    power = LEAST
    while power <= MOST * 1.001:
        x = _x(power)
        is_parity = abs(power - 1) < 1e-9
        yield (f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="{INK}" '
               f'stroke-width="{2 if is_parity else 0.5}"/>')
        yield _text(x, TOP - 14, f"{power:,g}×", "middle")
        power *= 10


def _legend():
    x = LEFT
    for side, color in COLORS.items():
        yield f'<circle cx="{x}" cy="20" r="5" fill="{color}"/>'
        yield _text(x + 9, 24, side)
        x += 45 + 7 * len(side)


def _line(y, title, ratios):
    yield (f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="{INK}" '
           f'stroke-width="0.5" stroke-dasharray="1 4"/>')
    yield _text(LEFT - 12, y + 4, title, "end")
    for side, color in COLORS.items():
        if side in ratios:
            yield (f'<circle cx="{_x(ratios[side]):.1f}" cy="{y}" r="5" fill="{color}" '
                   f'fill-opacity="0.85">'
                   f"<title>{html.escape(side)}: {report.times(ratios[side])}</title></circle>")


def draw(rows, results):
    """The chart as SVG text; the background is whatever the page has.

    A row where libmmio needs none of what is counted has no ratio, and is not shown.
    """
    shown = [(row["title"], report.ratios(results[row["name"]]))
             for row in rows if row["name"] in results]
    shown = [(title, ratios) for title, ratios in shown if ratios]
    bottom = TOP + STEP * len(shown)
    parts = [*_legend(), *_scale(bottom)]
    for i, (title, ratios) in enumerate(shown):
        parts += _line(TOP + STEP * i + STEP / 2, title, ratios)
    parts.append(_text(_x(1), bottom + 18, "to the right of the thick line libmmio is faster",
                       "middle"))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 30}" '
            f'font-family="sans-serif" font-size="12" role="img" '
            f'aria-label="How many times as fast as each other side libmmio is">\n'
            + "\n".join(parts) + "\n</svg>\n")
