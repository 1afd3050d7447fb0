# SPDX-License-Identifier: BSD-2-Clause
# -v check=run|attach: judges a report by its sums. Latencies mean nothing in an emulated guest.

BEGIN { EDGE_NS = 10e6 }

# The value of the first line with KEY after the first line with SECTION.
function take(section, key,    i, at) {
	for (i = 1; i <= NR; i++) {
		if (!at && index(line[i], "\"" section "\":"))
			at = i
		if (at && index(line[i], "\"" key "\":")) {
			sub(/^[^:]*: */, "", line[i])
			sub(/,$/, "", line[i])
			return line[i]
		}
	}
	wrong("has no " section "." key)
}

function wrong(what) {
	print "the report " what
	bad = 1
}

function equal(section, key, want,    got) {
	got = take(section, key)
	if (got != want)
		wrong("says " section "." key " " got ", not " want)
}

# Each row's running, ready and waiting fill the thread's life inside the window. Of a thread that
# outlives it, up to what emulation does to an edge of the window, which is known by another clock.
function lives(want,    i, key, value, from, to, sum) {
	for (i = 1; i <= NR && !index(line[i], "\"threads\": ["); i++)
		;
	for (; i <= NR && line[i] !~ /^  \]/; i++) {
		key = value = line[i]
		gsub(/^ *"|":.*/, "", key)
		gsub(/^[^:]*: |,$/, "", value)
		if (line[i] ~ /^      "/)
			row[key] = value
		if (line[i] !~ /^    }/)
			continue
		from = row["started_ns"] > 0 ? row["started_ns"] : 0
		to = row["exited_ns"] == "null" ? take("window", "duration_ns") : row["exited_ns"]
		sum = row["running_ns"] + row["ready_ns"] + row["waiting_ns"]
		rows++
		if (row["exited_ns"] == "null" && sum > to - from - EDGE_NS && sum < to - from + EDGE_NS)
			continue
		if (!near(sum, to - from))
			wrong("accounts for another time than thread " row["tid"] " lived")
	}
	if (rows != want)
		wrong("has " rows + 0 " thread rows, not " want)
}

# Levels times time at them are the running time.
function levels(    i, level, sum) {
	for (i = 1; i <= NR && !index(line[i], "\"time_at_level_ns\": ["); i++)
		;
	for (i++; i <= NR && line[i] !~ /\]/; i++)
		sum += level++ * line[i]
	if (!near(sum, take("totals", "running_ns")))
		wrong("has a parallelism that adds up to " sum " ns")
}

function near(a, b) {
	return a >= 0.999 * b && a <= 1.001 * b
}

# A virtual CPU that the host holds up within a change of the parallelism makes the others give up
# waiting for it. The report says so; anything else that it lacks is wrong.
function incomplete(    i, others) {
	for (i = 1; i <= NR && !index(line[i], "\"reasons\": ["); i++)
		;
	for (i++; i <= NR && line[i] !~ /^ *\]/; i++) {
		print "incomplete:" line[i]
		others += line[i] !~ /[0-9] changes of the parallelism were lost/
	}
	if (others)
		wrong("is incomplete")
}

{ line[NR] = $0 }

END {
	complete = take("completeness", "complete") == "true"
	if (!complete)
		incomplete()
	if (check == "attach") {
		lives(1)
		if (take("totals", "running_ns") <= 0)
			wrong("saw nothing run")
		printf "running %.3f ms by the probes\n", take("totals", "running_ns") / 1e6
		exit bad
	}
	equal("totals", "threads", 2)
	equal("workload", "tasks", 4)
	lives(2)
	if (complete)
		levels()
	# Said, not judged: the workload looks at its account just before it blocks at the start line,
	# and what passes between the two is long when a virtual CPU is held up there.
	printf "running %.3f ms by the probes, of it %.3f ms stolen; %.3f ms by the workload\n",
		take("totals", "running_ns") / 1e6, take("totals", "stolen_ns") / 1e6,
		take("truth", "running_ns") / 1e6
	exit bad
}
