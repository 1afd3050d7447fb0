// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/probe/features.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/owned.h"

static void btf_freep(struct btf **btf)
{
	btf__free(*btf);
}

static bool has_member(const struct btf *btf, const char *record, const char *member)
{
	__s32 id = btf__find_by_name_kind(btf, record, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	if (!type)
		return false;
	for (int i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), member))
			return true;
	return false;
}

/* Arguments of a BTF tracepoint, without the leading context pointer; -1 if there is none. */
static int tracepoint_arguments(const struct btf *btf, const char *typedef_name)
{
	__s32 id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	if (type)
		type = btf__type_by_id(btf, type->type);
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}

/* bpf_task_pt_regs came with 5.15; its helper enum is not in every BTF, so ask the release. */
static bool kernel_is_old(struct utsname *name)
{
	unsigned int major, minor;

	uname(name);
	if (sscanf(name->release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 5 || (major == 5 && minor < 15);
}

/* A PREEMPT_RT kernel has it, but refuses it (-EBUSY) wherever interrupts are off, as in a switch.
 */
static bool answers_find_vma(const struct btf *btf, const struct utsname *name)
{
	return btf__find_by_name_kind(btf, "bpf_find_vma", BTF_KIND_FUNC) > 0 &&
	       !strstr(name->version, "PREEMPT_RT");
}

int features_read(struct features *ret, char *why, size_t why_size)
{
	_cleanup_(btf_freep) struct btf *btf = NULL;
	struct utsname name;

	if (kernel_is_old(&name)) {
		snprintf(why, why_size, "Linux %s is too old: partrace needs Linux 5.15 or newer",
			 name.release);
		return -EOPNOTSUPP;
	}
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		snprintf(why, why_size,
			 "/sys/kernel/btf/vmlinux cannot be read: partrace needs a kernel with BTF "
			 "(CONFIG_DEBUG_INFO_BTF=y, as the distributions' kernels have it)");
		return -ENOENT;
	}
	ret->switch_state = tracepoint_arguments(btf, "btf_trace_sched_switch") >= 4;
	ret->typed_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	ret->find_vma = answers_find_vma(btf, &name);
	ret->rq_clock = has_member(btf, "sched_entity", "cfs_rq") &&
			has_member(btf, "cfs_rq", "rq") && has_member(btf, "rq", "clock_task");
	ret->sched_info = has_member(btf, "task_struct", "sched_info") &&
			  has_member(btf, "sched_info", "run_delay");
	return 0;
}
