# SPDX-License-Identifier: BSD-2-Clause
# -v check=run|attach: judges a report by its sums. Latencies mean nothing in an emulated guest.

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

# Every row's running, ready and waiting fill its life inside the window, to the nanosecond or nearly.
function lives(    i, key, value, life) {
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
		life = row["exited_ns"] - (row["started_ns"] > 0 ? row["started_ns"] : 0)
		rows++
		if (!near(row["running_ns"] + row["ready_ns"] + row["waiting_ns"], life))
			wrong("accounts for another time than thread " row["tid"] " lived")
	}
	if (rows != 2)
		wrong("has " rows + 0 " thread rows")
}

function near(a, b) {
	return a >= 0.999 * b && a <= 1.001 * b
}

{ line[NR] = $0 }

END {
	if (take("completeness", "complete") != "true")
		wrong("is incomplete")
	if (check == "attach") {
		if (take("totals", "running_ns") <= 0)
			wrong("saw nothing run")
		exit bad
	}
	equal("totals", "threads", 2)
	equal("workload", "tasks", 4)
	lives()
	stolen = take("totals", "stolen_ns")
	probes = take("totals", "running_ns") - stolen
	truth = take("truth", "running_ns")
	printf "running %.3f ms by the probes, without %.3f ms stolen; %.3f ms by the workload\n",
		probes / 1e6, stolen / 1e6, truth / 1e6
	# Each leaves out a bit of the threads' start and end that the other counts, and which
	# emulation stretches.
	if (probes < 0.9 * truth)
		wrong("misses running time")
	exit bad
}
