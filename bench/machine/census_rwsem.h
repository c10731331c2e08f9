/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap_lock on kernels before 5.11, which have no tracepoints of it: it is a
 * rw_semaphore (include/linux/mmap_lock.h), and all that is done to it is one
 * call of kernel/locking/rwsem.c. Hooked are these calls; what they tell is
 * what the tracepoints do, of the mmap_lock of the thread's own memory alone.
 * Included by census.bpf.c alone; CENSUS_FEXIT only.
 */
#ifndef MACHINE_CENSUS_RWSEM_H
#define MACHINE_CENSUS_RWSEM_H

/* The thread's memory when this is its mmap_lock. Any other semaphore of the
 * machine comes here too: whether the thread is watched is asked first. */
static struct mm_struct *mm_of(struct rw_semaphore *sem)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mm_struct *mm;
	uint64_t lock;

	if (!slot_mine())
		return NULL;
	mm = BPF_CORE_READ(task, mm);
	lock = (uint64_t)mm + bpf_core_field_offset(mm->mmap_lock);
	return mm && lock == (uint64_t)sem ? mm : NULL;
}

static int sem_end(struct rw_semaphore *sem, bool write, bool success)
{
	struct mm_struct *mm = mm_of(sem);

	return mm ? lock_end(mm, write, success) : 0;
}

static int sem_let_go(struct rw_semaphore *sem)
{
	struct mm_struct *mm = mm_of(sem);

	return mm ? lock_let_go(mm) : 0;
}

#define SEM_BEGINS(function)                                                   \
	SEC("fentry/" #function)                                               \
	int BPF_PROG(sem_##function##_begins, struct rw_semaphore *sem)        \
	{                                                                      \
		return mm_of(sem) ? lock_begin() : 0;                          \
	}

/* Always succeeds. */
#define SEM_TAKES(function, write)                                             \
	SEC("fexit/" #function)                                                \
	int BPF_PROG(sem_##function, struct rw_semaphore *sem)                 \
	{                                                                      \
		return sem_end(sem, write, true);                              \
	}

/* Succeeded when it returns this. */
#define SEM_TRIES(function, write, success)                                    \
	SEC("fexit/" #function)                                                \
	int BPF_PROG(sem_##function, struct rw_semaphore *sem, int result)     \
	{                                                                      \
		return sem_end(sem, write, result == success);                 \
	}

#define SEM_LETS_GO(function)                                                  \
	SEC("fentry/" #function)                                               \
	int BPF_PROG(sem_##function, struct rw_semaphore *sem)                 \
	{                                                                      \
		return sem_let_go(sem);                                        \
	}

/* clang-format off */
SEM_BEGINS(down_read)
SEM_TAKES(down_read, false)
SEM_BEGINS(down_read_killable)
SEM_TRIES(down_read_killable, false, 0)
SEM_TRIES(down_read_trylock, false, 1)
SEM_BEGINS(down_write)
SEM_TAKES(down_write, true)
SEM_BEGINS(down_write_killable)
SEM_TRIES(down_write_killable, true, 0)
SEM_TRIES(down_write_trylock, true, 1)
/* Held for reading from now on; mmap_write_downgrade() traces it so. */
SEM_TAKES(downgrade_write, false)
SEM_LETS_GO(up_read)
SEM_LETS_GO(up_write)
/* clang-format on */

#endif
