/* SPDX-License-Identifier: BSD-2-Clause */
/* Flame graph of lock waits: the lock below, the innermost frame on top of its callers. */

const FLAME_ROW = 22;
const FLAME_LEAST = 0.004; /* of the whole: what is narrower can hardly be seen */
const FLAME_FIRST = 40;    /* so many locks are drawn however narrow they are */

function frameName(frame) {
	if (frame.function)
		return frame.function;
	const module = (frame.module || 'unknown').split('/').pop();
	return '[' + module + (Number.isFinite(frame.offset) ? '+0x' + frame.offset.toString(16) : '') + ']';
}

function frameSays(frame) {
	return frameName(frame) + (frame.file ? '\n' + frame.file +
		(Number.isFinite(frame.line) ? ':' + frame.line : '') : '') +
		(frame.module ? '\n' + frame.module : '');
}

function grow(parent, name, says, ns) {
	let child = parent.children.get(name);
	if (!child) {
		child = { name, says: says(), ns: 0, children: new Map(), parent };
		parent.children.set(name, child);
	}
	child.ns += ns;
	return child;
}

function flameTree(locks) {
	const root = { name: 'all lock waits', says: 'all lock waits', ns: 0, children: new Map() };
	for (const lock of locks) {
		const name = lock.name || lock.id || 'lock';
		const base = grow(root, name, () => name, figure(lock.wait_ns));
		base.locks = [...(base.locks || []), lock];
		root.ns += figure(lock.wait_ns);
	}
	return root;
}

/* The frames over a lock are made when it is wide enough to be seen: there may be thousands. */
function branches(node) {
	for (const lock of node.locks || [])
		for (const stack of list(lock.stacks).filter((one) => one.role === 'waiter')) {
			let at = node;
			for (const frame of list(stack.frames).slice().reverse())
				at = grow(at, frameName(frame), () => frameSays(frame), figure(stack.wait_ns));
		}
	node.locks = null;
	return [...node.children.values()].sort((a, b) => b.ns - a.ns);
}

/* What is drawn when `focus` is as wide as the graph: its line of callers whole, then its callees. */
function layOut(focus) {
	const shown = [], line = [];
	for (let node = focus; node; node = node.parent)
		line.unshift(node);
	line.forEach((node, depth) => shown.push({ node, depth, x: 0, width: 1 }));
	const walk = (node, depth, x, width) => {
		let at = x;
		const children = branches(node);
		/* Should stacks sum to more than their lock, they share its width. */
		const all = Math.max(node.ns, sum(children.map((child) => child.ns)));
		children.forEach((child, i) => {
			const part = all > 0 ? (width * child.ns) / all : 0;
			if (part < FLAME_LEAST && (node !== focus || i >= FLAME_FIRST))
				return;
			shown.push({ node: child, depth, x: at, width: part });
			if (part >= FLAME_LEAST)
				walk(child, depth + 1, at, part);
			at += part;
		});
	};
	walk(focus, line.length, 0, 1);
	return shown;
}

/* From one frame to the next by the arrow keys: up to callees, down to callers, aside to siblings. */
function flameNeighbour(shown, from, key) {
	const level = { ArrowUp: 1, ArrowDown: -1 }[key];
	const middle = from.x + from.width / 2;
	if (level === 1)
		return shown.find((one) => one.node.parent === from.node);
	if (level === -1)
		return shown.find((one) => one.node === from.node.parent);
	const row = shown.filter((one) => one.depth === from.depth).sort((a, b) => a.x - b.x);
	return row[row.findIndex((one) => one.x + one.width / 2 === middle) + (key === 'ArrowRight' ? 1 : -1)];
}

function flameButton(one, root, deepest) {
	const says = one.node.says + '\n' + time(one.node.ns) + ' (' + percent(one.node.ns, root.ns) + ')';
	return element('button', {
		type: 'button', class: 'frame f' + (one.depth < 2 ? one.depth : 2 + (one.node.name.length % 3)),
		style: 'left:' + one.x * 100 + '%;width:' + one.width * 100 + '%;top:' +
			(deepest - one.depth) * FLAME_ROW + 'px',
		'data-tip': says, 'aria-label': says.replaceAll('\n', ', '), tabindex: '-1',
	}, one.width > 0.02 ? one.node.name : '');
}

function flame(locks) {
	const root = flameTree(locks);
	const box = element('div', { class: 'flame', role: 'group', 'aria-label':
		'Flame graph of lock waits; arrow keys move between frames, Enter widens one' });
	let shown, buttons;
	const draw = (focus, keep) => {
		shown = layOut(focus);
		const deepest = largest(shown.map((one) => one.depth));
		box.style.height = (deepest + 1) * FLAME_ROW + 'px';
		buttons = shown.map((one) => flameButton(one, root, deepest));
		box.replaceChildren(...buttons);
		const at = shown.findIndex((one) => one.node === focus);
		buttons[at].tabIndex = 0;
		if (keep)
			buttons[at].focus({ preventScroll: true });
	};
	box.addEventListener('click', (event) => {
		const at = buttons.indexOf(event.target);
		if (at >= 0)
			draw(shown[at].node, true);
	});
	box.addEventListener('keydown', (event) => {
		const at = buttons.indexOf(event.target);
		if (at < 0 || !event.key.startsWith('Arrow'))
			return;
		const next = buttons[shown.indexOf(flameNeighbour(shown, shown[at], event.key))];
		event.preventDefault();
		if (!next)
			return;
		event.target.tabIndex = -1;
		next.tabIndex = 0;
		next.focus();
	});
	draw(root, false);
	return box;
}
