/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share. A target is LLVMFuzzerTestOneInput() in a file
 * of its own: it gives some bytes to one parser, and dies (by a sanitizer, or
 * by fuzz_must()) when that did what no input may make it do. libFuzzer calls
 * it in the build `fuzz`; in all others replay.c does, with stored inputs.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A name of a file without a place in any folder that holds just these bytes,
 * until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* A folder of this process's own, empty, in $TMPDIR or /dev/shm; whatever is in
 * it is removed by the next call, all of it when the process exits. */
const char *fuzz_folder(void);

/* Writes folder/name, for its owner alone. */
void fuzz_write(const char *path, const uint8_t *data, size_t size);

/* The whole of a file; malloc'ed, with a NUL behind it. */
char *fuzz_read(const char *path, size_t *size);

/* Ends the process, which is a finding, and says why. */
#define fuzz_must(ok, ...)                                                     \
	do {                                                                   \
		if (!(ok))                                                     \
			fuzz_die(__FILE__, __LINE__, __VA_ARGS__);             \
	} while (0)
_Noreturn void fuzz_die(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Nothing that a terminal obeys: no control character but line ends and those
 * in `but`, no byte that is not UTF-8. */
bool fuzz_is_printable(const char *text, size_t size, const char *but);

#endif
