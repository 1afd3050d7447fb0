/* SPDX-License-Identifier: BSD-2-Clause */
/* Put before all else of a page by tests/page/run: what fails, and what it tried to load. */
'use strict';
window.began = performance.now();
window.failures = [];
addEventListener('error', (event) => failures.push('error: ' + event.message));
addEventListener('securitypolicyviolation', (event) => failures.push('tried to load ' + event.blockedURI));
