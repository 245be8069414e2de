/* Faults below the program: LD_PRELOAD this between an exchange and its C library.
 *
 * Calls that change files whose path holds `match` are counted. At a chosen one the process dies (before it,
 * half-way or after it, with or without what was not synced yet), or chosen ones fail with an errno. The wall
 * clock may be moved. All is ruled by one file that is mapped into memory: struct control, see shim.py.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, TRUNCATE = 4, REMOVE = 8 };
enum { BEFORE, TORN, AFTER };
enum { KEEP, LOSE_ALL, LOSE_SOME };
enum { DIRTY, SYNCED, DOOMED };

#define TRACED 16384

struct control {
    int64_t armed, count, kill_at, kill_mode, power, seed;
    int64_t fail_ops, fail_errno, fail_from, fail_until, failed, clock_offset_ns;
    char match[160];
    uint8_t trace[TRACED];
};

/* One change of a file that no sync has covered yet, or that stands behind one that was lost. */
struct change {
    struct change *former, *next;
    dev_t device;
    ino_t inode;
    int descriptor, state, truncates;
    int64_t size_before, size_after, at, before_bytes, after_bytes;
    char *before, *after;
};

static struct control *control;
static struct change *oldest, *newest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *), (*real_rename)(const char *, const char *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void start(void)
{
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("CFX_FAULTS_CONTROL");
    int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0)
        return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED)
        control = mapped;
    close(descriptor);
}

static int matches(const char *path) { return strstr(path, control->match) != NULL; }

static int watched(int descriptor)
{
    char link[64], path[4096];
    if (!control || !control->armed)
        return 0;
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length <= 0)
        return 0;
    path[length] = 0;
    return matches(path);
}

/* ------------------------------------------------------------------ what a loss of power would take */

/* A descriptor of the file that is never closed: closing any gives up all locks that the process has on it. */
static int lasting(int descriptor, const struct stat *status)
{
    static struct { dev_t device; ino_t inode; int descriptor; } kept[64];
    static int count;
    for (int at = 0; at < count; at++)
        if (kept[at].device == status->st_dev && kept[at].inode == status->st_ino)
            return kept[at].descriptor;
    if (count == 64)
        abort();
    kept[count].device = status->st_dev, kept[count].inode = status->st_ino;
    return kept[count++].descriptor = dup(descriptor);
}

static void keep_change(int descriptor, int64_t at, const void *content, int64_t bytes, int truncates)
{
    struct stat status;
    struct change *one = calloc(1, sizeof *one);
    if (!one || fstat(descriptor, &status))
        abort();
    one->device = status.st_dev, one->inode = status.st_ino;
    one->descriptor = lasting(descriptor, &status);
    one->truncates = truncates;
    one->size_before = status.st_size;
    one->at = at;
    if (truncates) {
        one->size_after = at;
        one->before_bytes = at < status.st_size ? status.st_size - at : 0;
    } else {
        one->after_bytes = bytes;
        one->before_bytes = at < status.st_size ? status.st_size - at : 0;
        if (one->before_bytes > bytes)
            one->before_bytes = bytes;
        one->after = malloc(bytes + 1);
        memcpy(one->after, content, bytes);
    }
    one->before = malloc(one->before_bytes + 1);
    if (pread(descriptor, one->before, one->before_bytes, at) != one->before_bytes)
        abort();
    one->former = newest;
    *(newest ? &newest->next : &oldest) = one;
    newest = one;
}

/* A sync that failed may have dropped what it should have written, and later ones do not tell. */
static void synced(int descriptor, int state)
{
    struct stat status;
    if (fstat(descriptor, &status))
        return;
    for (struct change *one = oldest; one; one = one->next)
        if (one->state == DIRTY && one->inode == status.st_ino && one->device == status.st_dev)
            one->state = state;
    while (oldest && oldest->state == SYNCED) {
        struct change *gone = oldest;
        oldest = gone->next;
        *(oldest ? &oldest->former : &newest) = NULL;
        free(gone->before), free(gone->after), free(gone);
    }
}

static uint64_t drawn(void)
{
    uint64_t x = (uint64_t)control->seed + 0x9e3779b97f4a7c15u;
    control->seed = (int64_t)x;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void lose(void)
{
    for (struct change *one = newest; one; one = one->former) {
        real_pwrite(one->descriptor, one->before, one->before_bytes, one->at);
        if (one->truncates || one->size_before < one->at + one->after_bytes)
            real_ftruncate(one->descriptor, one->size_before);
    }
    for (struct change *one = oldest; one; one = one->next)
        if (one->state == SYNCED || (one->state == DIRTY && control->power == LOSE_SOME && drawn() & 1)) {
            if (one->truncates)
                real_ftruncate(one->descriptor, one->size_after);
            else
                real_pwrite(one->descriptor, one->after, one->after_bytes, one->at);
        }
}

static void die(void)
{
    if (control->power != KEEP)
        lose();
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* ------------------------------------------------------------------ which call is hit, and how */

/* Count a call; return the errno that it fails with, or 0. Its own half is due where *torn is set. */
static int hit(int op, int *torn)
{
    int64_t number = ++control->count;
    if (number < TRACED)
        control->trace[number] = op;
    *torn = 0;
    if (number == control->kill_at) {
        if (control->kill_mode == BEFORE)
            die();
        *torn = control->kill_mode == TORN;
    }
    if ((op & control->fail_ops) && number >= control->fail_from &&
        (!control->fail_until || number <= control->fail_until)) {
        control->failed++;
        return (int)control->fail_errno;
    }
    return 0;
}

static void passed(void)
{
    if (control->count == control->kill_at)
        die();
}

static ssize_t do_write(int descriptor, const void *content, size_t bytes, int64_t at, int positioned)
{
    int torn;
    pthread_mutex_lock(&lock);
    int failure = hit(WRITE, &torn);
    ssize_t done = -1;
    if (!failure) {
        int64_t place = positioned ? at : lseek(descriptor, 0, SEEK_CUR);
        size_t wanted = torn ? bytes / 2 : bytes;
        if (control->power != KEEP && place >= 0)
            keep_change(descriptor, place, content, wanted, 0);
        done = positioned ? real_pwrite(descriptor, content, wanted, at)
                          : real_write(descriptor, content, wanted);
        passed();
    }
    pthread_mutex_unlock(&lock);
    if (failure)
        errno = failure;
    return done;
}

ssize_t pwrite64(int descriptor, const void *content, size_t bytes, off_t at)
{
    if (!watched(descriptor))
        return real_pwrite(descriptor, content, bytes, at);
    return do_write(descriptor, content, bytes, at, 1);
}

ssize_t pwrite(int descriptor, const void *content, size_t bytes, off_t at)
{
    return pwrite64(descriptor, content, bytes, at);
}

ssize_t write(int descriptor, const void *content, size_t bytes)
{
    if (!watched(descriptor))
        return real_write(descriptor, content, bytes);
    return do_write(descriptor, content, bytes, 0, 0);
}

static int do_sync(int descriptor, int (*real)(int))
{
    int torn;
    if (!watched(descriptor))
        return real(descriptor);
    pthread_mutex_lock(&lock);
    int failure = hit(SYNC, &torn), done = failure ? -1 : real(descriptor);
    if (control->power != KEEP)
        synced(descriptor, failure ? DOOMED : SYNCED);
    if (!failure)
        passed();
    pthread_mutex_unlock(&lock);
    if (failure)
        errno = failure;
    return done;
}

int fsync(int descriptor) { return do_sync(descriptor, real_fsync); }
int fdatasync(int descriptor) { return do_sync(descriptor, real_fdatasync); }

int ftruncate64(int descriptor, off_t length)
{
    int torn;
    if (!watched(descriptor))
        return real_ftruncate(descriptor, length);
    pthread_mutex_lock(&lock);
    int failure = hit(TRUNCATE, &torn), done = -1;
    if (!failure) {
        if (control->power != KEEP)
            keep_change(descriptor, length, NULL, 0, 1);
        done = real_ftruncate(descriptor, length);
        passed();
    }
    pthread_mutex_unlock(&lock);
    if (failure)
        errno = failure;
    return done;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

int unlink(const char *path)
{
    int torn;
    if (!control || !control->armed || !matches(path))
        return real_unlink(path);
    pthread_mutex_lock(&lock);
    int failure = hit(REMOVE, &torn), done = failure ? -1 : real_unlink(path);
    if (!failure)
        passed();
    pthread_mutex_unlock(&lock);
    if (failure)
        errno = failure;
    return done;
}

int rename(const char *from, const char *to)
{
    int torn;
    if (!control || !control->armed || !(matches(from) || matches(to)))
        return real_rename(from, to);
    pthread_mutex_lock(&lock);
    int failure = hit(REMOVE, &torn), done = failure ? -1 : real_rename(from, to);
    if (!failure)
        passed();
    pthread_mutex_unlock(&lock);
    if (failure)
        errno = failure;
    return done;
}

/* ------------------------------------------------------------------ the wall clock */

static int64_t wall_ns(void)
{
    struct timespec now;
    real_clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec + (control ? control->clock_offset_ns : 0);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return real_clock_gettime(clock, now);
    int64_t ns = wall_ns();
    now->tv_sec = ns / 1000000000, now->tv_nsec = ns % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    int64_t ns = wall_ns();
    now->tv_sec = ns / 1000000000, now->tv_usec = ns % 1000000000 / 1000;
    return 0;
}

time_t time(time_t *kept)
{
    time_t now = wall_ns() / 1000000000;
    if (kept)
        *kept = now;
    return now;
}
