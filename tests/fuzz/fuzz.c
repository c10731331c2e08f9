/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

_Noreturn void fuzz_die(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	/* not stderr, which a target may have turned elsewhere */
	dprintf(STDERR_FILENO, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vdprintf(STDERR_FILENO, fmt, ap);
	va_end(ap);
	dprintf(STDERR_FILENO, "\n");
	abort();
}

static void write_fd(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		fuzz_must(n > 0, "cannot write: %m");
		data += n;
		size -= (size_t)n;
	}
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[40];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz_must(fd >= 0 && !ftruncate(fd, 0), "memfd: %m");
	fuzz_must(!lseek(fd, 0, SEEK_SET), "memfd: %m");
	write_fd(fd, data, size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static char folder[PATH_MAX];

static void folder_empty(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static void folder_remove(void)
{
	folder_empty();
	rmdir(folder);
}

const char *fuzz_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	if (*folder) {
		folder_empty();
		return folder;
	}
	if (!tmp)
		tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	snprintf(folder, sizeof(folder), "%.1000s/faultline-fuzz-XXXXXX", tmp);
	fuzz_must(mkdtemp(folder), "%s: %m", folder);
	atexit(folder_remove);
	return folder;
}

void fuzz_write(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_must(fd >= 0, "%s: %m", path);
	write_fd(fd, data, size);
	close(fd);
}

char *fuzz_read(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	char *text;

	fuzz_must(f && !fstat(fileno(f), &st), "%s: %m", path);
	text = calloc(1, (size_t)st.st_size + 1);
	fuzz_must(text, "%s: %m", path);
	*size = fread(text, 1, (size_t)st.st_size, f);
	fclose(f);
	return text;
}

bool fuzz_is_printable(const char *text, size_t size, const char *but)
{
	size_t i, more = 0;

	for (i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if (more && (c & 0xc0) != 0x80)
			return false;
		if (more)
			more--;
		else if (!c || c == 0x7f ||
			 (c < ' ' && c != '\n' && !strchr(but, c)))
			return false;
		else if (c >= 0x80 && (c < 0xc2 || c > 0xf4))
			return false;
		else if (c >= 0x80)
			more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	}
	return !more;
}
