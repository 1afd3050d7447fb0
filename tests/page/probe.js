/* SPDX-License-Identifier: BSD-2-Clause */
/* Put into a page by tests/page/run: uses it as a reader does, and writes what is wrong into its root element. */
'use strict';
{
	const wrong = [];
	const expect = (holds, says) => holds || wrong.push(says);
	const all = (selector) => [...document.querySelectorAll(selector)];
	const texts = (body, column) => [...body.rows].map((row) => row.cells[column].textContent);

	const sorts = () => {
		for (const table of all('table')) {
			const heads = [...table.querySelectorAll('thead tr:last-child th')];
			const body = table.tBodies[0];
			expect(heads.every((head, i) => [...body.rows].some((row) => row.cells[i].textContent)),
				'a column of nothing: ' + heads.map((head) => head.textContent));
			heads.forEach((head, column) => {
				head.querySelector('button').click();
				const first = head.getAttribute('aria-sort');
				const one = texts(body, column);
				head.querySelector('button').click();
				const other = texts(body, column);
				expect(first && head.getAttribute('aria-sort') !== first, 'no second order: ' + head.textContent);
				expect(heads.filter((each) => each.hasAttribute('aria-sort')).length === 1, 'two orders at once');
				/* Of a table that is shown whole, the ends change places. */
				if (new Set(one).size === one.length && one.length > 1 && !one.includes('n/a') && !one.includes('failed') &&
				    !table.closest('.table').querySelector('.more:not([hidden])'))
					expect(one[0] === other[other.length - 1], 'not turned round: ' + head.textContent);
			});
			expect(table.caption && table.caption.textContent, 'a table without a caption');
		}
	};
	const isNamed = () => {
		for (const picture of all('svg[role=img]'))
			expect(picture.getAttribute('aria-label'), 'a picture without words');
		for (const section of all('section'))
			expect(document.getElementById(section.getAttribute('aria-labelledby')), 'a section without a heading');
		for (const figure of all('figure'))
			expect(figure.querySelector('figcaption'), 'a figure without a caption');
		for (const link of all('nav a'))
			expect(document.querySelector(link.getAttribute('href')), 'a link to nowhere');
		const ids = all('[id]').map((one) => one.id);
		expect(new Set(ids).size === ids.length, 'an id twice');
		expect(all('main, header, footer, nav').length === 4, 'landmarks');
	};
	const tellsExcess = () => {
		const locks = JSON.parse(document.getElementById('data').textContent).locks || [];
		const isOver = locks.some((lock) => lock.excess_ns >= lock.wait_ns && lock.contended);
		expect(all('.holder').some((box) => box.textContent.includes('taken off again')) === isOver,
			'what was taken off the holders is ' + (isOver ? 'not told' : 'told of nothing'));
	};
	/* A crowd once: its rows are told apart from all else, and summed nowhere again. */
	const tellsCrowds = () => {
		const data = JSON.parse(document.getElementById('data').textContent), crowds = data.lock_crowds || [];
		if (!crowds.length)
			return;
		const rows = data.locks.filter((lock) => crowds.some((crowd) => crowd.id === lock.crowd));
		const [told, summed] = all('#locks table').map((table) => texts(table.tBodies[0], 0));
		expect(told.length === data.locks.length - rows.length + crowds.length, 'not every wait once: ' + told);
		expect(told.some((name) => name === crowds[0].members + '× ' + crowds[0].name), 'no crowd: ' + told);
		expect(summed && rows.every((row) => summed.includes(row.name) && !told.includes(row.name)), 'rows of crowds: ' + summed);
		expect(document.querySelector('.lockname').textContent.includes('×'), 'no picture of the crowd');
		expect(all('.flow .arrow')[1].textContent === 'released by', 'who gave it up is said to hold it');
		expect(!all('.flame button').some((frame) => rows.some((row) => row.name === frame.textContent)), 'rows of crowds in the flame graph');
	};
	const isFlame = () => {
		const box = document.querySelector('.flame');
		if (!box)
			return;
		const before = box.textContent, root = box.querySelector('[tabindex="0"]');
		root.focus();
		root.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
		expect(document.activeElement !== root && box.contains(document.activeElement), 'no frame by arrow key');
		document.activeElement.click();
		expect(document.activeElement.style.width === '100%', 'a frame is not widened');
		box.querySelector('.f0').click();
		expect(box.textContent === before, 'the flame graph is not whole again');
	};
	const hovers = () => {
		const mark = document.querySelector('[data-tip]'), tip = document.getElementById('tip');
		if (!mark)
			return;
		mark.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 5, clientY: 5 }));
		expect(!tip.hidden && tip.textContent === mark.dataset.tip, 'no figures on hovering');
		tip.hidden = true;
	};
	/* Every chart that the document has figures for. */
	const isComplete = () => {
		const data = JSON.parse(document.getElementById('data').textContent);
		const queue = (data.run_queue || {}).histogram || [];
		const columns = queue.filter((bucket) => bucket.count > 0 && bucket.up_to_ns > 1).length;
		expect(all('#runqueue svg.plot .column').length === columns, 'not the run-queue histogram');
		expect(!data.parallelism || all('#parallelism svg.bar').length, 'no parallelism');
		expect(!(data.cpus || []).length || all('#cpus svg.bar').length === data.cpus.length, 'not every CPU');
		const done = (data.curves || []).some((one) => one.points.some((point) => point.time));
		expect(!done || all('svg.plot .point').length, 'no curve');
	};
	/* Texts of a plot: on the page, and none over another; the boxes of two lines touch. */
	const isReadable = () => {
		const right = document.documentElement.getBoundingClientRect().right;
		for (const plot of all('svg.plot')) {
			const texts = [...plot.querySelectorAll('text')].filter((one) => one.getClientRects().length);
			const boxes = texts.map((one) => one.getBoundingClientRect());
			boxes.forEach((box, i) => {
				expect(box.left >= 0 && box.right <= right, 'a label out of the page: ' + texts[i].textContent);
				boxes.slice(i + 1).forEach((other, j) => expect(
					box.right <= other.left || other.right <= box.left ||
					box.bottom <= other.top + 4 || other.bottom <= box.top + 4,
					'labels over each other: ' + texts[i].textContent + ' and ' + texts[i + 1 + j].textContent));
			});
			expect(all('svg.plot text:not(.title, .marked, [text-anchor=end])').length > 0, 'an axis without labels');
		}
	};
	const fits = () => {
		const root = document.documentElement;
		for (const one of all('main > *, main section > *, header > *, figure > *, .bars > .row > *'))
			expect(one.getBoundingClientRect().right <= root.getBoundingClientRect().right + 1, 'out of the page: ' + (one.id || one.className || one.tagName));
		expect(root.scrollWidth <= root.clientWidth, 'wider than the window: ' + root.scrollWidth + ' of ' + root.clientWidth);
		expect(!document.body.innerText.includes('[object') && !document.querySelector('main').innerText.includes('NaN') &&
			!document.querySelector('main').innerText.includes('undefined'), 'a value that is none');
		expect(all('[x="NaN%"], [y="NaN"], [d*="NaN"], [width="NaN%"], [height="NaN"]').length === 0, 'a mark without a place');
	};

	const root = document.documentElement;
	/* With its layout: until then there is nothing to see. */
	document.body.getBoundingClientRect();
	root.dataset.ms = Math.round(performance.now() - window.began);
	/* No window of the browser is narrower than 500 px; the page is, and follows the same rules. */
	if (location.hash === '#narrow')
		root.style.width = '400px';
	expect(root.dataset.drawn === 'yes', 'not drawn');
	fits();
	isComplete();
	sorts();
	isNamed();
	tellsExcess();
	tellsCrowds();
	isReadable();
	isFlame();
	hovers();
	expect(performance.getEntriesByType('resource').length === 0, 'something was fetched');
	expect(all('main b:not([class])').every((one) => one.children.length === 0), 'markup of a stranger');
	root.dataset.width = Math.round(root.getBoundingClientRect().width);
	root.dataset.charts = all('svg.bar, svg.plot, .flame, .flow').length;
	root.dataset.paper = getComputedStyle(document.body).backgroundColor;
	root.dataset.wrong = [...wrong, ...(window.failures || [])].join('; ');
}
