/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "abilities.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_USER_MODE_ONLY /* headers before 5.11 */
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW /* headers before 6.1 */
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif
#ifndef SYS_memfd_secret /* headers before 5.14; one number everywhere */
#define SYS_memfd_secret 447
#endif

#define UFFD_DEVICE "/dev/userfaultfd"

static int uffd_by_call(int flags)
{
	int fd = (int)syscall(SYS_userfaultfd, flags);

	return fd < 0 ? -errno : fd;
}

/* The device asks for permission to open it and for nothing else. */
static int uffd_by_device(int flags)
{
	int dev = open(UFFD_DEVICE, O_RDWR | O_CLOEXEC), fd;

	if (dev < 0)
		return -errno;
	fd = ioctl(dev, USERFAULTFD_IOC_NEW, flags);
	if (fd < 0)
		fd = -errno;
	close(dev);
	return fd;
}

static int uffd_refused(int err, bool kernel_faults, struct error *e)
{
	const char *whose = kernel_faults ? "kernel-mode" : "user-mode";

	if (err == ENOSYS)
		return error_set(e, err,
				 "userfaultfd() is not in this kernel or is "
				 "hidden by a container: CONFIG_USERFAULTFD=y "
				 "and a seccomp profile that lets it pass are "
				 "needed");
	if (err != EPERM)
		return error_set(e, err, "userfaultfd for %s faults: %s", whose,
				 strerror(err));
	return error_set(e, err,
			 "userfaultfd for %s faults is not allowed to this "
			 "user: run as root, set vm.unprivileged_userfaultfd=1 "
			 "or allow this user to read and write " UFFD_DEVICE,
			 whose);
}

int ability_userfaultfd_open(bool kernel_faults, struct error *e)
{
	int fd, other;

	fd = uffd_by_call(O_CLOEXEC |
			  (kernel_faults ? 0 : UFFD_USER_MODE_ONLY));
	if (fd == -EINVAL && !kernel_faults)
		fd = uffd_by_call(O_CLOEXEC); /* before 5.11 */
	if (fd == -EPERM) {
		other = uffd_by_device(O_CLOEXEC);
		fd = other >= 0 ? other : fd;
	}
	return fd < 0 ? uffd_refused(-fd, kernel_faults, e) : fd;
}

int ability_userfaultfd(bool kernel_faults, struct error *e)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range.len = bytes,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = ability_userfaultfd_open(kernel_faults, e), ret = 0;
	void *page;

	if (fd < 0)
		return fd;
	page = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)page;
	if (page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		ret = error_set(e, errno, "userfaultfd: register a page: %s",
				strerror(errno));
	if (page != MAP_FAILED)
		munmap(page, bytes);
	close(fd);
	return ret;
}

static int secret_refused(int err, const char *what, struct error *e)
{
	if (err == ENOSYS)
		return error_set(e, err,
				 "memfd_secret() is not in this kernel or is "
				 "switched off: CONFIG_SECRETMEM=y is needed, "
				 "before 6.5 also secretmem.enable=1 on the "
				 "kernel's command line, on arm64 rodata=full");
	if (err == EAGAIN)
		return error_set(e, err,
				 "memory of memfd_secret() is locked memory "
				 "and RLIMIT_MEMLOCK is used up: raise it "
				 "(ulimit -l)");
	return error_set(e, err, "memfd_secret: %s: %s", what, strerror(err));
}

int ability_memfd_secret(struct error *e)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC), ret = 0;
	void *page;

	if (fd < 0)
		return secret_refused(errno, "open", e);
	if (ftruncate(fd, (off_t)bytes)) {
		ret = secret_refused(errno, "ftruncate", e);
		close(fd);
		return ret;
	}
	page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		ret = secret_refused(errno, "mmap", e);
		close(fd);
		return ret;
	}
	/* the kernel's touch, for it fails where a user's would be a SIGBUS */
	if (syscall(SYS_getcpu, page, NULL, NULL))
		ret = secret_refused(errno, "first touch", e);
	munmap(page, bytes);
	close(fd);
	return ret;
}
