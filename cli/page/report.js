/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a report. */

const THREAD_BARS = 24;
const LEVELS = 32;

function showTime(report) {
	const parts = statesOf(report.totals);
	/* Of thousands only what is drawn is taken apart into its states. */
	const threads = list(report.threads).map((thread) => ({ thread, whole: sum([thread.running_ns,
		thread.ready_ns, thread.waiting_ns]) })).sort((a, b) => b.whole - a.whole);
	const full = Math.max(threads.length ? threads[0].whole : 0, 1);
	const shown = threads.slice(0, THREAD_BARS);
	const names = present([parts]);
	const rest = threads.length - shown.length;
	const attached = (report.target || {}).kind === 'attach';
	section('time', 'Where thread time went', time(whole(parts)) + ' of ' +
		things(report.totals.threads, 'thread') + (attached ? ' in the ' +
			time((report.window || {}).duration_ns) + ' that were watched.' : ', start to exit.'),
		picture('All threads together: ' + say(parts) + '.',
			bars([{ label: 'all threads', bar: bar(parts, whole(parts) || 1, 'All threads'),
				value: time(whole(parts)) }]), legend(names, STATE_SAYS)),
		picture('Each thread; the longest bar is ' + time(full) + '.' + (rest > 0 ? ' The ' +
			things(rest, 'thread') + ' with less time ' + (rest === 1 ? 'is' : 'are') + ' in the table only.' : ''),
			bars(shown.map((row) => ({ label: person(row.thread),
				bar: bar(statesOf(row.thread), full, person(row.thread)),
				value: time(row.whole) })))),
		threadTable(threads, names));
}

function threadTable(threads, used) {
	const part = (name) => ({ name: name[0].toUpperCase() + name.slice(1), text: time,
		of: (row) => (row.parts ||= statesOf(row.thread))[name] });
	return table('Threads, by the time of their lives', [
		{ name: 'Thread', words: true, of: (row) => person(row.thread) },
		{ name: 'Started for', words: true, of: (row) => row.thread.start || '' },
		{ name: 'State', words: true, of: (row) => row.thread.state || '' },
		{ name: 'Whole', of: (row) => row.whole, text: time }, ...used.map(part),
		{ name: 'Criticality', of: (row) => row.thread.criticality_ns, text: time },
		{ name: 'Switches', of: (row) => sum(Object.values(row.thread.switches || {})), text: count },
		{ name: 'Migrations', of: (row) => row.thread.migrations, text: count },
	], threads);
}

function showParallelism(report) {
	const levels = list((report.parallelism || {}).time_at_level_ns);
	const all = sum(levels), cpus = (report.host || {}).cpus;
	if (!all)
		return;
	const most = largest(levels, 1);
	const rows = levels.map((ns, level) => ({ ns: figure(ns), level }));
	const shown = rows.slice(0, LEVELS);
	const mean = figure(report.parallelism.mean).toFixed(2);
	section('parallelism', 'Parallelism', 'For how long exactly so many threads were on a CPU at once.',
		picture('On the mean ' + mean + ' threads ran at once' +
			(cpus ? ' on ' + things(cpus, 'CPU') : '') + '; the most were ' +
			count(report.parallelism.max) + '.',
			bars(shown.map(({ ns, level }) => ({ label: level ? level + ' at once' : 'none',
				bar: bar({ [level ? 'running' : 'idle']: ns }, most,
					level ? things(level, 'thread') + ' at once' : 'no thread on a CPU',
					(value) => time(value) + ', ' + percent(value, all) + ' of the window'),
				value: percent(ns, all) })))),
		rows.length > LEVELS ? table('Time at each level', [
			{ name: 'Threads at once', of: (row) => row.level },
			{ name: 'Time', of: (row) => row.ns, text: time },
			{ name: 'Share', of: (row) => row.ns, text: (ns) => percent(ns, all) },
		], rows) : null);
}

const CULPRIT_COLUMNS = [
	{ name: 'Task', words: true, of: (one) => person(one) },
	{ name: 'Whose', words: true, of: (one) => one.kind || '' },
	{ name: 'Was ahead', of: (one) => one.ahead_ns, text: time },
	{ name: 'Times', of: (one) => one.ahead, text: count },
	{ name: 'Took the CPU', of: (one) => one.taken_ns, text: time },
];

function showRunQueue(report) {
	const queue = report.run_queue || {};
	const culprits = list(queue.culprits);
	if (!list(queue.histogram).some((bucket) => bucket.count > 0))
		return;
	const none = sum(queue.histogram.filter((bucket) => bucket.up_to_ns <= 1).map((bucket) => bucket.count));
	const says = things(queue.count, 'wait') + ' in a run queue: mean ' + time(queue.mean_ns) +
		', p50 ' + time(queue.p50_ns) + ', p90 ' + time(queue.p90_ns) + ', p99 ' + time(queue.p99_ns) +
		', max ' + time(queue.max_ns) + '.' + (none ? ' ' + things(none, 'wait') +
			' of no measurable time left out of the picture.' : '');
	section('runqueue', 'Run-queue wait', 'How long threads stood ready before they got a CPU.',
		picture(says, histogram(queue.histogram, [['p50', queue.p50_ns], ['p90', queue.p90_ns],
			['p99', queue.p99_ns]], says)),
		folded('The histogram as a table', table('Run-queue waits by their time', [
			{ name: 'Shorter than', of: (bucket) => bucket.up_to_ns, text: time },
			{ name: 'Waits', of: (bucket) => bucket.count, text: count },
		], list(queue.histogram))),
		culprits.length ? table('Whom they had to wait for, the worst first', CULPRIT_COLUMNS, culprits) : null);
}

function showCpus(report) {
	const cpus = list(report.cpus);
	if (!cpus.length)
		return;
	const parts = cpus.map((cpu) => ({ target: figure(cpu.target_ns), others: figure(cpu.other_ns),
		idle: figure(cpu.idle_ns) }));
	section('cpus', 'CPUs', 'What each CPU did in the window.',
		picture('All CPUs: ' + say(Object.fromEntries(['target', 'others', 'idle'].map((name) =>
			[name, sum(parts.map((one) => one[name]))]))) + '.',
			bars(cpus.slice(0, 128).map((cpu, i) => ({ label: 'cpu' + cpu.cpu,
				bar: bar(parts[i], whole(parts[i]) || 1, 'cpu' + cpu.cpu),
				value: percent(parts[i].target, whole(parts[i])) }))),
			legend(['target', 'others', 'idle'], { target: 'the target', others: 'anything else' })),
		folded('The CPUs as a table', table('Time of each CPU', [
			{ name: 'CPU', of: (cpu) => cpu.cpu },
			{ name: 'Target', of: (cpu) => cpu.target_ns, text: time },
			{ name: 'Others', of: (cpu) => cpu.other_ns, text: time },
			{ name: 'Idle', of: (cpu) => cpu.idle_ns, text: time },
			{ name: 'Stolen', of: (cpu) => cpu.stolen_ns, text: time },
		], cpus)));
}

function showProcesses(report) {
	const processes = list(report.processes);
	if (!processes.length)
		return;
	const memory = (key) => (one) => (one.memory || {})[key];
	section('processes', 'Processes', null, table('Processes of the target', [
		{ name: 'Process', words: true, of: (one) => (one.name || 'unnamed') + ' (' + one.pid + ')' },
		{ name: 'Command', words: true, of: (one) => one.command || '' },
		{ name: 'Threads', of: (one) => one.threads, text: count },
		{ name: 'Running', of: (one) => one.running_ns, text: time },
		{ name: 'Ready', of: (one) => one.ready_ns, text: time },
		{ name: 'Waiting', of: (one) => one.waiting_ns, text: time },
		{ name: 'PSS', of: memory('pss_bytes'), text: bytes },
		{ name: 'RSS', of: memory('rss_bytes'), text: bytes },
	], processes));
}

/* What the workload timed itself; all that is known of a run without probes. */
function showTruth(report) {
	const own = report.workload;
	if (!own)
		return;
	const rows = [['tasks', own.tasks], ['elapsed_ns', own.elapsed_ns],
		...Object.entries(own.truth || {}).filter(([, value]) => typeof value !== 'object')];
	const shown = (key, value) => key.endsWith('_ns') ? time(value)
		: typeof value === 'number' ? count(value) : String(value);
	section('truth', 'By the workload’s own clock', null, table('What the workload measured of itself', [
		{ name: 'Figure', words: true, of: ([key]) => key.replace(/_ns$/, '').replaceAll('_', ' ') },
		{ name: 'Value', of: ([, value]) => value, text: (value, [key]) => shown(key, value) },
	], rows));
}

function showNotes(report) {
	const notes = list(report.notes), probes = report.probes || {};
	const lines = [...notes];
	if (Number.isFinite(probes.ns_per_event))
		lines.push('Probes: ' + things(probes.events, 'switch', 'switches') + ' × ' +
			Math.round(probes.ns_per_event) + ' ns = ' +
			(figure(probes.share_of_cpu) * 100).toPrecision(2) + ' % of CPU time.');
	if (lines.length)
		section('notes', 'What to know of these figures', null,
			element('ul', {}, lines.map((line) => element('li', {}, line))));
}

function showReport(report) {
	showDeadlocks(list(report.deadlocks));
	if (report.totals && report.probes)
		showTime(report);
	showLocks(report);
	showFlame(told(report));
	showParallelism(report);
	showRunQueue(report);
	showCpus(report);
	showProcesses(report);
	showTruth(report);
	showNotes(report);
}
