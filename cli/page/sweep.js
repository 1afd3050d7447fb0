/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a sweep: curves with law and ideal, the table of the course, the accounts. */

/* Told apart by their dashes and points as well. */
const DASHES = ['', '9 4', '2 4', '9 3 2 3', '14 5', '5 5'];
const LAW_STEPS = 40;
const ACCOUNT = ['running', 'ready', 'lock', 'gil', 'condition', 'io', 'other'];

function curveName(one, subject) {
	return [subject ? one.workload : null, one.runtime, one.mode || 'command',
		'on ' + things(one.cpus, 'CPU')].filter(Boolean).join(' ');
}

/* T(N) of the law that fits, by the document's formula; null when none does. */
function lawOf(law) {
	if (!law || !law.fitted || !law[law.law])
		return null;
	const fit = law[law.law];
	if (law.law === 'amdahl')
		return (n) => fit.one_ns * (fit.serial + (1 - fit.serial) / n);
	return (n) => (fit.one_ns / n) * (1 + fit.sigma * (n - 1) + fit.kappa * n * (n - 1));
}

function scaleOf(curves) {
	const workers = [...new Set(curves.flatMap((one) => list(one.points).map((point) => point.workers)))]
		.sort((a, b) => a - b);
	const first = workers[0], last = workers[workers.length - 1];
	const range = Math.log2(last / first) || 1;
	const top = 1.1 * largest(curves.flatMap((one) => list(one.points).map((point) =>
		(point.time || {}).speedup_high)), 1);
	return { workers, first, last, top, x: (n) => (last > first ? Math.log2(n / first) / range : 0.5),
		y: (speedup) => PLOT_HEIGHT * (1 - speedup / top) };
}

function steps(from, to, scale, speedup) {
	const points = [];
	for (let i = 0; i <= LAW_STEPS; i++) {
		const n = from * (to / from) ** (i / LAW_STEPS);
		points.push([scale.x(n), scale.y(speedup(n))]);
	}
	return points;
}

function mark(index, x, y, tip) {
	const shapes = ['circle', 'rect', 'diamond'];
	const at = { class: 'point c' + index, 'data-tip': tip };
	if (shapes[index % 3] === 'circle')
		return drawn('circle', { ...at, cx: across(x), cy: y, r: 5 });
	const turn = shapes[index % 3] === 'diamond';
	return drawn('svg', { x: across(x), y, overflow: 'visible', width: 1, height: 1 },
		drawn('rect', { ...at, x: -4.5, y: -4.5, width: 9, height: 9,
			transform: turn ? 'rotate(45)' : null }));
}

function drawPoint(scale, index, one, point) {
	const x = scale.x(point.workers), who = curveName(one) + '\n' + things(point.workers, 'worker') + ': ';
	if (!point.time)
		return point.failed ? drawn('text', { class: 'failure', x: across(x), y: PLOT_HEIGHT - 6 - 14 * index,
			'text-anchor': 'middle', 'data-tip': who + 'failed' }, '✕') : null;
	const spread = drawn('line', { class: 'spread c' + index, x1: across(x), x2: across(x),
		y1: scale.y(point.time.speedup_low), y2: scale.y(point.time.speedup_high) });
	return [spread, mark(index, x, scale.y(point.time.speedup), who + time(point.time.median_ns) + ', ' +
		point.time.speedup.toFixed(2) + '×, efficiency ' + percent(point.time.efficiency, 1) +
		'\n' + time(point.time.low_ns) + ' to ' + time(point.time.high_ns))];
}

function drawCurve(scale, one, index) {
	const law = lawOf(one.law), end = Math.min(scale.last, one.cpus);
	const done = list(one.points).filter((point) => point.time);
	return [law && end > scale.first ? curve(steps(scale.first, end, scale,
		(n) => law(scale.first) / law(n)), { class: 'law c' + index }) : null,
	curve(done.map((point) => [scale.x(point.workers), scale.y(point.time.speedup)]),
		{ class: 'curve c' + index, 'stroke-dasharray': DASHES[index] }),
	list(one.points).map((point) => drawPoint(scale, index, one, point))];
}

function sampleOf(index) {
	return drawn('svg', { class: 'sample', 'aria-hidden': 'true', viewBox: '0 0 36 12' },
		drawn('path', { class: 'curve c' + index, d: 'M0 6H36', fill: 'none',
			'stroke-dasharray': DASHES[index] }),
		drawn('svg', { viewBox: '-18 -6 36 12' }, mark(index, 0, 0, null)));
}

function scaling(curves, says) {
	const scale = scaleOf(curves);
	const end = Math.min(scale.last, scale.first * scale.top);
	const cpus = [...new Set(curves.map((one) => one.cpus))].filter((n) => n >= scale.first && n <= scale.last);
	return [frame(says, gridLines(scale.top, scale.y, (value) => +value.toPrecision(3) + '×'),
		cpus.map((n) => [drawn('line', { class: 'mark', x1: across(scale.x(n)), x2: across(scale.x(n)),
			y1: 0, y2: PLOT_HEIGHT, 'data-tip': 'as many workers as CPUs: ' + n }),
		markLabel(scale.x(n), 0, things(n, 'CPU'))]),
		curve(steps(scale.first, end, scale, (n) => n / scale.first), { class: 'ideal' }),
		curves.map((one, i) => drawCurve(scale, one, i % 6)),
		axisLabels(scale.workers.map((n) => [scale.x(n), n]), 28),
		axisTitle('workers')),
	element('ul', { class: 'legend' }, curves.map((one, i) => element('li', {}, sampleOf(i % 6),
		curveName(one) + (one.cause ? ': ' + one.cause.id : ''))),
	element('li', {}, 'dotted: ideal'),
	curves.some((one) => one.points.some((point) => point.failed && !point.time))
		? element('li', {}, '✕ failed') : null,
	curves.some((one) => lawOf(one.law)) ? element('li', {}, 'wide band: the law that was fitted') : null)];
}

/* Workers down, curves across. */
function courseTable(curves, caption) {
	const rows = scaleOf(curves).workers.map((workers) => ({ workers, points: curves.map((one) =>
		list(one.points).find((point) => point.workers === workers)) }));
	const columns = [{ name: 'Workers', of: (row) => row.workers }];
	curves.forEach((one, i) => {
		const figures = (row) => (row.points[i] || {}).time || {};
		const shown = (format) => (value, row) => Number.isFinite(value) ? format(value)
			: (row.points[i] || {}).failed ? 'failed' : 'n/a';
		columns.push({ name: 'Time', of: (row) => figures(row).median_ns, text: shown(time) },
			{ name: 'Speed-up', of: (row) => figures(row).speedup,
			  text: shown((value) => value.toFixed(2) + '×') },
			{ name: 'Efficiency', of: (row) => figures(row).efficiency,
			  text: shown((value) => percent(value, 1)) });
	});
	return table(caption, columns, rows, curves.length > 1
		? [['', 1], ...curves.map((one) => [curveName(one), 3])] : null);
}

function accountParts(account) {
	return Object.fromEntries(ACCOUNT.map((name) => [name, figure((account || {})[name + '_ns'])]));
}

function accountTable(one, caption) {
	const perTask = (point) => (point.account || {}).tasks;
	const part = (name) => ({ name: name[0].toUpperCase() + name.slice(1), text: time,
		of: (point) => (point.account ? accountParts(point.account)[name] / (perTask(point) || 1) : null) });
	const share = (value) => (Number.isFinite(value) ? percent(value, 1) : 'n/a');
	return table(caption, [{ name: 'Workers', of: (point) => point.workers },
		...present(one.points.map((point) => accountParts(point.account))).map(part),
		{ name: 'Serial, measured', of: (point) => point.serial, text: share },
		{ name: 'Expected', of: (point) => (point.prediction || {}).time_ns, text: time },
		{ name: 'Off', of: (point) => (point.prediction || {}).off, text: share },
		{ name: 'Start', of: (point) => (point.account || {}).start_ns, text: time },
		{ name: 'Memory', of: (point) => (point.account || {}).memory_bytes, text: bytes },
		{ name: 'Lock', words: true, of: (point) => (point.account || {}).lock || '' },
		{ name: 'Ran alone', words: true, of: (point) => (point.account || {}).code || '' },
	], one.points);
}

function accounts(one) {
	const known = list(one.points).filter((point) => point.account);
	if (!known.length)
		return null;
	const parts = known.map((point) => accountParts(point.account));
	const name = curveName(one);
	return element('div', { class: 'account' }, element('h3', {}, name),
		picture('With ' + things(known[known.length - 1].workers, 'worker') + ': ' +
			say(parts[parts.length - 1]) + '.',
			bars(known.map((point, i) => ({ label: things(point.workers, 'worker'),
				bar: bar(parts[i], whole(parts[i]) || 1, name + ', ' + things(point.workers, 'worker')),
				value: time(whole(parts[i])) }))), legend(present(parts), STATE_SAYS)),
		folded('The account as a table', accountTable({ ...one, points: known },
			'Account of ' + name + (known.some((point) => point.account.tasks) ? ', per task' : ''))));
}

function showSweep(sweep) {
	const subjects = new Map();
	for (const one of list(sweep.curves).filter((each) => list(each.points).length))
		subjects.set(one.workload, [...(subjects.get(one.workload) || []), one]);
	let number = 0;
	for (const [workload, curves] of subjects) {
		const id = 'sweep' + ++number, subject = workload || 'command';
		const title = subjects.size > 1 ? subject + ': speed-up by workers' : 'Speed-up by workers';
		const says = curves.map((one) => curveName(one) + ': ' + (list(one.points).filter((point) => point.time)
			.map((point) => point.workers + ' workers ' + point.time.speedup.toFixed(2) + '×').join(', ') ||
			'no run succeeded')).join('; ') + '.';
		section(id, title, 'The median of the runs; a bar is from the slowest to the fastest.',
			picture('Speed-up of ' + subject + ' by the number of workers, against the first point; ' +
				'the figures are in the table.', scaling(curves, says)),
			courseTable(curves, 'Workers and what they gain: ' + subject));
		const rows = curves.map(accounts).filter(Boolean);
		if (rows.length)
			section(id + '-account', subjects.size > 1 ? subject + ': where the time went'
				: 'Where the time went', 'All threads of a point together, as shares.', rows);
	}
}
