// SPDX-License-Identifier: BSD-2-Clause
/* Columns and laws of `partrace sweep`. */
#include "cli/explain/words.h"

const struct word words_of_sweeps[] = {
	{ .name = "speed-up",
	  .also = "speedup",
	  .text = "The time with the fewest workers divided by the time with so many. 8 workers "
		  "that need a quarter of the time have a speed-up of 4.",
	  .command = "sudo partrace sweep cpu" },
	{ .name = "efficiency",
	  .also = "eff. eff",
	  .text = "Speed-up divided by how many times more workers there were: 100 % when each "
		  "one added as much as the first.",
	  .command = "sudo partrace sweep cpu" },
	{ .name = "serial",
	  .also = "serial-share serial-fraction serial-part",
	  .text = "The share of the work during which the others were held up by one, as "
		  "measured at this point. It bounds the speed-up: 10 % means at most 10 times, "
		  "with however many workers.",
	  .command = "sudo partrace sweep lock --kind phases" },
	{ .name = "expected",
	  .also = "prediction predicted",
	  .text = "The time that the account at half the workers foretells for this point. It "
		  "knows the CPUs and the serial share, nothing else.",
	  .command = "sudo partrace sweep cpu" },
	{ .name = "off",
	  .text = "How far the run was from the expected time. Far off means that something "
		  "came in with these workers that was not there with half of them.",
	  .command = "sudo partrace sweep cpu" },
	{ .name = "start",
	  .text = "The time it takes to make one worker, thread or process, before it runs.",
	  .command = "sudo partrace sweep cpu --mode threads,procs" },
	{ .name = "spread",
	  .text = "How far the runs of one point lie apart, as a share of their median. What "
		  "differs by less is noise.",
	  .command = "sudo partrace sweep cpu --repeat 5" },
	{ .name = "amdahl",
	  .also = "amdahl's-law amdahls-law law",
	  .text = "Amdahl's law: T(N) = T(1) x (s + (1 - s) / N). A serial share s bounds the "
		  "speed-up at 1 / s. Fitted where five points lie within the CPUs.",
	  .command = "sudo partrace sweep lock --kind phases" },
	{ .name = "usl",
	  .also = "universal-scalability-law sigma kappa",
	  .text = "The Universal Scalability Law: T(N) = T(1) / N x (1 + sigma (N - 1) + kappa N "
		  "(N - 1)). sigma is waiting for each other, kappa the cost of agreeing with "
		  "each other, which makes more workers slower in the end.",
	  .command = "sudo partrace sweep cpu --workers 1-8" },
	{ 0 },
};
