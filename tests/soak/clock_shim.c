/* The time of day, shifted by so many nanoseconds as stand in the file that SOAK_CLOCK names; loaded by LD_PRELOAD.

   A wait until a time of day follows it when it is set meanwhile, as the kernel's own does: set back an hour, it lasts
   an hour longer. It is done in slices, whose ends are shifted back, as the kernel knows the true time. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t SECOND = 1000000000;
static const int64_t SLICE = 10000000;
static const time_t YEAR_2001 = 1000000000; /* what is later is a time of day, and no time since the start */
static volatile const int64_t *shift;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SOAK_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) shift = mapped;
}

static struct timespec shifted(struct timespec at, int64_t by) {
    int64_t ns = at.tv_sec * SECOND + at.tv_nsec + by;
    return (struct timespec){ns / SECOND, ns % SECOND};
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = (int)syscall(SYS_clock_gettime, clock, at);
    if (!failed && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) *at = shifted(*at, *shift);
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (!clock_gettime(CLOCK_REALTIME, &now)) *at = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

static struct timespec now_of(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return at;
}

static int is_before(struct timespec one, struct timespec other) {
    return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec < other.tv_nsec;
}

/* The end of the next slice of a wait until a time of day, as the kernel knows it. */
static struct timespec slice_of(struct timespec until) {
    struct timespec now = now_of(CLOCK_REALTIME), slice = shifted(now, SLICE);
    return shifted(is_before(until, slice) ? until : slice, -*shift);
}

static int is_shifted(const struct timespec *until) { return shift && until->tv_sec > YEAR_2001; }

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!real) real = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!real) real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    if (!is_shifted(until)) return real(condition, mutex, until);
    for (;;) {
        struct timespec slice = slice_of(*until);
        int ended = real(condition, mutex, &slice);
        if (ended != ETIMEDOUT || !is_before(now_of(CLOCK_REALTIME), *until)) return ended;
    }
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    static int (*real)(sem_t *, const struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "sem_timedwait");
    if (!is_shifted(until)) return real(semaphore, until);
    for (;;) {
        struct timespec slice = slice_of(*until);
        int failed = real(semaphore, &slice);
        if (!failed || errno != ETIMEDOUT || !is_before(now_of(CLOCK_REALTIME), *until)) return failed;
    }
}
