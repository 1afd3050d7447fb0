/* SPDX-License-Identifier: BSD-2-Clause */
/* Plots with axes. Across in percent of the room, down in pixels: they need no redrawing. */

const PLOT_HEIGHT = 240;

function across(share) {
	return share * 100 + '%';
}

/* A scale of 1, 2, 5, 10… with about five lines. */
function stepFor(top) {
	const step = 10 ** Math.floor(Math.log10(top / 5));
	return step * ([1, 2, 5, 10].find((by) => top / (step * by) <= 6) || 10);
}

/* `y(value)` in pixels; lines and their labels at the left. */
function gridLines(top, y, format) {
	const step = stepFor(top), lines = [];
	for (let i = 0; i * step <= top * 1.0001; i++)
		lines.push(drawn('line', { class: 'grid', x1: 0, x2: '100%', y1: y(i * step), y2: y(i * step) }),
			drawn('text', { x: -6, y: y(i * step) + 4, 'text-anchor': 'end' }, format(i * step)));
	return lines;
}

/* The least widths of a plot: on a narrow screen, and where there is room (see chart.css). */
const NARROW = 280, WIDE = 600;

/*
 * Labels under the axis, [share, text] from left to right, each `pixels` wide: the last one and as
 * many of the others as don't touch; minor ones are left out on a narrow screen.
 */
function axisLabels(labels, pixels) {
	let major = Infinity, any = Infinity;
	return [...labels].reverse().map(([share, text]) => {
		if (any - share < pixels / WIDE)
			return null;
		const minor = major - share < pixels / NARROW;
		any = share;
		major = minor ? major : share;
		return drawn('text', { class: minor ? 'minor' : null, x: across(share), y: PLOT_HEIGHT + 18,
			'text-anchor': 'middle' }, text);
	});
}

/* At the top of a line that stands for something; on its left where the right is out of the page. */
function markLabel(share, row, text) {
	const left = share > 0.85;
	return drawn('text', { class: 'marked', x: across(share), dx: left ? -4 : 4, y: 12 + 14 * row,
		'text-anchor': left ? 'end' : 'start' }, text);
}

function frame(says, ...children) {
	return drawn('svg', { class: 'plot', role: 'img', height: PLOT_HEIGHT + 44, 'aria-label': says },
		children);
}

function axisTitle(text) {
	return drawn('text', { class: 'title', x: '50%', y: PLOT_HEIGHT + 38, 'text-anchor': 'middle' },
		text);
}

/* A line through [share, pixel] points; it stretches with the room, its stroke does not. */
function curve(points, attributes) {
	const d = points.map(([x, y], i) => (i ? 'L' : 'M') + (x * 1000).toFixed(2) + ' ' + y.toFixed(2));
	return drawn('svg', { x: 0, y: 0, width: '100%', height: PLOT_HEIGHT, overflow: 'visible',
		viewBox: '0 0 1000 ' + PLOT_HEIGHT, preserveAspectRatio: 'none' },
		drawn('path', { fill: 'none', 'vector-effect': 'non-scaling-stroke', d: d.join(''),
			...attributes }));
}

/* ---- histograms of times: 4 buckets an octave, across by their logarithm ---- */

function lower(upTo) {
	/* Buckets are a quarter of their octave wide. */
	const octave = 2 ** Math.floor(Math.log2(Math.max(upTo - 1, 1)));
	return upTo > 4 ? upTo - octave / 4 : upTo - 1;
}

/* Powers of ten; of a short range parts of them as well, of none its ends. */
function timeTicks(from, to) {
	const within = (parts) => {
		const found = [];
		for (let ns = 1; ns < 1e15; ns *= 10)
			found.push(...parts.map((part) => ns * part).filter((at) => at >= from && at <= to));
		return found;
	};
	const ticks = within([1]).length > 2 ? within([1]) : within([1, 2, 5]);
	return ticks.length ? ticks : [from, to];
}

function histogram(buckets, marks, says) {
	const all = sum(list(buckets).map((bucket) => bucket.count));
	let filled = list(buckets).filter((bucket) => bucket.count > 0);
	/* A logarithm has no place for those that took no time; the caption counts them. */
	if (filled.length > 1 && filled[0].up_to_ns <= 1)
		filled = filled.slice(1);
	const first = Math.log2(Math.max(lower(filled[0].up_to_ns), 1));
	const last = Math.log2(filled[filled.length - 1].up_to_ns);
	const x = (ns) => (Math.log2(Math.max(ns, 1)) - first) / (last - first || 1);
	const top = largest(filled.map((bucket) => bucket.count), 1) * 1.08;
	const y = (value) => PLOT_HEIGHT * (1 - value / top);
	const columns = filled.map((bucket) => {
		const from = Math.max(x(lower(bucket.up_to_ns)), 0);
		return drawn('rect', { class: 'column', x: across(from), y: y(bucket.count),
			width: across(Math.max(x(bucket.up_to_ns) - from, 0.002)),
			height: PLOT_HEIGHT - y(bucket.count),
			'data-tip': time(lower(bucket.up_to_ns)) + ' to ' + time(bucket.up_to_ns) + '\n' +
				things(bucket.count, 'wait') + ' (' + percent(bucket.count, all) + ')' });
	});
	const at = timeTicks(2 ** first, 2 ** last);
	const ticks = at.map((ns) => drawn('line', { class: 'grid', x1: across(x(ns)), x2: across(x(ns)),
		y1: 0, y2: PLOT_HEIGHT }));
	const lines = marks.filter(([, ns]) => x(ns) >= 0 && x(ns) <= 1).map(([name, ns], i) => [
		drawn('line', { class: 'mark', x1: across(x(ns)), x2: across(x(ns)), y1: 0,
			y2: PLOT_HEIGHT, 'data-tip': name + ' ' + time(ns) }),
		markLabel(x(ns), i % 3, name)]);
	return frame(says, ticks, axisLabels(at.map((ns) => [x(ns), tick(ns)]), 56), gridLines(top, y, count), columns, lines, axisTitle('time of a wait'));
}
