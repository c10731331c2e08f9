/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A config. An error says where; a cell that is taken, spelled out and taken
 * again is the same cell, and so is the command that repeats it. Runs nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "plan.h"

static struct topo *machine(void)
{
	static struct topo topo;
	struct error e;

	if (!topo.nr_pus)
		fuzz_must(!topology_synthetic(&topo,
					      "package:2 numa:1 l3:2 core:4 "
					      "pu:2",
					      &e),
			  "%s", e.text);
	return &topo;
}

static void check_cell(const struct spec *cell)
{
	struct spec again;
	struct error e;
	char *key = pairs_key(&cell->pairs, NULL), *other;
	char *command = spec_command(cell);

	fuzz_must(!spec_parse(&again, &cell->pairs, machine(), &e),
		  "its own spelling is refused: %s: %s", key, e.text);
	other = pairs_key(&again.pairs, NULL);
	fuzz_must(!strcmp(key, other), "two spellings:\n%s\n%s", key, other);
	fuzz_must(!strpbrk(command, "\n\r"), "a command of two lines");
	free(command);
	free(other);
	free(key);
	spec_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct error e = { "" };
	struct plan plan;
	size_t i, *order;

	if (plan_load(&plan, path, machine(), &e)) {
		fuzz_must(!strncmp(e.text, path, strlen(path)),
			  "refused without a file: %s", e.text);
		return 0;
	}
	for (i = 0; i < plan.nr_cells && i < 20; i++)
		check_cell(&plan.cells[i]);
	order = calloc(plan.nr_cells, sizeof(*order));
	plan_order(&plan, plan.seed, plan.blocks - 1, order);
	fuzz_must(plan_total_s(&plan) > 0, "a plan that takes no time");
	free(order);
	plan_free(&plan);
	return 0;
}
