'use strict';
/* SPDX-License-Identifier: BSD-2-Clause */
/* Elements, figures with units, tooltips. Texts go in as text, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {}))
		if (value !== null && value !== undefined)
			node.setAttribute(name, value);
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined)
			node.append(child);
	return node;
}

function element(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

function list(value) {
	return Array.isArray(value) ? value : [];
}

/* Missing and null figures count as nothing in sums and bars. */
function figure(value) {
	return Number.isFinite(value) ? value : 0;
}

function sum(values) {
	return values.reduce((all, value) => all + figure(value), 0);
}

/* Without spreading, which has a limit of arguments. */
function largest(values, least) {
	return values.reduce((most, value) => Math.max(most, figure(value)), least || 0);
}

const grouped = new Intl.NumberFormat('en-US');

function count(value) {
	return Number.isFinite(value) ? grouped.format(value) : 'n/a';
}

function things(number, one, many) {
	return count(number) + ' ' + (number === 1 ? one : many || one + 's');
}

/* 104 ns, 1.20 µs, 12.0 ms, 100.3 ms, 5.07 s; a figure and its unit stay on one line. */
function time(ns) {
	if (!Number.isFinite(ns))
		return 'n/a';
	if (Math.abs(ns) < 1e3)
		return Math.round(ns) + '\u00a0ns';
	if (Math.abs(ns) >= 1e9)
		return new Intl.NumberFormat('en-US', {
			minimumFractionDigits: 2,
			maximumFractionDigits: 2,
		}).format(ns / 1e9) + '\u00a0s';
	const [unit, by] = Math.abs(ns) < 1e6 ? ['\u00a0µs', 1e3] : ['\u00a0ms', 1e6];
	return (ns / by).toFixed(Math.abs(ns / by) < 10 ? 2 : 1) + unit;
}

/* Of an axis, where 10 ms is not 10.0 ms. */
function tick(ns) {
	return time(ns).replace(/\.0+\u00a0/, '\u00a0');
}

function percent(part, whole) {
	return (whole > 0 ? (part / whole) * 100 : 0).toFixed(1) + '\u00a0%';
}

function bytes(value) {
	if (!Number.isFinite(value))
		return 'n/a';
	let unit = 0;
	while (value >= 1024 && unit < 4) {
		value /= 1024;
		unit++;
	}
	return (unit && value < 10 ? value.toFixed(1) : Math.round(value)) +
		[' B', ' KiB', ' MiB', ' GiB', ' TiB'][unit];
}

/* "name (tid)" */
function person(who) {
	return (who.name || 'unnamed') + ' (' + who.tid + ')';
}

/* ---- one tooltip for all marks that say something: data-tip ---- */

const tip = element('div', { id: 'tip', 'aria-hidden': 'true', hidden: '' });

function showTip(target, x, y) {
	tip.textContent = target.dataset.tip;
	tip.hidden = false;
	const box = tip.getBoundingClientRect();
	const wide = document.documentElement.clientWidth;
	tip.style.left = Math.max(4, Math.min(x + 12, wide - box.width - 4)) + 'px';
	tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + 'px';
}

function watchTips() {
	const find = (event) => event.target.closest && event.target.closest('[data-tip]');
	document.body.append(tip);
	document.addEventListener('pointermove', (event) => {
		const target = find(event);
		if (target)
			showTip(target, event.clientX, event.clientY);
		else
			tip.hidden = true;
	});
	document.addEventListener('focusin', (event) => {
		const target = find(event);
		tip.hidden = true;
		if (target) {
			const box = target.getBoundingClientRect();
			showTip(target, box.left, box.bottom - 14);
		}
	});
	document.addEventListener('keydown', (event) => {
		if (event.key === 'Escape')
			tip.hidden = true;
	});
	document.addEventListener('scroll', () => (tip.hidden = true), { passive: true });
}

/* ---- sections ---- */

const charts = document.getElementById('charts');
const nav = document.getElementById('nav');

/* A section with its heading and its place in the navigation. */
function section(id, title, note, ...children) {
	charts.append(element('section', { id, 'aria-labelledby': 'h-' + id },
		element('h2', { id: 'h-' + id }, title),
		note ? element('p', { class: 'note' }, note) : null, children));
	nav.append(element('a', { href: '#' + id }, title));
}

/* A picture; `says` is what it shows, for those who do not see it. */
function picture(says, ...children) {
	return element('figure', {}, children, element('figcaption', {}, says));
}

function folded(summary, ...children) {
	return element('details', {}, element('summary', {}, summary), children);
}
