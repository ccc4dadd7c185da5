# SPDX-License-Identifier: Apache-2.0
"""What samples say: ratios, goals, and what fell since the last run."""

import statistics

US = "libmmio"
REFERENCE = "mmap-io 1.1.0"
SIDES = (US, REFERENCE, "mmap-io 1.1.0 default", "mmap-io 1.0.0", "memmap2", "c")

# A ratio that falls by more than this is told.
FALL = 0.10


def summarize(samples):
    """{row: {side: [samples]}} -> {row: {side: {"min": …, "median": …}}}"""
    return {
        row: {
            side: {"min": min(values), "median": statistics.median(values)}
            for side, values in sides.items()
        }
        for row, sides in samples.items()
    }


def ratios(sides):
    """How many times as fast as each other side libmmio is, by medians; {} without libmmio."""
    if US not in sides or sides[US]["median"] == 0:
        return {}
    ours = sides[US]["median"]
    return {side: numbers["median"] / ours for side, numbers in sides.items() if side != US}


def quantity(value, unit="ns"):
    """A number that is short to read."""
    if unit == "percent":
        return f"{value:.2g} %"
    if unit == "count":
        return f"{value:,.0f}"
    for factor, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if value >= factor:
            return f"{value / factor:.3g} {name}"
    return f"{value:.3g} ns"


def times(ratio):
    return f"{ratio:,.0f}×" if ratio >= 99.5 else f"{ratio:.3g}×"


class Goal:
    """One goal of a row, and what became of it."""

    def __init__(self, row, goal, results):
        self.row = row["name"]
        self.title = row["title"]
        self.later = None if self.row in results else row.get("later", "not measured")
        self.is_reached = False
        self.seen = ""
        ours = results.get(self.row, {}).get(US, {}).get("median")
        if "over" in goal:
            self.text = f"≥ {goal['at_least']:,}× of {goal['over']}"
            self._judge_ratio(goal, results)
        elif "row" in goal:
            self.text = f"≤ {goal['at_most']}× of {goal['row']}"
            base = results.get(goal["row"], {}).get(US, {}).get("median")
            self._judge_limit(ours, base and base * goal["at_most"],
                              lambda: times(ours / base))
        else:
            unit = row.get("unit", "ns")
            self.text = f"≤ {quantity(goal['at_most'], unit)}"
            self._judge_limit(ours, goal["at_most"], lambda: quantity(ours, unit))

    def _judge_ratio(self, goal, results):
        ratio = ratios(results.get(self.row, {})).get(goal["over"])
        if ratio is None:
            self.later = self.later or f"{goal['over']} was not measured"
            return
        self.seen = times(ratio)
        self.is_reached = ratio >= goal["at_least"]

    def _judge_limit(self, ours, limit, seen):
        if ours is None or limit is None:
            self.later = self.later or "not measured"
            return
        self.seen = seen()
        self.is_reached = ours <= limit

    @property
    def outcome(self):
        return f"later: {self.later}" if self.later else "reached" if self.is_reached else "missed"


def judge(rows, results):
    return [Goal(row, goal, results) for row in rows for goal in row.get("goal", ())]


def fallen(before, now):
    """Ratios that are more than FALL lower than they were: (row, side, before, now)."""
    found = []
    for row, sides in before.items():
        old, new = ratios(sides), ratios(now.get(row, {}))
        for side in old:
            if side in new and new[side] < old[side] * (1 - FALL):
                found.append((row, side, old[side], new[side]))
    return found


def table(rows, results):
    """Lines of (title, side, min, median, ratio)."""
    lines = []
    for row in rows:
        sides = results.get(row["name"])
        if not sides:
            continue
        ratio, unit = ratios(sides), row.get("unit", "ns")
        title = row["title"]
        for side in SIDES:
            if side in sides:
                numbers = sides[side]
                lines.append((title, side, quantity(numbers["min"], unit),
                              quantity(numbers["median"], unit),
                              times(ratio[side]) if side in ratio else ""))
            else:
                lines.append((title, side, "—", "—", ""))
            title = ""
    return lines


TABLE_HEAD = ("workload", "side", "min", "median", "libmmio is")
GOALS_HEAD = ("workload", "goal", "seen", "outcome")


def as_text(head, lines):
    lines = [head, *lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    right = {2, 3, 4} if len(head) == 5 else {2}
    return "\n".join(
        "  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                  for i, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip()
        for line in lines)


def as_markdown(head, lines):
    bars = ["|---|---|--:|--:|--:|" if len(head) == 5 else "|---|---|--:|---|"]
    rows = ["| " + " | ".join(line) + " |" for line in (head, *lines)]
    return "\n".join([rows[0], *bars, *rows[1:]])


def goal_lines(goals):
    lines, last = [], None
    for goal in goals:
        lines.append((goal.title if goal.title != last else "", goal.text, goal.seen, goal.outcome))
        last = goal.title
    return lines
