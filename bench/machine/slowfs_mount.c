/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A FUSE file system that is mounted nowhere, by root or by an ordinary user.
 * Both descriptors come from system calls without a wrapper in older C
 * libraries. Source: fs/fsopen.c; fs/fuse/inode.c fuse_fill_super(), which
 * wants /dev/fuse opened in the user namespace that mounts.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "slowfs_server.h"

#define DEVICE "/dev/fuse"

static int device_open(struct error *e)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return error_set(e, errno,
				 "no " DEVICE ": the kernel needs "
				 "CONFIG_FUSE_FS (modprobe fuse), a container "
				 "needs the device");
	return error_set(e, errno,
			 DEVICE ": %s: run as root, or let this user read and "
				"write it (chmod 666, as most distributions "
				"do)",
			 strerror(errno));
}

static int parameter_set(int fs, const char *key, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, text,
			    0);
}

static int root_make(int fs, int dev)
{
	if (parameter_set(fs, "fd", dev) ||
	    parameter_set(fs, "rootmode", 40000) || /* octal: a directory */
	    parameter_set(fs, "user_id", geteuid()) ||
	    parameter_set(fs, "group_id", getegid()) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
}

static int try_here(int *root_fd, int *dev_fd, struct error *e)
{
	int dev = device_open(e), fs, ret;

	if (dev < 0)
		return dev;
	*root_fd = -1;
	fs = (int)syscall(SYS_fsopen, "fuse", FSOPEN_CLOEXEC);
	if (fs >= 0)
		*root_fd = root_make(fs, dev);
	if (*root_fd >= 0) {
		*dev_fd = dev;
		close(fs);
		return 0;
	}
	ret = error_set(e, errno, "a FUSE file system: %s", strerror(errno));
	if (fs >= 0)
		close(fs);
	close(dev);
	return ret;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* The same user and group as before, in a namespace where they may mount. */
static int user_namespace_enter(struct error *e)
{
	unsigned int uid = geteuid(), gid = getegid();
	char map[64];
	int err = 0;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		err = -errno;
	if (!err)
		err = write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (!err)
		err = write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	if (!err)
		err = write_file("/proc/self/gid_map", map);
	if (err)
		return error_set(e, -err,
				 "a FUSE file system takes root, or a user "
				 "namespace, which is refused to this user: %s",
				 strerror(-err));
	return 0;
}

int slowfs_mount(int *root_fd, int *dev_fd, struct error *e)
{
	int err = try_here(root_fd, dev_fd, e);

	if (err != -EPERM)
		return err;
	err = user_namespace_enter(e);
	return err ? err : try_here(root_fd, dev_fd, e);
}
