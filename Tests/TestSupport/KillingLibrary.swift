import Foundation

/// A library to be put before the C library of a process (`LD_PRELOAD`), which kills that process in the
/// middle of one of its writes to a file: half of the bytes are written by then.
///
/// It counts what SQLite writes with (`pwrite`, `pwrite64`, `fdatasync`, `fsync` and `ftruncate`), and
/// `write` to regular files, by which plans and copies are written.
package enum KillingLibrary {
  /// Builds it with the compiler of the C library's headers, once in a test process.
  package static func path() async throws -> String { try await build.value }

  /// What to start a process with, so that it is killed at its `count`th write.
  ///
  /// - Parameter isPlain: counts only `write`, so that none of SQLite's comes between.
  package static func environment(
    killingAt count: Int, isPlain: Bool = false
  ) async throws -> [String: String] {
    ["LD_PRELOAD": try await path(), isPlain ? "KILL_AT_PLAIN_WRITE" : "KILL_AT_WRITE": "\(count)"]
  }

  private static let build = Task {
    try await PreloadedLibrary.built(from: source, named: "killing")
  }

  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <signal.h>
    #include <stdatomic.h>
    #include <stdlib.h>
    #include <sys/stat.h>
    #include <sys/types.h>
    #include <unistd.h>

    static atomic_long count, plain;

    static int is_at(const char *name, atomic_long *count) {
      const char *at = getenv(name);
      return at && atomic_fetch_add(count, 1) + 1 == atol(at);
    }

    static int is_due(void) { return is_at("KILL_AT_WRITE", &count); }

    #define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))

    #define WRITE(name, offset)                                                          \\
      ssize_t name(int file, const void *bytes, size_t size, offset place) {             \\
        typedef ssize_t (*writer)(int, const void *, size_t, offset);                    \\
        int due = is_due();                                                              \\
        ssize_t written = REAL(#name, writer)(file, bytes, due ? size / 2 : size, place); \\
        if (due) kill(getpid(), SIGKILL);                                                \\
        return written;                                                                  \\
      }

    #define SYNC(name)                                \\
      int name(int file) {                            \\
        if (is_due()) kill(getpid(), SIGKILL);        \\
        return REAL(#name, int (*)(int))(file);       \\
      }

    ssize_t write(int file, const void *bytes, size_t size) {
      struct stat status;
      int due = fstat(file, &status) == 0 && S_ISREG(status.st_mode)
        && (is_due() || is_at("KILL_AT_PLAIN_WRITE", &plain));
      ssize_t (*real)(int, const void *, size_t) =
        REAL("write", ssize_t (*)(int, const void *, size_t));
      ssize_t written = real(file, bytes, due ? size / 2 : size);
      if (due) kill(getpid(), SIGKILL);
      return written;
    }

    WRITE(pwrite, off_t)
    WRITE(pwrite64, off64_t)
    SYNC(fsync)
    SYNC(fdatasync)

    int ftruncate(int file, off_t size) {
      if (is_due()) kill(getpid(), SIGKILL);
      return REAL("ftruncate", int (*)(int, off_t))(file, size);
    }

    int ftruncate64(int file, off64_t size) {
      if (is_due()) kill(getpid(), SIGKILL);
      return REAL("ftruncate64", int (*)(int, off64_t))(file, size);
    }
    """
}
