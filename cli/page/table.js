/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables that are sorted by a click on a heading. Of long ones a part is shown until all is asked for. */

const ROWS_FIRST = 50;
const collator = new Intl.Collator('en', { numeric: true });

/*
 * A column: name, of(row) what it is sorted by, text(value, row) what is shown; figures stand to the
 * right. Rows without the figure are last, however it is sorted.
 */
function compare(up) {
	return ({ value: left }, { value: right }) => {
		const none = (value) => value === null || value === undefined || value !== value;
		if (none(left) || none(right))
			return none(left) - none(right);
		const order = typeof left === 'string' || typeof right === 'string'
			? collator.compare(String(left), String(right))
			: left - right;
		return up ? order : -order;
	};
}

function cell(column, row, first) {
	const value = column.of(row);
	const shown = column.text ? column.text(value, row) : (value ?? 'n/a');
	return element(first ? 'th' : 'td',
		{ class: column.words ? null : 'figure', scope: first ? 'row' : null }, shown);
}

function heading(column, sort) {
	const button = element('button', { type: 'button' }, column.name);
	const head = element('th', { scope: 'col', class: column.words ? null : 'figure' }, button);
	button.addEventListener('click', () => sort(head));
	return head;
}

/* `groups`: [name, columns] of a row above the headings; may be left out. */
function groupRow(groups) {
	return groups && element('tr', { class: 'groups' }, groups.map(([name, columns]) =>
		element(name ? 'th' : 'td', { colspan: columns, scope: name ? 'colgroup' : null }, name)));
}

/* Words that no row has need no column. */
function table(caption, wanted, rows, groups) {
	const columns = wanted.filter((column, i) => !i || !column.words || !rows.length ||
		rows.some((row) => column.of(row) !== ''));
	const body = element('tbody');
	const more = element('button', { type: 'button', class: 'more' });
	let sorted = rows, shown = ROWS_FIRST;

	const show = () => {
		body.replaceChildren(...sorted.slice(0, shown).map((row) =>
			element('tr', {}, columns.map((column, i) => cell(column, row, i === 0)))));
		more.hidden = shown >= sorted.length;
		more.textContent = 'Show all ' + count(sorted.length) + ' rows';
	};
	const heads = columns.map((column) => heading(column, (head) => {
		const before = head.getAttribute('aria-sort');
		/* Figures begin with the largest, words with the first of the alphabet. */
		const up = before ? before === 'descending' : !!column.words;
		heads.forEach((other) => other.removeAttribute('aria-sort'));
		head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
		sorted = rows.map((row) => ({ row, value: column.of(row) })).sort(compare(up))
			.map((one) => one.row);
		show();
	}));
	more.addEventListener('click', () => {
		shown = rows.length;
		show();
	});
	show();
	return element('div', { class: 'table' },
		element('div', { class: 'scroll', tabindex: '0', role: 'region',
			'aria-label': caption },
			element('table', {}, element('caption', {}, caption),
				element('thead', {}, groupRow(groups), element('tr', {}, heads)), body)), more);
}
