/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control: a busy CPU beside the workers that leaves the address space
 * alone. What it does to the faults is the price of company (shared caches,
 * turbo, the hypervisor), not of a lock. */
#include "scenario.h"

static void op(void)
{
	volatile unsigned int turns;

	for (turns = 0; turns < 500; turns++)
		;
}

const struct antagonist antagonist_spin = {
	.title = "a busy CPU beside, no address-space work: the control",
	.story =
		"Spins in user mode. It takes no lock of the mm, makes no system\n"
		"call and touches no memory but its own. What the faults lose\n"
		"beside it is the price of company, and is subtracted in thought\n"
		"from what the other antagonists cost.",
	.op = op,
};
