/* SPDX-License-Identifier: BSD-2-Clause */
/* The document stands in the page; charts are drawn from it once. */

const PRINTED_ROWS = 24;

function main() {
	const data = JSON.parse(document.getElementById('data').textContent);
	watchTips();
	if (Array.isArray(data.curves))
		showSweep(data);
	else
		showReport(data);
	/* What is folded away is printed, too, but for long tables of what a picture shows. */
	addEventListener('beforeprint', () => {
		for (const one of document.querySelectorAll('details:not([open])')) {
			if (one.querySelectorAll('tr').length > PRINTED_ROWS)
				continue;
			one.open = true;
			addEventListener('afterprint', () => (one.open = false), { once: true });
		}
	});
	document.documentElement.dataset.drawn = 'yes';
}

main();
