/*
 * Where a compiled function spends its time: calls it over and over and notes, at every tick of a timer, the address of
 * the instruction that was interrupted. benchmarks/op_profile.py builds and loads this.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static uint64_t *addresses;
static long capacity;
static volatile long count;

static void note(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  const mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
  const uint64_t address = (uint64_t)machine->gregs[REG_RIP];
#elif defined(__aarch64__)
  const uint64_t address = machine->pc;
#else
#error "the program counter of this machine is not known here"
#endif
  if (count < capacity)
    addresses[count++] = address;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Fills `found` with at most `size` addresses, one every `interval` nanoseconds; returns how many, or -1 without a
 * timer. */
long sample_calls(void (*function)(void *const *), void *const *buffers, double seconds, long interval, uint64_t *found,
                  long size) {
  addresses = found;
  capacity = size;
  count = 0;
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART}, before;
  sigaction(SIGPROF, &action, &before);
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  timer_t timer;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer))
    return -1;
  const struct itimerspec period = {{0, interval}, {0, interval}};
  timer_settime(timer, 0, &period, NULL);
  for (const double end = now() + seconds; now() < end;)
    function(buffers);
  timer_delete(timer);
  sigaction(SIGPROF, &before, NULL);
  return count;
}
