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
	const lines = few(holders, holders.length + figure(lock.more_holders));
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

/* Holders that are not proven by the lock's own memory are not said to hold it. */
const HOLDER_ARROWS = { releaser: 'released by', waker: 'woken by' };

/* Those with a row, and those that are only counted. */
function waitersOf(lock) {
	return list(lock.waiters).length + figure(lock.more_waiters);
}

/* waiters → lock → holder */
function lockPicture(lock) {
	const waiters = list(lock.waiters), first = list(lock.holders)[0];
	const caused = blockedTime(lock);
	const place = (lock.place || {}).file
		? lock.place.file + (Number.isFinite(lock.place.line) ? ':' + lock.place.line : '') : null;
	const name = lockName(lock) || 'a lock';
	const says = things(waitersOf(lock), 'thread') + ' waited for ' + name + ', ' + time(lock.wait_ns) +
		' in ' + things(lock.waits, 'wait') + '; ' + (first ? 'its main holder was ' + person(first) +
		', who caused ' + percent(first.blocked_others_ns, caused) + ' of it.' : 'its holder is not known.');
	return element('figure', { class: 'chain' }, element('div', { class: 'flow' },
		box('waiters', things(waitersOf(lock), 'waiter'), few(waiters, waitersOf(lock))),
		arrow('wait ' + time(lock.wait_ns)),
		box('lock', lock.kind || 'lock', [element('p', { class: 'lockname' }, name),
			place ? element('p', { class: 'small' }, place) : null,
			things(lock.waits, 'wait') + ', longest ' + time(lock.max_wait_ns)].filter(Boolean)),
		arrow(first && HOLDER_ARROWS[first.evidence] || 'held by'), holderBox(lock)), element('figcaption', {}, says));
}

/*
 * All that is waited for, each wait in one of them, the longest first: a crowd in place of its rows,
 * which are but the words that one thread each sleeps on.
 */
function told(report) {
	const crowds = list(report.lock_crowds), summed = new Set(crowds.map((crowd) => crowd.id));
	return [...crowds, ...list(report.locks).filter((lock) => !summed.has(lock.crowd))]
		.sort((a, b) => !!b.contended - !!a.contended || figure(b.wait_ns) - figure(a.wait_ns));
}

function lockName(lock) {
	return (lock.members > 1 ? count(lock.members) + '× ' : '') + (lock.name || lock.id || '');
}

const LOCK_COLUMNS = [
	{ name: 'Lock', words: true, of: lockName },
	{ name: 'Kind', words: true, of: (lock) => lock.kind || '' },
	{ name: 'Contended', words: true, of: (lock) => (lock.contended ? 'yes' : 'no') },
	{ name: 'Waits', of: (lock) => lock.waits, text: count },
	{ name: 'Wait', of: (lock) => lock.wait_ns, text: time },
	{ name: 'Longest', of: (lock) => lock.max_wait_ns, text: time },
	{ name: 'Waiters', of: waitersOf, text: count },
	{ name: 'Main holder', words: true,
	  of: (lock) => (list(lock.holders)[0] ? person(lock.holders[0]) : '') },
	{ name: 'Caused', of: (lock) => (list(lock.holders)[0] || {}).blocked_others_ns, text: time },
];

/* The rows that crowds sum. */
function rowsOfCrowds(report) {
	const names = new Map(list(report.lock_crowds).map((crowd) => [crowd.id, lockName(crowd)]));
	const rows = list(report.locks).filter((lock) => names.has(lock.crowd));
	if (!rows.length)
		return null;
	return folded('The ' + things(rows.length, 'row') + ' that the lines with × are the sum of',
		table('Words that one thread each sleeps on: no locks, but what is seen of some', [LOCK_COLUMNS[0],
			{ name: 'Summed as', words: true, of: (lock) => names.get(lock.crowd) },
			...LOCK_COLUMNS.slice(3)], rows));
}

const CROWD_SAYS = ' A line with × is the sum of so many rows: threads that wait in that function, each on a word ' +
	'of its own. Which lock it takes is not in these.';

function showLocks(report) {
	const locks = told(report);
	const contended = locks.filter((lock) => lock.contended);
	if (!locks.length)
		return;
	section('locks', 'Locks', contended.length
		? 'Who waited, for what, and who held it. A lock wait lasts until the thread runs again.' +
			(list(report.lock_crowds).length ? CROWD_SAYS : '')
		: 'No lock was contended; the waits below were for work or for each other.',
		contended.slice(0, PICTURES).map(lockPicture),
		table('All that was waited for in futexes, the longest waits first', LOCK_COLUMNS, locks),
		rowsOfCrowds(report));
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
