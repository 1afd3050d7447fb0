/* SPDX-License-Identifier: BSD-2-Clause */
/* Bars of parts, as SVG in percent: as wide as there is room. */

const STATES = ['running', 'ready', 'lock', 'gil', 'condition', 'io', 'ipc', 'poll', 'sleep', 'other'];
const STATE_SAYS = {
	running: 'running: on a CPU',
	ready: 'ready: in a run queue, no CPU free',
	lock: 'lock: waiting to acquire a lock (contention)',
	gil: 'gil: waiting for the Python GIL',
	condition: 'condition: waiting for work or for each other',
	io: 'io: waiting for a disk or a file',
	ipc: 'ipc: waiting for a pipe or a socket',
	poll: 'poll: waiting for events',
	sleep: 'sleep: by its own wish',
	other: 'other causes: child, page, stopped, anything else',
};

/*
 * A lock wait lasts until the thread runs again, so the run-queue delay that ended it stands under
 * lock and not under ready, as in the other reports.
 */
function statesOf(figures) {
	const waits = figures.waits || {};
	const of = (cause) => figure((waits[cause] || {}).time_ns);
	const delay = Math.min(figure((waits.lock || {}).ready_ns), figure(figures.ready_ns));
	return {
		running: figure(figures.running_ns),
		ready: figure(figures.ready_ns) - delay,
		lock: of('lock') + delay,
		condition: of('condition'),
		io: of('io'),
		ipc: of('ipc'),
		poll: of('poll'),
		sleep: of('sleep'),
		other: of('child') + of('fault') + of('stopped') + of('other'),
	};
}

function whole(parts) {
	return sum(Object.values(parts));
}

/* "lock 13.55 s (25.3 %)", the largest first. */
function say(parts, format) {
	const all = whole(parts);
	return Object.entries(parts).filter(([, value]) => value > 0)
		.sort((a, b) => b[1] - a[1])
		.map(([name, value]) => name + ' ' + (format || time)(value) + ' (' +
			percent(value, all) + ')').join(', ') || 'nothing';
}

/* One bar: { name: value } in the order of the object, against `full`. */
function bar(parts, full, label, format) {
	const all = whole(parts);
	let at = 0;
	const pieces = Object.entries(parts).filter(([, value]) => value > 0).map(([name, value]) => {
		const part = drawn('rect', {
			class: 's-' + name, x: (at / full) * 100 + '%', y: 0, height: '100%',
			width: (value / full) * 100 + '%',
			'data-tip': label + '\n' + name + ' ' + (format || time)(value) + ' (' +
				percent(value, all) + ')',
		});
		at += value;
		return part;
	});
	return drawn('svg', { class: 'bar', role: 'img',
		'aria-label': label + ': ' + say(parts, format) }, pieces);
}

function legend(names, says) {
	return element('ul', { class: 'legend' }, names.map((name) => element('li', {},
		drawn('svg', { class: 'swatch', 'aria-hidden': 'true' },
			drawn('rect', { class: 's-' + name, width: '100%', height: '100%' })),
		(says || {})[name] || name)));
}

/* Those that have any part in any of the bars. */
function present(all) {
	return STATES.filter((name) => all.some((parts) => parts[name] > 0));
}

/* Rows of "label, bar, figure" under each other. */
function bars(rows) {
	return element('div', { class: 'bars' }, rows.map((row) => element('div', { class: 'row' },
		element('span', { class: 'name', title: row.label }, row.label), row.bar,
		element('span', { class: 'value' }, row.value))));
}
