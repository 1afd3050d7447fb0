/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks: waiters, lock and holder as a picture, a table of all, the deadlocks. */

const PICTURES = 5;
const PEOPLE = 3;
/* Below that, what was taken off the holders changes no holder's place. */
const EXCESS_SHARE = 0.01;

function few(people, total) {
	const names = people.slice(0, PEOPLE).map(person);
	const rest = total - names.length;
	return rest > 0 ? [...names, things(rest, 'other')] : names;
}

function box(kind, title, lines) {
	return element('div', { class: 'box ' + kind }, element('p', { class: 'kind' }, title),
		lines.map((line) => line instanceof Node ? line : element('p', {}, line)));
}

function arrow(text) {
	return element('div', { class: 'arrow' }, element('span', {}, text));
}

/* All that the holders, known or not, are blamed for. */
function blockedTime(lock) {
	return sum(list(lock.holders).map((one) => one.blocked_others_ns)) + figure(lock.unattributed_ns);
}

function holderBox(lock) {
	const holders = list(lock.holders), doing = lock.holder_state_ns || {};
	const lines = few(holders, holders.length);
	if (!lines.length)
		lines.push('not known');
	if (whole(doing) > 0)
		lines.push(element('p', { class: 'small' }, 'while others wait:'),
			bar(doing, whole(doing), 'Its holders, while others wait'),
			element('p', { class: 'small' }, say(doing)));
	if (lock.excess_ns > EXCESS_SHARE * blockedTime(lock))
		lines.push(element('p', { class: 'small' }, time(lock.excess_ns) + ' more than was blocked was ' +
			'blamed on holders, and taken off again: their shares are less sure.'));
	return box('holder', 'holder', lines);
}

/* waiters → lock → holder */
function lockPicture(lock) {
	const waiters = list(lock.waiters), first = list(lock.holders)[0];
	const caused = blockedTime(lock);
	const place = (lock.place || {}).file
		? lock.place.file + (Number.isFinite(lock.place.line) ? ':' + lock.place.line : '') : null;
	const name = lock.name || lock.id || 'a lock';
	const says = things(waiters.length, 'thread') + ' waited for ' + name + ', ' + time(lock.wait_ns) +
		' in ' + things(lock.waits, 'wait') + '; ' + (first ? 'its main holder was ' + person(first) +
		', who caused ' + percent(first.blocked_others_ns, caused) + ' of it.' : 'its holder is not known.');
	return element('figure', { class: 'chain' }, element('div', { class: 'flow' },
		box('waiters', things(waiters.length, 'waiter'), few(waiters, waiters.length)),
		arrow('wait ' + time(lock.wait_ns)),
		box('lock', lock.kind || 'lock', [element('p', { class: 'lockname' }, name),
			place ? element('p', { class: 'small' }, place) : null,
			things(lock.waits, 'wait') + ', longest ' + time(lock.max_wait_ns)].filter(Boolean)),
		arrow('held by'), holderBox(lock)), element('figcaption', {}, says));
}

const LOCK_COLUMNS = [
	{ name: 'Lock', words: true, of: (lock) => lock.name || lock.id || '' },
	{ name: 'Kind', words: true, of: (lock) => lock.kind || '' },
	{ name: 'Contended', words: true, of: (lock) => (lock.contended ? 'yes' : 'no') },
	{ name: 'Waits', of: (lock) => lock.waits, text: count },
	{ name: 'Wait', of: (lock) => lock.wait_ns, text: time },
	{ name: 'Longest', of: (lock) => lock.max_wait_ns, text: time },
	{ name: 'Waiters', of: (lock) => list(lock.waiters).length, text: count },
	{ name: 'Main holder', words: true,
	  of: (lock) => (list(lock.holders)[0] ? person(lock.holders[0]) : '') },
	{ name: 'Caused', of: (lock) => (list(lock.holders)[0] || {}).blocked_others_ns, text: time },
];

function showLocks(locks) {
	const contended = locks.filter((lock) => lock.contended);
	if (!locks.length)
		return;
	section('locks', 'Locks', contended.length
		? 'Who waited, for what, and who held it. A lock wait lasts until the thread runs again.'
		: 'No lock was contended; the waits below were for work or for each other.',
		contended.slice(0, PICTURES).map(lockPicture),
		table('All that was waited for in futexes, the longest waits first', LOCK_COLUMNS, locks));
}

function showFlame(locks) {
	const contended = locks.filter((lock) => lock.contended && lock.wait_ns > 0);
	if (!contended.some((lock) => list(lock.stacks).some((stack) => stack.role === 'waiter')))
		return;
	const stackless = sum(contended.map((lock) => lock.stackless_ns));
	const all = sum(contended.map((lock) => lock.wait_ns));
	const wide = contended.filter((lock) => lock.wait_ns >= all * FLAME_LEAST).length;
	const narrow = contended.length - Math.max(wide, Math.min(contended.length, FLAME_FIRST));
	section('flame', 'Flame graph of lock waits',
		'From where locks were waited for: a frame is as wide as the time of its waits. Press one to widen it, the lowest to see all.',
		picture(time(all) + ' of lock waits; ' + percent(stackless, all) + ' of the time has no stack.' +
			(narrow ? ' Too narrow to be drawn: ' + things(narrow, 'lock') + '.' : ''), flame(contended)));
}

/* ---- deadlocks ---- */

const WAITED_FOR = { join: 'for the end of a thread', child: 'for the end of a process' };

function deadlocked(thread, cycle) {
	const holder = cycle.find((other) => other.tid === thread.held_by_tid);
	const frames = list(thread.frames);
	return element('li', {}, element('p', {}, element('b', {}, person(thread)), ' waits ',
		WAITED_FOR[thread.waits_for] || 'for ',
		WAITED_FOR[thread.waits_for] ? null : element('b', {}, thread.lock_name || thread.lock || 'a lock'),
		', held by ', element('b', {}, holder ? person(holder) : String(thread.held_by_tid ?? 'nobody known'))),
	frames.length ? folded('Where it waits', element('ol', { class: 'stack' },
		frames.map((frame) => element('li', {}, frameSays(frame).split('\n').slice(0, 2).join(', '))))) : null);
}

function showDeadlocks(deadlocks) {
	if (!deadlocks.length)
		return;
	section('deadlocks', 'Deadlocks', 'Each waits for what the next one holds, the last for the first.',
		deadlocks.map((cycle, i) => element('div', { class: 'card problem' },
			element('h3', {}, 'Deadlock ' + (i + 1) + ': ' + things(list(cycle.threads).length, 'thread')),
			element('ol', { class: 'cycle' }, list(cycle.threads).map((thread) => deadlocked(thread, cycle.threads))))));
}
