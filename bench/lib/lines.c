/* lines BYTES: prints so many bytes of log lines of about a hundred characters, as fast as the reader takes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  long long left = argc > 1 ? atoll(argv[1]) : 0;
  static char block[1 << 16];
  size_t filled = 0;
  for (int i = 0; filled + 128 < sizeof block; i++)
    filled += (size_t)sprintf(block + filled, "2026-11-29T10:45:12.%03dZ INFO service web replica %d is ready after %d checks, next in 5 s, all is well\n", i % 1000, i % 7, i % 31);
  while (left > 0) {
    size_t want = left < (long long)filled ? (size_t)left : filled;
    ssize_t wrote = write(1, block, want);
    if (wrote <= 0) return 1;
    left -= wrote;
  }
  return 0;
}
