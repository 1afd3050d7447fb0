// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/gathering.h"

#include <criterion/criterion.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/units.h"

/* A loop whose one descriptor says that something has come; it counts how often it was fetched. */
struct scene {
	sd_event *event;
	struct gathering gathering;
	int fd;
	unsigned int fetched;
	eventfd_t pieces;
};

static void fetch(void *context)
{
	struct scene *scene = context;
	eventfd_t pieces;

	cr_assert_eq(eventfd_read(scene->fd, &pieces), 0);
	scene->fetched++;
	scene->pieces += pieces;
}

static void open_scene(struct scene *scene)
{
	*scene = (struct scene){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) };
	cr_assert_geq(sd_event_new(&scene->event), 0);
	cr_assert_geq(gathering_start(scene->event, scene->fd, fetch, scene, &scene->gathering), 0);
}

static void close_scene(struct scene *scene)
{
	gathering_stop(&scene->gathering);
	sd_event_unref(scene->event);
	close(scene->fd);
}

static void turn_for(struct scene *scene, uint64_t us)
{
	uint64_t until_ns = monotonic_ns() + us * 1000, now_ns;

	while ((now_ns = monotonic_ns()) < until_ns)
		cr_assert_geq(sd_event_run(scene->event, (until_ns - now_ns) / 1000 + 1), 0);
}

Test(gathering, fetches_the_first_at_once)
{
	struct scene scene;

	open_scene(&scene);
	eventfd_write(scene.fd, 1);
	cr_assert_gt(sd_event_run(scene.event, 0), 0);
	cr_assert_eq(scene.fetched, 1);
	close_scene(&scene);
}

Test(gathering, fetches_together_what_comes_soon_after)
{
	uint64_t from_ns = monotonic_ns();
	struct scene scene;

	open_scene(&scene);
	for (int i = 0; i < 200; i++) {
		eventfd_write(scene.fd, 1);
		sd_event_run(scene.event, 0);
	}
	cr_assert_leq(scene.fetched, 2 + (monotonic_ns() - from_ns) / 1000 / GATHERING_US);
	turn_for(&scene, 3 * GATHERING_US);
	cr_assert_eq(scene.pieces, 200, "some was left");
	close_scene(&scene);
}

Test(gathering, of_nothing_sleeps)
{
	struct scene scene;

	open_scene(&scene);
	turn_for(&scene, 2 * GATHERING_US);
	cr_assert_eq(scene.fetched, 0);
	close_scene(&scene);
}
