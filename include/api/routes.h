/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the daemon is found and what it answers: HTTP/1.1 and JSON over a Unix socket. */
#ifndef PARTRACE_API_ROUTES_H
#define PARTRACE_API_ROUTES_H

/* Threads that a daemon has room for. */
#define MAX_THREADS_DEFAULT 16384u
#define MAX_THREADS_LIMIT   1048576u

#define DAEMON_SOCKET "/run/partrace/partraced.sock"

/*
 *	GET    /v1/health               {"status": "ok", "partrace": VERSION}
 *	GET    /v1/host                 the report's host{}
 *	POST   /v1/sessions             session request (below) → 201 {"id": "ID",
 *	                                "left_out": children of the pids that are not watched}
 *	GET    /v1/sessions             {"sessions": [{"id", "kind", "started_at", "duration_ns",
 *	                                               "live_threads"}]}
 *	GET    /v1/sessions/ID          one of these
 *	GET    /v1/sessions/ID/report   the report up to now
 *	GET    /v1/sessions/ID/stream   a report each ?interval=1s, NDJSON, until the client goes
 *	GET    /v1/sessions/ID/timeline window, timeline and each thread's life of that report
 *	GET    /v1/sessions/ID/totals   window, totals, parallelism, probes, completeness of it
 *	DELETE /v1/sessions/ID          the final report; the session is gone
 *
 * A session request:
 *
 *	{"targets": {"pids": [4242, …],     processes, with all their threads
 *	             "tids": [4250, …],     single threads
 *	             "names": ["orderd"],   processes so named; patterns as of a shell; up to 64
 *	             "cgroups": ["cron"],   a path, a systemd unit or a container's ID
 *	             "all": false,          everything but PID 0
 *	             "tree": false},        the children that the pids have already, and theirs
 *	 "options": {"follow": true,        children and new threads become targets
 *	             "stacks": false,       threads[].frames: where each thread waits now
 *	             "ends_with_client": false},  close the session when the asking process ends;
 *	                                    else when nobody has asked for it in ten minutes
 *	 "target":  {…}}                    echoed as the report's target{}: kind, workload,
 *	                                    runtime, mode, workers, command; the daemon adds pids[]
 *
 * A client in another PID namespace than the daemon gets no session (403): its PIDs are others.
 *
 * Errors are application/problem+json (RFC 9457): type, title, status, detail.
 */
#define ROUTE_HEALTH   "/v1/health"
#define ROUTE_HOST     "/v1/host"
#define ROUTE_SESSIONS "/v1/sessions"

/* Bounds on what a client may ask for. */
#define REQUEST_BODY_MAX    (4u << 20)
#define SESSION_TARGETS_MAX 65536u

#endif
