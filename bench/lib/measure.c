/*
 * measure OUT PROGRAM ARGS…: runs a program and writes one line of JSON about it to the file OUT: how long it took until it ended
 * itself, how long until everything that it started was gone, the processor time of all of that, and the largest resident set.
 * It adopts what its child leaves behind (PR_SET_CHILD_SUBREAPER), so a supervisor that detached itself is counted too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double ms_of(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure OUT PROGRAM ARGS...\n");
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  double started = now_ms(), wall = 0, cpu = 0;
  long max_kb = 0;
  int code = -1, left = 0;
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    return 2;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  for (;;) {
    int status;
    struct rusage use;
    pid_t ended = wait4(-1, &status, 0, &use);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) break;
    cpu += ms_of(use.ru_utime) + ms_of(use.ru_stime);
    if (use.ru_maxrss > max_kb) max_kb = use.ru_maxrss;
    if (ended == child) {
      wall = now_ms() - started;
      code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else {
      left++;
    }
  }
  FILE *out = fopen(argv[1], "w");
  if (out == NULL) {
    perror(argv[1]);
    return 2;
  }
  fprintf(out, "{\"code\":%d,\"wallMs\":%.3f,\"goneMs\":%.3f,\"cpuMs\":%.3f,\"maxRssKb\":%ld,\"left\":%d}\n", code, wall,
          now_ms() - started, cpu, max_kb, left);
  fclose(out);
  return 0;
}
