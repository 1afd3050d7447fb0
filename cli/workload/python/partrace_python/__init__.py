# SPDX-License-Identifier: BSD-2-Clause
"""The workloads of partrace_workload.py, a concern each."""
