// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
/* The variables that the daemon shares with the probes. */
#include "bpf/maps.h"

const volatile struct probe_settings settings = {};
struct probe_control control = {};
struct losses losses = {};

char LICENSE[] SEC("license") = "Dual BSD/GPL";
