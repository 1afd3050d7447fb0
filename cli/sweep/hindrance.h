/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure: how much of a run's time its workers kept each other from work. */
#ifndef PARTRACE_SWEEP_HINDRANCE_H
#define PARTRACE_SWEEP_HINDRANCE_H

#include "cli/sweep/account.h"

/* `account` has its states, and the time that the run took. */
struct predict_account hindrance_of(const struct report *report,
				    const struct sweep_account *account, unsigned int workers);

#endif
