/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hypervisor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "look.h"

#if defined(__x86_64__)
/* CPUID 1 ECX bit 31 is the hypervisor's; leaf 0x40000000 has its name. */
int hypervisor_find(char *buf, size_t size, struct error *e, const char *vendor)
{
	static const struct {
		const char *signature, *name;
	} names[] = {
		{ "KVMKVMKVM", "kvm" },	      { "TCGTCGTCGTCG", "qemu-tcg" },
		{ "Microsoft Hv", "hyperv" }, { "VMwareVMware", "vmware" },
		{ "XenVMMXenVMM", "xen" },    { "bhyve bhyve ", "bhyve" },
		{ "ACRNACRNACRN", "acrn" },
	};
	unsigned int a, b, c, d;
	char name[13] = "";
	size_t i;

	(void)e;
	(void)vendor;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31))
		return snprintf(buf, size, "none");
	__cpuid(0x40000000, a, b, c, d);
	memcpy(name, &b, 4);
	memcpy(name + 4, &c, 4);
	memcpy(name + 8, &d, 4);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strncmp(name, names[i].signature, 12))
			return snprintf(buf, size, "%s", names[i].name);
	}
	look_clean(name, strlen(name));
	return snprintf(buf, size, "unknown (CPUID \"%s\")", name);
}
#else
int hypervisor_find(char *buf, size_t size, struct error *e, const char *vendor)
{
	static const char *const vendors[] = { "QEMU",	 "Amazon EC2",
					       "Google", "Microsoft",
					       "VMware", "Xen" };
	size_t i;

	if (look_file(buf, size, NULL, "/sys/hypervisor/type") > 0 ||
	    look_file(buf, size, NULL,
		      "/proc/device-tree/hypervisor/compatible") > 0)
		return 0;
	/* The board that QEMU and kvmtool make up: no maker has it. */
	if (look_file(buf, size, NULL, "/proc/device-tree/model") > 0 &&
	    !strcmp(buf, "linux,dummy-virt"))
		return 0;
	if (look_file(buf, size, e, vendor) < 0)
		return error_set(e, ENOENT,
				 "no hypervisor node and no DMI to tell by");
	for (i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
		if (strstr(buf, vendors[i]))
			return 0;
	}
	return snprintf(buf, size, "none seen");
}
#endif
